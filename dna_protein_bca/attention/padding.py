"""What is known of the padding of a batch, and what keeps its contents from real tokens."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Padding(NamedTuple):
    """What is known of the padding of a batch.

    Attributes:
        mask, context_mask: bool [b, n] and [b, m]; None where every token is real.
        empty: bool [b], examples with no real token on one side; None where there is none.
    """

    mask: Tensor | None = None
    context_mask: Tensor | None = None
    empty: Tensor | None = None

    @classmethod
    def of(cls, mask: Tensor | None, context_mask: Tensor | None) -> Padding:
        """Look for what need not be computed; on the CPU only, where looking costs nothing."""
        fewest = [None if side is None else _fewest(side) for side in (mask, context_mask)]
        if mask is not None and fewest[0] == mask.shape[1]:
            mask = None
        if context_mask is not None and fewest[1] == context_mask.shape[1]:
            context_mask = None
        without = [
            ~side.any(-1)
            for side, least in zip((mask, context_mask), fewest, strict=True)
            if side is not None and not least
        ]
        if len(without) == 2:
            return cls(mask, context_mask, without[0] | without[1])
        return cls(mask, context_mask, *without)

    def all_real(self) -> bool:
        """Whether nothing is known to be padding."""
        return self.mask is None and self.context_mask is None

    def keys(self) -> tuple[Tensor | None, Tensor | None]:
        """Which tokens of each side can be read: bool [b, 1, 1, n] and [b, 1, 1, m].

        All of those of an empty example: no softmax is then without a finite number.
        """
        sides: list[Tensor | None] = []
        for side in (self.mask, self.context_mask):
            if side is not None:
                side = side if self.empty is None else side | self.empty[:, None]
                side = side[:, None, None, :]
            sides.append(side)
        return sides[0], sides[1]

    def pairs(self) -> Tensor | None:
        """Where one of the two tokens is padding: bool, broadcasts to [b, n, m]."""
        rows = None if self.mask is None else self.mask[:, :, None]
        columns = None if self.context_mask is None else self.context_mask[:, None, :]
        if rows is None or columns is None:
            real = columns if rows is None else rows
            return None if real is None else ~real
        return ~(rows & columns)


def _read(value: Tensor) -> float | None:
    """A single number, where reading it costs nothing and binds nothing that is traced."""
    if value.device.type != "cpu" or torch.compiler.is_compiling() or torch.jit.is_tracing():
        return None
    try:
        return value.item()
    except RuntimeError:  # under torch.func.vmap it has many values
        return None


def _fewest(mask: Tensor) -> float | None:
    """How many real tokens the example with the fewest of them has, if that can be read."""
    return float(mask.shape[1]) if mask.shape[0] == 0 else _read(mask.sum(-1).amin())


def tame_padding(side: Tensor, mask: Tensor | None) -> Tensor:
    """The side, with zeros for those tokens of padding that no arithmetic can pass over.

    A weight of zero does not undo NaN or infinity, nor a number that overflows on its way through
    products. Such are tokens whose Euclidean length is no number, or beyond 1e9 (256 in float16,
    where squares of more are infinite). Real tokens stay as they are.

    Args:
        side: float [b, n, dim]; mask: bool [b, n] or [1, n].
    """
    if mask is None:
        return side
    most = min(1e9, torch.finfo(side.dtype).max ** 0.5)
    whole = _read(torch.linalg.vector_norm(side.detach()))
    if whole is not None and whole <= most:
        return side
    harmless = torch.linalg.vector_norm(side.detach(), dim=-1) <= most
    return torch.where((mask | harmless)[..., None], side, 0.0)


def tame_positions(positions: Tensor | None, mask: Tensor | None) -> Tensor | None:
    """Positions [n] or [b, n], with zeros where they are of padding alone."""
    if positions is None or mask is None or not positions.is_floating_point():
        return positions
    real = mask if positions.ndim == 2 else mask.any(0)
    return torch.where(real, positions, 0)
