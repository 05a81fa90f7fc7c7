"""Two ways to compute the same bidirectional attention, and the one place that chooses.

*Direct*: one similarity matrix, softmax along both of its dimensions; holds n x m numbers. *Fused*:
two calls of `scaled_dot_product_attention` on the same projections, which compute every similarity
twice but keep nothing that grows with n x m. *Weighed* is direct with its weights laid open, for
the options that need them.

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


def fused_pays(n: int, m: int, d: int, device: torch.device, *, training: bool) -> bool:
    """Whether the fused form is expected to be faster than the direct one.

    From a grid of lengths (8 to 4096), widths of heads (16, 32, 64) and batches on one core of an
    AMD EPYC (Zen 4) with torch 2.13: what decides is n x m per width of a head, for the matrix is
    what the direct form pays for, and products of width d what the fused form computes twice. A
    side of 16 tokens makes a matrix no larger than the inputs, and the fused kernel slow. Off the
    CPU the fused form is taken always: few kernels for short inputs, little memory for long ones.

    Args:
        n, m: lengths of the two sides.
        d: width of a head.
        device: where it runs.
        training: whether gradients will be asked for.
    """
    if device.type != "cpu":
        return True
    return min(n, m) > 16 and n * m >= (2000 if training else 500) * d


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


def fused(
    qk: Tensor,
    context_qk: Tensor,
    v: Tensor,
    context_v: Tensor,
    padding: Padding,
    *,
    scale: float,
) -> tuple[Tensor, Tensor]:
    """Attention without the n x m matrix.

    Args:
        qk, v: float [b, n, h, d]; context_qk, context_v: float [b, m, h, d].
        padding: of both sides. A token of padding gets the mean over the whole other side, which
            is what `direct` gives it.
        scale: what similarities are multiplied by.

    Returns:
        Outputs [b, n, h, d] and [b, m, h, d].
    """
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
    qk: Tensor,
    context_qk: Tensor,
    v: Tensor,
    context_v: Tensor,
    padding: Padding,
    *,
    scale: float,
    bias: Tensor | None,
    after: Callable[[Tensor], Tensor],
    context_after: Callable[[Tensor], Tensor],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`direct`, with the weights open to change and returned.

    Args:
        bias: float, broadcasts to [b, h, n, m]; added to the scaled similarities.
        after, context_after: applied to the weights over m and over n (dropout, mixing of heads).

    Returns:
        Outputs [b, n, h, d] and [b, m, h, d], and both weights, [b, h, n, m].
    """
    qk, context_qk = qk.transpose(1, 2), context_qk.transpose(1, 2)
    v, context_v = v.transpose(1, 2), context_v.transpose(1, 2)
    similarity = (qk * scale) @ context_qk.transpose(-1, -2)
    if bias is not None:
        similarity = similarity + bias
    gone = padding.pairs()
    if gone is not None:
        similarity = similarity.masked_fill_(gone[:, None], _never(similarity))
    attention = after(similarity.softmax(-1))
    context_attention = context_after(similarity.softmax(-2))
    out = attention.to(context_v.dtype) @ context_v
    context_out = context_attention.to(v.dtype).transpose(-1, -2) @ v
    return out.transpose(1, 2), context_out.transpose(1, 2), attention, context_attention


def direct(
    qk: Tensor,
    context_qk: Tensor,
    v: Tensor,
    context_v: Tensor,
    padding: Padding,
    *,
    scale: float,
) -> tuple[Tensor, Tensor]:
    """Attention by way of the n x m matrix; arguments and outputs as of `fused`."""
    gone = padding.pairs()
    if qk.shape[1] <= context_qk.shape[1]:
        return _in_slices(qk, context_qk, v, context_v, gone, scale)
    # The longer side last: torch's softmax takes rows of 16 numbers and more a vector at a time.
    gone = None if gone is None else gone.transpose(1, 2)
    context_out, out = _in_slices(context_qk, qk, context_v, v, gone, scale)
    return out, context_out


class _Slices:
    """Tensors [b, n, h, d] as a few [k, n, d] that lie in them as they are.

    One a head, or one an example where there are fewer of those: a batched product of slices
    copies nothing, where one over examples and heads at once would copy all four sides first.
    """

    def __init__(self, like: Tensor) -> None:
        b, _, h, _ = like.shape
        self.by_head = h <= b

    def cut(self, side: Tensor) -> tuple[Tensor, ...]:
        return side.unbind(2) if self.by_head else side.transpose(1, 2).unbind(0)

    def cut_mask(self, gone: Tensor | None, like: Tensor) -> tuple[Tensor | None, ...]:
        """Of [b, n, m]: for every slice what broadcasts to its [k, n, m]."""
        if gone is None or self.by_head:
            return (gone,) * like.shape[2 if self.by_head else 0]
        return gone.expand(len(like), -1, -1).unbind(0)

    def join(self, slices: list[Tensor]) -> Tensor:
        return torch.stack(slices, 2) if self.by_head else torch.stack(slices).transpose(1, 2)


def _in_slices(
    qk: Tensor,
    context_qk: Tensor,
    v: Tensor,
    context_v: Tensor,
    gone: Tensor | None,
    scale: float,
) -> tuple[Tensor, Tensor]:
    slices = _Slices(qk)
    outs, context_outs = [], []
    sides = (slices.cut(side) for side in (qk, context_qk, v, context_v))
    for q, k, value, context_value, mask in zip(*sides, slices.cut_mask(gone, qk), strict=True):
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
