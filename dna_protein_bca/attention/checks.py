"""What the inputs of one step have to look like, said in words that name the argument."""

from __future__ import annotations

import torch
from torch import Tensor

FORMS = ("auto", "plain", "fused")


def check_form(form: str) -> None:
    """Raise ValueError if there is no such form of computation."""
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {form!r}")


def check_inputs(
    x: Tensor,
    context: Tensor,
    mask: Tensor | None,
    context_mask: Tensor | None,
    widths: tuple[int, int],
) -> int:
    """How many examples two sides make together; either may have a batch of one.

    Args:
        x: float [b, n, dim]; context: float [b, m, context_dim].
        mask: bool [b, n]; context_mask: bool [b, m].
        widths: dim and context_dim.

    Raises:
        ValueError: if a side does not have three dimensions or not its width, if the batches
            differ, or if a mask is not bool or does not have the shape of its side.
    """
    check_side("x", x, widths[0])
    check_side("context", context, widths[1])
    batch = _joint_batch(x, context)
    _check_mask("mask", mask, batch, x.shape[1])
    _check_mask("context_mask", context_mask, batch, context.shape[1])
    return batch


def check_side(name: str, side: Tensor, width: int) -> None:
    """Raise ValueError if a side is not [batch, tokens, width]."""
    shape = tuple(side.shape)
    if side.ndim == 2:
        raise ValueError(
            f"{name} must be [batch, tokens, {width}], got {shape}; "
            f"one example alone is a batch of one: {name}[None]"
        )
    if side.ndim != 3 or (not torch.jit.is_tracing() and side.shape[2] != width):
        raise ValueError(f"{name} must be [batch, tokens, {width}], got {shape}")


def _joint_batch(x: Tensor, context: Tensor) -> int:
    batch, context_batch = x.shape[0], context.shape[0]
    if batch == context_batch or context_batch == 1:
        return batch
    if batch == 1:
        return context_batch
    raise ValueError(
        "x and context must have as many examples as each other, or one of them a single one, "
        f"got {batch} and {context_batch}"
    )


def _check_mask(name: str, mask: Tensor | None, batch: int, length: int) -> None:
    if mask is None:
        return
    if mask.dtype != torch.bool:  # the fused form would add a float to the similarities
        raise ValueError(f"{name} must be bool, True for a real token, got {mask.dtype}")
    if torch.jit.is_tracing():
        return
    if mask.ndim != 2 or mask.shape[1] != length or mask.shape[0] not in (batch, 1):
        raise ValueError(
            f"{name} must be {(batch, length)}, one flag a token, got {tuple(mask.shape)}"
        )
