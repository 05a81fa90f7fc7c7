"""Bidirectional cross-attention between any two modalities.

Two sequences update each other in one step: each side has one projection that serves as query and
as key, one similarity matrix is made of the two, and its softmax along either dimension tells one
side what to read from the other. Drop-in for the `bidirectional-cross-attention` package (0.1.0):
same constructors, calls, parameter names and results. Nothing here knows of biology, and nothing
but torch and einops is imported.

Masks are bool, True for a real token and False for padding. With masks:

- what a real token gets does not depend on the padding, nor on how much of it there is;
- an example with nothing but padding on one side gets zeros on both sides (the modules' output,
  after the projection), and zero, finite gradients;
- any other token of padding gets the mean over the other side, padding included, as in the
  reference package: a number to be ignored.
"""

from __future__ import annotations

from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn

from ._attention_forms import direct, find_empty, fused, fused_pays


class BidirectionalCrossAttention(nn.Module):
    """One step in which two sequences attend to each other through one similarity matrix.

    Args:
        dim: width of the first side.
        heads, dim_head: attention heads, and the width of each.
        context_dim: width of the second side; `dim` by default.
        dropout: on the attention weights, in training.
        talking_heads: mix the heads' attention by a learned linear map, separately for each side.
        prenorm: RMS-normalise both sides first.
    """

    def __init__(
        self,
        *,
        dim: int,
        heads: int = 8,
        dim_head: int = 64,
        context_dim: int | None = None,
        dropout: float = 0.0,
        talking_heads: bool = False,
        prenorm: bool = False,
    ) -> None:
        super().__init__()
        context_dim = dim if context_dim is None else context_dim
        inner = heads * dim_head
        self.heads = heads
        self.scale = dim_head**-0.5
        self.mixes_heads = talking_heads

        self.norm = nn.RMSNorm(dim) if prenorm else nn.Identity()
        self.context_norm = nn.RMSNorm(context_dim) if prenorm else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.context_dropout = nn.Dropout(dropout)
        self.to_qk = nn.Linear(dim, inner, bias=False)
        self.context_to_qk = nn.Linear(context_dim, inner, bias=False)
        self.to_v = nn.Linear(dim, inner, bias=False)
        self.context_to_v = nn.Linear(context_dim, inner, bias=False)
        self.to_out = nn.Linear(inner, dim)
        self.context_to_out = nn.Linear(inner, context_dim)
        self.talking_heads, self.context_talking_heads = (
            nn.Conv2d(heads, heads, 1, bias=False) if talking_heads else nn.Identity()
            for _ in range(2)
        )

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        return_attn: bool = False,
        rel_pos_bias: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Let both sides read each other.

        Args:
            x: float [b, n, dim]; context: float [b, m, context_dim]. Either may have a batch of
                one, which then meets every example of the other.
            mask: bool [b, n]; context_mask: bool [b, m]; None where every token is real.
            return_attn: also return both attentions, after dropout and talking heads.
            rel_pos_bias: float, broadcast to [b, heads, n, m] and added to the similarities.

        Returns:
            What x read, [b, n, dim], and what context read, [b, m, context_dim]; with
            `return_attn` also attention over context and over x, each [b, heads, n, m].
        """
        n, m = x.shape[1], context.shape[1]
        x, context = self.norm(x), self.context_norm(context)
        qk, v = self._split(self.to_qk(x)), self._split(self.to_v(x))
        context_qk = self._split(self.context_to_qk(context))
        context_v = self._split(self.context_to_v(context))

        dropped = self.training and self.dropout.p > 0
        whole = return_attn or dropped or self.mixes_heads or rel_pos_bias is not None
        training = torch.is_grad_enabled() and (qk.requires_grad or context_qk.requires_grad)
        attention: tuple[Tensor, ...] = ()
        if whole or not fused_pays(n, m, training=training):
            out, context_out, *attention_list = direct(
                qk,
                context_qk,
                v,
                context_v,
                scale=self.scale,
                mask=mask,
                context_mask=context_mask,
                bias=rel_pos_bias,
                after=self._after if whole else None,
                context_after=self._context_after if whole else None,
            )
            attention = tuple(attention_list)
        else:
            batch = (max(len(qk), len(context_qk)), -1, -1, -1)
            qk, v, context_qk, context_v = (
                side.expand(batch) for side in (qk, v, context_qk, context_v)
            )
            out, context_out = fused(
                qk,
                context_qk,
                v,
                context_v,
                scale=self.scale,
                mask=mask,
                context_mask=context_mask,
            )

        out = self.to_out(rearrange(out, "b h n d -> b n (h d)"))
        context_out = self.context_to_out(rearrange(context_out, "b h m d -> b m (h d)"))
        if mask is not None or context_mask is not None:
            empty = find_empty(mask, context_mask)[..., None]
            out, context_out = out.masked_fill(empty, 0), context_out.masked_fill(empty, 0)
            if return_attn:
                attention = tuple(side.masked_fill(empty[..., None], 0) for side in attention)
        return (out, context_out, *attention) if return_attn else (out, context_out)

    def _split(self, projected: Tensor) -> Tensor:
        return rearrange(projected, "b n (h d) -> b h n d", h=self.heads)

    def _after(self, attention: Tensor) -> Tensor:
        return self.talking_heads(self.dropout(attention))

    def _context_after(self, attention: Tensor) -> Tensor:
        return self.context_talking_heads(self.context_dropout(attention))


def feed_forward(dim: int, factor: float = 4.0) -> nn.Sequential:
    """Norm, widen by `factor`, GELU, and back to `dim`."""
    hidden = int(dim * factor)
    return nn.Sequential(nn.RMSNorm(dim), nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))


class BidirectionalCrossAttentionTransformer(nn.Module):
    """Layers of bidirectional cross-attention, each followed by a feed-forward on both sides.

    Args:
        dim: width of the first side.
        depth: number of layers.
        context_dim: width of the second side; `dim` by default.
        ff_expansion_factor: hidden over outer width of the feed-forwards.
        final_norms: RMS-normalise what is returned, each side at its own width.
        prenorm: RMS-normalise what each attention reads.
        attn_kwargs: further options of `BidirectionalCrossAttention`.
    """

    def __init__(
        self,
        *,
        dim: int,
        depth: int,
        context_dim: int | None = None,
        ff_expansion_factor: float = 4.0,
        final_norms: bool = False,
        prenorm: bool = True,
        **attn_kwargs: Any,
    ) -> None:
        super().__init__()
        context_dim = dim if context_dim is None else context_dim
        self.layers = nn.ModuleList(
            nn.ModuleList(
                (
                    BidirectionalCrossAttention(
                        dim=dim, context_dim=context_dim, prenorm=prenorm, **attn_kwargs
                    ),
                    feed_forward(dim, ff_expansion_factor),
                    feed_forward(context_dim, ff_expansion_factor),
                )
            )
            for _ in range(depth)
        )
        self.norm = nn.RMSNorm(dim) if final_norms else nn.Identity()
        self.context_norm = nn.RMSNorm(context_dim) if final_norms else nn.Identity()

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor | None = None,
        context_mask: Tensor | None = None,
        return_attn: bool = False,
        rel_pos_bias: Tensor | None = None,
    ) -> tuple:
        """Let both sides update each other `depth` times.

        Args:
            x: float [b, n, dim]; context: float [b, m, context_dim].
            mask, context_mask, return_attn, rel_pos_bias: as of `BidirectionalCrossAttention`.

        Returns:
            Both sides, [b, n, dim] and [b, m, context_dim]; with `return_attn` also two tuples of
            one attention a layer, over context and over x, each [b, heads, n, m].
        """
        attentions: list[tuple[Tensor, Tensor]] = []
        for layer in self.layers:
            attend, refine, context_refine = layer.children()
            read, context_read, *attention = attend(
                x, context, mask, context_mask, return_attn, rel_pos_bias
            )
            x, context = x + read, context + context_read
            x, context = x + refine(x), context + context_refine(context)
            if return_attn:
                attentions.append((attention[0], attention[1]))
        x, context = self.norm(x), self.context_norm(context)
        if not return_attn:
            return x, context
        return x, context, *(tuple(side) for side in zip(*attentions, strict=True))
