"""Three ways to compute the same bidirectional attention.

*Plain*: one similarity matrix, softmax along both of its dimensions; holds n x m numbers, and has
derivatives of any order. *Fused*: two calls of `scaled_dot_product_attention` on the same
projections, which compute every similarity twice but keep nothing that grows with n x m. *Weighed*
is plain with its weights laid open, for the options that need them.

Shapes throughout: `b` examples, `n` tokens on the one side and `m` on the other, `h` heads of width
`d`; queries/keys and values are [b, n, h, d], as a projection leaves them. Masks are bool, True for
a real token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .padding import Padding


class Sides(NamedTuple):
    """What both sides were projected to.

    Attributes:
        qk, v: float [b, n, h, d]; context_qk, context_v: float [b, m, h, d].
    """

    qk: Tensor
    context_qk: Tensor
    v: Tensor
    context_v: Tensor


def fused(sides: Sides, padding: Padding, scale: float) -> tuple[Tensor, Tensor]:
    """Attention without the n x m matrix.

    Args:
        sides: what both were projected to.
        padding: of both sides. A token of padding gets the mean over the whole other side, which
            is what `plain` gives it.
        scale: what similarities are multiplied by.

    Returns:
        Outputs [b, n, h, d] and [b, m, h, d].
    """
    qk, context_qk, v, context_v = sides
    keep, context_keep = padding.keys()
    out = _attend(qk, context_qk, context_v, context_keep, scale)
    context_out = _attend(context_qk, qk, v, keep, scale)
    if padding.mask is not None:
        out = torch.where(padding.mask[..., None, None], out, context_v.mean(1, keepdim=True))
    if padding.context_mask is not None:
        real = padding.context_mask[..., None, None]
        context_out = torch.where(real, context_out, v.mean(1, keepdim=True))
    return out, context_out


def _attend(query: Tensor, key: Tensor, value: Tensor, keep: Tensor | None, scale: float) -> Tensor:
    query, key, value = query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
    out = F.scaled_dot_product_attention(query, key, value, attn_mask=keep, scale=scale)
    return out.transpose(1, 2)


def weighed(
    sides: Sides,
    padding: Padding,
    scale: float,
    *,
    bias: Tensor | None = None,
    after: Callable[[Tensor], Tensor] | None = None,
    context_after: Callable[[Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`plain`, with the weights open to change and returned.

    Args:
        bias: float, broadcasts to [b, h, n, m]; added to the scaled similarities.
        after, context_after: applied to the weights over m and over n (dropout, mixing of heads).

    Returns:
        Outputs [b, n, h, d] and [b, m, h, d], and both weights, [b, h, n, m].
    """
    qk, context_qk, v, context_v = (side.transpose(1, 2) for side in sides)
    similarity = (qk * scale) @ context_qk.transpose(-1, -2)
    if bias is not None:
        similarity = similarity + bias
    gone = padding.pairs()
    if gone is not None:
        similarity = similarity.masked_fill_(gone[:, None], _never(similarity))
    attention, context_attention = similarity.softmax(-1), similarity.softmax(-2)
    if after is not None:
        attention = after(attention)
    if context_after is not None:
        context_attention = context_after(context_attention)
    out = attention.to(context_v.dtype) @ context_v
    context_out = context_attention.to(v.dtype).transpose(-1, -2) @ v
    return out.transpose(1, 2), context_out.transpose(1, 2), attention, context_attention


def plain(sides: Sides, padding: Padding, scale: float) -> tuple[Tensor, Tensor]:
    """Attention by way of the n x m matrix; arguments and outputs as of `fused`."""
    if sides.qk.device.type != "cpu" or tracing() or _is_small(sides):
        out, context_out, *_ = weighed(sides, padding, scale)
        return out, context_out
    gone = padding.pairs()
    if sides.qk.shape[1] <= sides.context_qk.shape[1]:
        return _in_slices(sides, gone, scale)
    # The longer side last: torch's softmax takes rows of 16 numbers and more a vector at a time.
    gone = None if gone is None else gone.transpose(1, 2)
    qk, context_qk, v, context_v = sides
    context_out, out = _in_slices(Sides(context_qk, qk, context_v, v), gone, scale)
    return out, context_out


def _is_small(sides: Sides) -> bool:
    """Whether a call of torch costs more than copying the sides does.

    On one core of an AMD EPYC (Zen 4), torch 2.13: up to 10% of a training step at (4, 50, 50).
    """
    b, n, h, _ = sides.qk.shape
    return b * h * n * sides.context_qk.shape[1] < 50_000


# `is_exporting` is younger than the oldest torch that will do; compiling stands in for it there.
_exporting: Callable[[], bool] = getattr(
    torch.compiler, "is_exporting", torch.compiler.is_compiling
)


def tracing() -> bool:
    """Whether what runs is written down for inputs of other sizes than those at hand."""
    return torch.jit.is_tracing() or _exporting()


class _Slices:
    """Tensors [b, n, h, d] as a few [k, n, d] that lie in them as they are.

    One a head, or one an example where there are fewer of those: a batched product of slices
    copies nothing, where one over examples and heads at once would copy all four sides first.
    """

    def __init__(self, like: Tensor) -> None:
        b, _, h, _ = like.shape
        self.by_head = b == 0 or h <= b

    def cut(self, side: Tensor) -> tuple[Tensor, ...]:
        return side.unbind(2) if self.by_head else side.transpose(1, 2).unbind(0)

    def cut_mask(self, gone: Tensor | None, like: Tensor) -> tuple[Tensor | None, ...]:
        """Of [b, n, m]: for every slice what broadcasts to its [k, n, m]."""
        if gone is None or self.by_head:
            return (gone,) * like.shape[2 if self.by_head else 0]
        return gone.expand(len(like), -1, -1).unbind(0)

    def join(self, slices: list[Tensor]) -> Tensor:
        return torch.stack(slices, 2) if self.by_head else torch.stack(slices).transpose(1, 2)


def _in_slices(sides: Sides, gone: Tensor | None, scale: float) -> tuple[Tensor, Tensor]:
    slices = _Slices(sides.qk)
    outs, context_outs = [], []
    cut = (slices.cut(side) for side in sides)
    for q, k, value, context_value, mask in zip(*cut, slices.cut_mask(gone, sides.qk), strict=True):
        attention, context_attention = _softmaxes(q, k, mask, scale)
        outs.append(torch.bmm(attention, context_value))
        context_outs.append(torch.bmm(context_attention.transpose(1, 2), value))
    return slices.join(outs), slices.join(context_outs)


def _softmaxes(
    qk: Tensor, context_qk: Tensor, gone: Tensor | None, scale: float
) -> tuple[Tensor, Tensor]:
    """Weights over m and over n, both [k, n, m], of slices [k, n, d] and [k, m, d]."""
    # The factor is free here, and guards float16 from overflow; nothing is added.
    nothing = qk.new_empty(1, 1, 1)
    similarity = torch.baddbmm(nothing, qk, context_qk.transpose(1, 2), beta=0, alpha=scale)
    if gone is not None:
        similarity = similarity.masked_fill_(gone, _never(similarity))
    return similarity.softmax(-1), similarity.softmax(-2)


def _never(similarity: Tensor) -> float:
    """Stands for minus infinity, which would turn a row without a real token into NaN."""
    return -torch.finfo(similarity.dtype).max
