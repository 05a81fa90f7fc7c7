"""The joint transformer of the first weights: all bases of a DNA meet the protein's latents."""

from __future__ import annotations

import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.model.encoders.dna import DNAEncoder

from .config import BindingConfig
from .matching import MASKED
from .states import JointAttention, ProteinReading


class JointHeads(nn.Module):
    """The last layers of a joint stage, whose outputs are added to the score.

    Attributes:
        head: states of the DNA -> what is added at a place.
        latent_head: states of the protein -> what is added everywhere.
    """

    def make_heads(self, dim: int) -> None:
        """Make the last layers, zero before a training; called where a stage has all others."""
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 1))
        self.latent_head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 1))
        for layer in self.last_layers():
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def last_layers(self) -> list[nn.Linear]:
        """The layers whose outputs are added to the score."""
        layers = [self.head[-1], self.latent_head[-1]]
        return [layer for layer in layers if isinstance(layer, nn.Linear)]


class LatentJointStage(JointHeads):
    """What the DNA and the protein say together, beyond the match of the motifs.

    Attributes:
        dna: bases -> the first states of the DNA tokens, beside what the match says of each base.
        to_latents: latents of the members -> the tokens that stand for the protein.
        transformer: updates both.
    """

    def __init__(self, config: BindingConfig) -> None:
        super().__init__()
        c = config.joint
        self.inverse_temperature = config.matching.inverse_temperature
        self.to_latents = nn.Sequential(nn.Linear(config.protein.dim, c.dim), nn.LayerNorm(c.dim))
        self.dna = DNAEncoder(c.dim, c.kernel)
        self.from_match = nn.Linear(3, c.dim)
        self.transformer = BidirectionalCrossAttentionTransformer(
            dim=c.dim,
            depth=c.depth,
            context_dim=c.dim,
            heads=c.heads,
            dim_head=c.dim // c.heads,
            ff_expansion_factor=2,
        )
        self.make_heads(c.dim)

    def protein_tokens(self, reading: ProteinReading) -> Tensor:
        """What stands for each protein: float [p, l, dim]."""
        tokens: Tensor = self.to_latents(reading.latents)
        return tokens

    def forward(
        self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor, thresholds: Tensor
    ) -> Tensor:
        """What is added to the score of each base and strand: float [p, s, n, 2].

        DNA tokens of both strands stand in one sequence without positions, so that the latents
        read them alike whichever strand was given.

        Args:
            dna: uint8 [g, s, n], ids of `DNATokenizer`, or float [g, s, n, 4], base probabilities;
                `g` is 1 or `p`.
            mask: bool [g, s, n].
            match: float [p, s, n, 2], the match of the motifs.
            latents: float [p, l, dim], from `protein_tokens`.
            thresholds: not used.
        """
        s = match.shape[1]
        tokens, latents, rows = self._tokens(dna, mask, match, latents)
        tokens, latents = self.transformer(tokens, latents, mask=rows)
        whole = self.latent_head(latents.mean(1))[:, None]
        return rearrange(self.head(tokens) + whole, "(p s) (n t) 1 -> p s n t", s=s, t=2)

    def attention(
        self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor, thresholds: Tensor
    ) -> JointAttention:
        """What bases and protein read of each other; arguments as of `forward`."""
        tokens, latents, real = self._tokens(dna, mask, match, latents)
        *_, over_protein, over_dna = self.transformer(tokens, latents, mask=real, return_attn=True)
        rows, places = tokens.shape[:2]
        at = torch.arange(places, device=match.device).expand(rows, -1)
        share = match.new_ones(rows, places)
        return JointAttention(at, share, torch.stack(over_protein), torch.stack(over_dna))

    def _tokens(
        self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """The tokens of both sides, and the mask of those of the DNA; None where all are real."""
        p, s, n, _ = match.shape
        states = self.dna(dna.flatten(0, 1), mask.flatten(0, 1))
        states = rearrange(states, "(g s) n t d -> g s (n t) d", s=s)
        match = rearrange(match, "p s n t -> p s (n t)") / self.inverse_temperature
        highest = match.masked_fill(~repeat(mask, "g s n -> g s (n 2)"), MASKED).amax(-1, True)
        best = match - highest
        features = torch.stack(
            (torch.tanh(match / 4), torch.tanh(match / 16), (best / 2).exp()), -1
        )
        tokens = (states + self.from_match(features)).flatten(0, 1)
        latents = repeat(latents, "p l d -> (p s) l d", s=s)
        rows = repeat(mask.expand(p, s, n), "p s n -> (p s) (n 2)")
        return tokens, latents, None if bool(rows.all()) else rows
