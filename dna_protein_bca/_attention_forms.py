"""Two ways to compute the same bidirectional attention, and the one place that chooses.

*Direct*: one similarity matrix, softmax along both of its dimensions. Serves everything, and holds
n x m numbers. *Fused*: two calls of `scaled_dot_product_attention` on the same projections, which
compute every similarity twice but keep nothing that grows with n x m.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Hook = Callable[[Tensor], Tensor]


def fused_pays(n: int, m: int, *, training: bool) -> bool:
    """Whether two fused calls are expected to be faster than one direct one.

    Args:
        n, m: lengths of the two sides.
        training: whether gradients will be asked for.
    """
    return n * m >= (32 * 1024 if training else 8 * 1024)


def direct(
    qk: Tensor,
    context_qk: Tensor,
    v: Tensor,
    context_v: Tensor,
    *,
    scale: float,
    mask: Tensor | None = None,
    context_mask: Tensor | None = None,
    bias: Tensor | None = None,
    after: Hook | None = None,
    context_after: Hook | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Attention by way of the n x m similarity matrix.

    Args:
        qk, v: float [b, h, n, d]; context_qk, context_v: float [b, h, m, d].
        scale: what similarities are multiplied by.
        mask: bool [b, n]; context_mask: bool [b, m]; None where every token is real.
        bias: float, broadcast to [b, h, n, m] and added to the scaled similarities.
        after, context_after: applied to the attention over m and over n (dropout, mixing of heads).

    Returns:
        Outputs [b, h, n, d] and [b, h, m, d], and both attentions, [b, h, n, m].
    """
    # The scale goes in first: float16 similarities overflow more easily without it.
    similarity = (qk * scale) @ context_qk.transpose(-1, -2)
    if bias is not None:
        similarity = similarity + bias
    real = None
    if mask is not None:
        real = mask[:, None, :, None]
    if context_mask is not None:
        columns = context_mask[:, None, None, :]
        real = columns if real is None else real & columns
    if real is not None:
        # A large number where infinity would turn a row without a real token into NaN.
        similarity = similarity.masked_fill_(~real, -torch.finfo(similarity.dtype).max)
    attention, context_attention = similarity.softmax(-1), similarity.softmax(-2)
    if after is not None:
        attention = after(attention)
    if context_after is not None:
        context_attention = context_after(context_attention)
    out = attention.to(context_v.dtype) @ context_v
    context_out = context_attention.to(v.dtype).transpose(-1, -2) @ v
    return out, context_out, attention, context_attention


def fused(
    qk: Tensor,
    context_qk: Tensor,
    v: Tensor,
    context_v: Tensor,
    *,
    scale: float,
    mask: Tensor | None = None,
    context_mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Attention without the n x m matrix; arguments and outputs as of `direct`.

    A token of padding gets the mean over the whole other side, which is what `direct` gives it.
    """
    keep = context_keep = None
    if mask is not None or context_mask is not None:
        empty = find_empty(mask, context_mask)
        if mask is not None:
            keep = (mask | empty)[:, None, None, :]
        if context_mask is not None:
            context_keep = (context_mask | empty)[:, None, None, :]
    out = _attend(qk, context_qk, context_v, context_keep, scale)
    context_out = _attend(context_qk, qk, v, keep, scale)
    if mask is not None:
        out = torch.where(mask[:, None, :, None], out, context_v.mean(-2, keepdim=True))
    if context_mask is not None:
        mean = v.mean(-2, keepdim=True)
        context_out = torch.where(context_mask[:, None, :, None], context_out, mean)
    return out, context_out


def find_empty(mask: Tensor | None, context_mask: Tensor | None) -> Tensor:
    """Examples that have no real token on one side: bool [b, 1]."""
    sides = [~side.any(-1, keepdim=True) for side in (mask, context_mask) if side is not None]
    return sides[0] if len(sides) == 1 else sides[0] | sides[1]


def _attend(query: Tensor, key: Tensor, value: Tensor, keep: Tensor | None, scale: float) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value, attn_mask=keep, scale=scale)
