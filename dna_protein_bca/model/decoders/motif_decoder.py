"""Residue states -> the motifs that the protein prefers, and latents that stand for it."""

from __future__ import annotations

import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.model.encoders.layers import self_attention


class MotifDecoder(nn.Module):
    """Mask tokens for the columns of `motifs` sites, and `latents` free ones, meet the residues.

    Tokens and residues update each other (bidirectional cross-attention), the tokens then look at
    one another; column tokens are read out as base logits: masked-base prediction on a DNA of
    which nothing is known yet.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        depth: int,
        *,
        motifs: int,
        width: int,
        latents: int,
    ) -> None:
        super().__init__()
        self.motifs, self.width, self.latents = motifs, width, latents
        self.column = nn.Parameter(torch.randn(width, dim) * 0.3)
        self.mode = nn.Parameter(torch.randn(motifs, dim) * 0.3)
        self.latent = nn.Parameter(torch.randn(latents, dim) * 0.3)
        self.joint = nn.ModuleList(
            BidirectionalCrossAttentionTransformer(
                dim=dim,
                depth=1,
                context_dim=dim,
                heads=heads,
                dim_head=dim // heads,
                ff_expansion_factor=2,
            )
            for _ in range(depth)
        )
        self.among = nn.ModuleList(self_attention(dim, heads, 1) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.to_bases = nn.Linear(dim, 4)

    def forward(self, residues: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read the residues.

        Args:
            residues: float [b, m, dim]; mask: bool [b, m].

        Returns:
            Base logits [b, motifs, width, 4], motif states [b, motifs, dim] and latents
            [b, latents, dim].
        """
        columns = rearrange(self.mode[:, None] + self.column, "k w d -> (k w) d")
        tokens = repeat(torch.cat((columns, self.latent)), "t d -> b t d", b=len(residues))
        for joint, among in zip(self.joint, self.among, strict=True):
            tokens, residues = joint(tokens, residues, context_mask=mask)
            tokens = among(tokens)
        tokens = self.norm(tokens)
        columns, latents = tokens.split((self.motifs * self.width, self.latents), dim=1)
        columns = rearrange(columns, "b (k w) d -> b k w d", k=self.motifs)
        return self.to_bases(columns), columns.mean(2), latents
