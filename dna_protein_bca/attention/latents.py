"""A few learned latents in the place of the second side."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .checks import check_side
from .transformer import BidirectionalCrossAttentionTransformer


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
        self.latents = nn.Parameter(nn.init.normal_(torch.empty(num_latents, latent_dim), std=0.02))
        self.transformer = BidirectionalCrossAttentionTransformer(
            dim=dim, depth=depth, context_dim=latent_dim, **kwargs
        )

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        latents: Tensor | None = None,
        return_attn: bool = False,
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

        Raises:
            ValueError: as `BidirectionalCrossAttention`, of x, the latents or the mask.
        """
        if latents is None:
            latents = self.latents[None]
        check_side("latents", latents, self.latents.shape[1])
        return self.transformer(x, latents, mask, return_attn=return_attn, positions=positions)
