"""Layers of bidirectional cross-attention with feed-forwards, residuals and norms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .checks import check_inputs
from .padding import tame_padding
from .step import BidirectionalCrossAttention


def feed_forward(
    dim: int, factor: float = 4.0, activation: Callable[[], nn.Module] = nn.GELU
) -> nn.Sequential:
    """Norm, widen by `factor`, the activation, and back to `dim`."""
    hidden = int(dim * factor)
    wide, back = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
    return nn.Sequential(nn.RMSNorm(dim), wide, activation(), back)


class BidirectionalCrossAttentionTransformer(nn.Module):
    """Layers of bidirectional cross-attention, each followed by a feed-forward on both sides.

    Args:
        dim: width of the first side.
        depth: number of layers.
        context_dim: width of the second side; `dim` by default.
        ff_expansion_factor: hidden over outer width of the feed-forwards.
        ff_activation: makes the layer between their two linear ones.
        final_norms: RMS-normalise what is returned, each side at its own width.
        prenorm: RMS-normalise what each attention reads.
        gradient_checkpointing: keep only what stands between layers and compute the rest again in
            the backward pass, wherever gradients are asked for; may be set on the module later.
        attn_kwargs: further options of `BidirectionalCrossAttention`.
    """

    def __init__(
        self,
        *,
        dim: int,
        depth: int,
        context_dim: int | None = None,
        ff_expansion_factor: float = 4.0,
        ff_activation: Callable[[], nn.Module] = nn.GELU,
        final_norms: bool = False,
        prenorm: bool = True,
        gradient_checkpointing: bool = False,
        **attn_kwargs: Any,
    ) -> None:
        super().__init__()
        context_dim = dim if context_dim is None else context_dim
        self.widths = (dim, context_dim)
        self.gradient_checkpointing = gradient_checkpointing
        self.layers = nn.ModuleList(
            nn.ModuleList(
                (
                    BidirectionalCrossAttention(
                        dim=dim, context_dim=context_dim, prenorm=prenorm, **attn_kwargs
                    ),
                    feed_forward(dim, ff_expansion_factor, ff_activation),
                    feed_forward(context_dim, ff_expansion_factor, ff_activation),
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
        positions: Tensor | None = None,
        context_positions: Tensor | None = None,
    ) -> tuple[Any, ...]:
        """Let both sides update each other `depth` times.

        Args:
            x: float [b, n, dim]; context: float [b, m, context_dim].
            mask, context_mask, rel_pos_bias, positions, context_positions: as of
                `BidirectionalCrossAttention`, the same in every layer.
            return_attn: also return every layer's attentions.

        Returns:
            Both sides, [b, n, dim] and [b, m, context_dim]; with `return_attn` also two tuples of
            one attention a layer, over context and over x, each [b, heads, n, m].
        """
        check_inputs(x, context, mask, context_mask, self.widths)
        x, context = tame_padding(x, mask), tame_padding(context, context_mask)
        rest = (mask, context_mask, return_attn, rel_pos_bias, positions, context_positions)
        attentions = []
        for layer in self.layers:
            if self.gradient_checkpointing and torch.is_grad_enabled():
                x, context, *attention = checkpoint(
                    _run_layer, layer, x, context, *rest, use_reentrant=False
                )
            else:
                x, context, *attention = _run_layer(layer, x, context, *rest)
            attentions.append(attention)
        x, context = self.norm(x), self.context_norm(context)
        if not return_attn:
            return x, context
        return (
            x,
            context,
            tuple(over_context for over_context, _ in attentions),
            tuple(over_x for _, over_x in attentions),
        )


def _run_layer(
    layer: Any,
    x: Tensor,
    context: Tensor,
    mask: Tensor | None,
    context_mask: Tensor | None,
    return_attn: bool,
    bias: Tensor | None,
    positions: Tensor | None,
    context_positions: Tensor | None,
) -> tuple[Tensor, ...]:
    """One layer, residuals included; its attentions behind its two sides."""
    attend, refine, context_refine = layer
    # As the reference calls it, so that a module in its place need not know what is not asked for.
    asked: dict[str, Any] = {"return_attn": True} if return_attn else {}
    if positions is not None:
        asked["positions"] = positions
    if context_positions is not None:
        asked["context_positions"] = context_positions
    read, context_read, *attention = attend(
        x, context, mask=mask, context_mask=context_mask, rel_pos_bias=bias, **asked
    )
    x, context = x + read, context + context_read
    return refine(x) + x, context_refine(context) + context, *attention
