"""Residue states -> the motifs that the protein prefers, and latents that stand for it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.model.encoders.layers import self_attention


class Decoded(NamedTuple):
    """What is read from `b` proteins of `m` residues.

    Attributes:
        logits: of the bases, float [b, motifs, width, 4].
        motifs: states, float [b, motifs, dim].
        latents: float [b, latents, dim].
        residues: states float [b, m, dim], after the motifs have met them.
        attention: float [b, motifs x width + latents, m], how much each column and each latent
            attends to each residue in the last layer, the mean over heads; zeros where it was not
            asked for.
    """

    logits: Tensor
    motifs: Tensor
    latents: Tensor
    residues: Tensor
    attention: Tensor


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
        self.column = nn.Parameter(nn.init.normal_(torch.empty(width, dim), std=0.3))
        self.mode = nn.Parameter(nn.init.normal_(torch.empty(motifs, dim), std=0.3))
        self.latent = nn.Parameter(nn.init.normal_(torch.empty(latents, dim), std=0.3))
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

    def forward(self, residues: Tensor, mask: Tensor, *, attention: bool = False) -> Decoded:
        """Read the residues.

        Args:
            residues: float [b, m, dim]; mask: bool [b, m].
            attention: tell how much columns and latents attend to each residue.
        """
        columns = rearrange(self.mode[:, None] + self.column, "k w d -> (k w) d")
        tokens = repeat(torch.cat((columns, self.latent)), "t d -> b t d", b=len(residues))
        sizes = (self.motifs * self.width, self.latents)
        attended = residues.new_zeros(()).expand(len(residues), sum(sizes), residues.shape[1])
        for joint, among in zip(self.joint, self.among, strict=True):
            tokens, residues, *weights = joint(
                tokens, residues, context_mask=mask, return_attn=attention
            )
            if attention:
                attended = weights[0][-1].mean(1)
            tokens = among(tokens)
        tokens = self.norm(tokens)
        columns, latents = tokens.split(sizes, dim=1)
        columns = rearrange(columns, "b (k w) d -> b k w d", k=self.motifs)
        return Decoded(self.to_bases(columns), columns.mean(2), latents, residues, attended)
