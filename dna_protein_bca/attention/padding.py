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
        mask, context_mask = _unless_all(mask), _unless_all(context_mask)
        sides = [~side.any(-1) for side in (mask, context_mask) if side is not None]
        if not sides:
            return cls()
        empty = sides[0] if len(sides) == 1 else sides[0] | sides[1]
        return cls(mask, context_mask, None if _is_true(~empty.any()) else empty)

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


def _unless_all(mask: Tensor | None) -> Tensor | None:
    return None if mask is None or _is_true(mask.all()) else mask


def _is_true(flag: Tensor) -> bool:
    """Whether a flag is known, at no cost, to be set."""
    if flag.device.type != "cpu" or torch.compiler.is_compiling() or torch.jit.is_tracing():
        return False
    try:
        return bool(flag)
    except RuntimeError:  # under torch.func.vmap a flag has many values
        return False


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
    harmless = torch.linalg.vector_norm(side.detach(), dim=-1) <= most
    if _is_true(harmless.all()):
        return side
    return torch.where((mask | harmless)[..., None], side, 0.0)


def tame_positions(positions: Tensor | None, mask: Tensor | None) -> Tensor | None:
    """Positions [n] or [b, n], with zeros where they are of padding alone."""
    if positions is None or mask is None or not positions.is_floating_point():
        return positions
    real = mask if positions.ndim == 2 else mask.any(0)
    return torch.where(real, positions, 0)
