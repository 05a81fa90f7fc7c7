"""Bidirectional cross-attention between any two modalities.

Two sequences update each other in one step: each side has one projection that serves as query and
as key, one similarity matrix is made of the two, and its softmax along either dimension tells one
side what to read from the other. Drop-in for the `bidirectional-cross-attention` package (0.1.0):
same constructors, calls, parameter names and results, with further options that default to off.
Nothing here knows of biology, and nothing but torch and einops is imported.

**Masks** are bool, True for a real token and False for padding. With them

- what a real token gets does not depend on the padding, nor on how much of it there is;
- an example with nothing but padding on one side gets zeros on both sides (the module's output,
  after the projection), and zero gradients;
- any other token of padding gets the mean over the other side, padding included, as in the
  reference package: a number to be ignored.

**Memory and speed.** Long inputs take torch's fused `scaled_dot_product_attention`, which keeps
nothing of size n x m, forward or backward; short ones take one n x m matrix, which is faster
there. Which is which is measured, in `_attention_forms.fused_pays`. Four options need the matrix
itself and always take it: `return_attn`, `rel_pos_bias`, `talking_heads`, and `dropout` above zero
in training. (Torch's fused kernel has no place for the first and third; a bias that is learned, or
dropout on the CPU, makes it fall back to the whole matrix, once for each direction.)

**Precision.** float64, float32, bfloat16, float16 and autocast. Similarities are scaled before
they are rounded, and angles and norms are computed in float32 at least.

**Derivatives.** Any order by way of the matrix; torch's fused kernels know the first alone.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ._attention_step import BidirectionalCrossAttention

__all__ = [
    "BidirectionalCrossAttention",
    "BidirectionalCrossAttentionTransformer",
    "BidirectionalLatentTransformer",
]


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
        final_norms: bool = False,
        prenorm: bool = True,
        gradient_checkpointing: bool = False,
        **attn_kwargs: Any,
    ) -> None:
        super().__init__()
        context_dim = dim if context_dim is None else context_dim
        self.gradient_checkpointing = gradient_checkpointing
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
        *,
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
    layer: nn.Module,
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
    attend, refine, context_refine = layer.children()
    read, context_read, *attention = attend(
        x,
        context,
        mask,
        context_mask,
        return_attn,
        bias,
        positions=positions,
        context_positions=context_positions,
    )
    x, context = x + read, context + context_read
    return refine(x) + x, context_refine(context) + context, *attention


class BidirectionalLatentTransformer(nn.Module):
    """A long sequence and a small learned set of latents update each other, at linear cost.

    The latents gather what the whole sequence says and every token reads it back, so that distant
    tokens meet at the cost of n x num_latents (Hiller et al. 2024, arXiv 2402.12138). Two long
    sequences meet by way of one set: hand the latents that the first returns to the second.

    Args:
        dim: width of the sequence.
        depth: number of layers.
        num_latents: latents, each of them learned.
        latent_dim: their width; `dim` by default.
        kwargs: further options of `BidirectionalCrossAttentionTransformer`, to which the latents
            are the context.

    Raises:
        ValueError: if `num_latents` is not positive.
    """

    def __init__(
        self,
        *,
        dim: int,
        depth: int,
        num_latents: int = 32,
        latent_dim: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if num_latents < 1:
            raise ValueError(f"num_latents must be positive, got {num_latents}")
        latent_dim = dim if latent_dim is None else latent_dim
        self.latents = nn.Parameter(torch.randn(num_latents, latent_dim) * 0.02)
        self.transformer = BidirectionalCrossAttentionTransformer(
            dim=dim, depth=depth, context_dim=latent_dim, **kwargs
        )

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        latents: Tensor | None = None,
        return_attn: bool = False,
        *,
        positions: Tensor | None = None,
    ) -> tuple[Any, ...]:
        """Let the sequence and the latents update each other `depth` times.

        Args:
            x: float [b, n, dim].
            mask: bool [b, n]; None where every token is real.
            latents: float [b, num_latents, latent_dim], to start from instead of the learned ones.
            return_attn: also return every layer's attentions.
            positions: of the tokens, as of `BidirectionalCrossAttention`.

        Returns:
            The sequence [b, n, dim] and the latents [b, num_latents, latent_dim]; with
            `return_attn` also two tuples of one attention a layer, over the latents and over the
            sequence, each [b, heads, n, num_latents].
        """
        if latents is None:
            latents = self.latents[None]
        return self.transformer(x, latents, mask, return_attn=return_attn, positions=positions)
