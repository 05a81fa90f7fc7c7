"""The joint transformer: this DNA's best places and this protein's residues update each other."""

from __future__ import annotations

from typing import NamedTuple

import torch
from einops import rearrange, repeat
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.model.encoders.dna import WideDNAEncoder

from .config import BindingConfig
from .joint_v1 import JointHeads, LatentJointStage
from .matching import MASKED
from .states import JointAttention, ProteinReading

GAIN = 4.0
"""Nats a unit of the last layers: the match is steep, and what is added to it has to be as well."""

CHANNELS = 6
"""What the match says of a base: three numbers a strand."""


def make_joint(config: BindingConfig) -> LatentJointStage | JointStage:
    """The joint stage that the configuration names, untrained."""
    return JointStage(config) if config.joint.form == "sites" else LatentJointStage(config)


class Places(NamedTuple):
    """The places of each DNA that meet the protein, `k` each.

    Attributes:
        at: int64 [b, k], where they are in a row of (base, strand).
        share: float [b, k], 0 to 1, how far each counts.
    """

    at: Tensor
    share: Tensor


class _Met(NamedTuple):
    """Places and protein after the layers, and the attention of each layer in both directions."""

    tokens: Tensor
    latents: Tensor
    places: Places
    attention: list[tuple[Tensor, ...]]


class JointStage(JointHeads):
    """What the DNA and the protein say together, beyond the match of the motifs.

    A place is a base on one strand. Its first state is made from the bases and the match around it;
    places and protein then update each other in every layer, and each place ends with a number that
    is added to its score. The protein ends with one, too, which is added to all scores.

    Attributes:
        dna: bases -> states of places.
        from_latents, from_residues: states of the first member -> the tokens that stand for the
            protein. The other members count in the match: each has states of its own kind.
        from_match: what the match says around a place -> its state.
        layers: bidirectional cross-attention, one layer each.
    """

    def __init__(self, config: BindingConfig) -> None:
        super().__init__()
        c, dim = config.joint, config.protein.dim
        self.config = c
        self.inverse_temperature = config.matching.inverse_temperature
        self.dna = WideDNAEncoder(c.dim, c.kernel, c.width, c.depth)
        self.latents = config.protein.latents
        self.from_latents, self.from_residues = (nn.Linear(dim, c.dim) for _ in range(2))
        self.norm = nn.LayerNorm(c.dim)
        self.from_match = nn.Linear(CHANNELS * c.width, c.dim)
        self.layers = nn.ModuleList(
            BidirectionalCrossAttentionTransformer(
                dim=c.dim,
                depth=1,
                context_dim=c.dim,
                heads=c.heads,
                dim_head=c.dim // c.heads,
                ff_expansion_factor=2,
            )
            for _ in range(c.depth)
        )
        self.make_heads(c.dim)

    def protein_tokens(self, reading: ProteinReading) -> Tensor:
        """What stands for each protein: float [p, l, dim]."""
        latents = self.from_latents(reading.latents[:, : self.latents])
        tokens: Tensor = self.norm(torch.cat((latents, self.from_residues(reading.residues)), 1))
        return tokens

    def forward(self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor) -> Tensor:
        """What is added to the score of each base and strand: float [p, s, n, 2].

        Places of both strands stand in one set without positions, so that the protein reads them
        alike whichever strand was given.

        Args:
            dna: uint8 [g, s, n], ids of `DNATokenizer`, or float [g, s, n, 4], base probabilities;
                `g` is 1 or `p`.
            mask: bool [g, s, n].
            match: float [p, s, n, 2], the match of the motifs.
            latents: float [p, l, dim], from `protein_tokens`.
        """
        met = self._meet(dna, mask, match, latents)
        n = match.shape[2]
        # Lower precisions make these of different kinds, and too coarse to be summed.
        added = self.head(met.tokens).squeeze(-1).to(match) * met.places.share
        whole = self.latent_head(met.latents.mean(1)).to(match)
        joint = whole.expand(-1, 2 * n).scatter_add(1, met.places.at, added)
        return GAIN * rearrange(joint, "(p s) (n t) -> p s n t", s=match.shape[1], t=2)

    def attention(
        self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor
    ) -> JointAttention:
        """What the places and the protein read of each other; arguments as of `forward`."""
        met = self._meet(dna, mask, match, latents, attention=True)
        over_protein, over_dna = map(torch.stack, zip(*met.attention, strict=True))
        return JointAttention(met.places.at, met.places.share, over_protein, over_dna)

    def _meet(
        self,
        dna: Tensor,
        mask: Tensor,
        match: Tensor,
        latents: Tensor,
        attention: bool = False,
    ) -> _Met:
        """Let places and protein update each other in all layers."""
        p, s, n, _ = match.shape
        there = repeat(mask.expand(p, s, n), "p s n -> (p s) n 1")
        match = rearrange(match, "p s n t -> (p s) n t") / self.inverse_temperature
        match = match.masked_fill(~there, MASKED)
        places = choose_places(match.flatten(1), self.config.places, self.config.reach)
        rows = torch.arange(len(dna) * s, device=dna.device).view(len(dna), s).expand(p, s)
        tokens = self.dna(dna.flatten(0, 1), mask.flatten(0, 1), rows.flatten(), places.at)
        around = match_around(match, there, places.at, self.config.width)
        tokens, latents = (
            tokens + self.from_match(around),
            repeat(latents, "p l d -> (p s) l d", s=s),
        )
        # A place that counts little is read little, so that one more or less changes nothing.
        weight = places.share.clamp(min=1e-9).log()[:, None, :, None]
        read = []
        for layer in self.layers:
            tokens, latents, *weights = layer(
                tokens, latents, return_attn=attention, rel_pos_bias=weight
            )
            read.append(tuple(of_one_layer for (of_one_layer,) in weights))
        return _Met(tokens, latents, places, read)


def choose_places(match: Tensor, count: int, reach: float) -> Places:
    """The places where the match is best, at most `count`, and no more than count in any DNA.

    Args:
        match: float [b, places], one more or less of which never makes a step.
        reach: see `JointConfig`.
    """
    best, index = match.topk(min(count + 1, match.shape[1]), dim=1)
    floor = best[:, :1] - reach
    if best.shape[1] > count:
        floor = torch.maximum(floor, best[:, count:])
    share = ((best[:, :count] - floor) / reach).clamp(0, 1)
    kept = max(1, int((share > 0).any(0).sum()))
    return Places(index[:, :kept], share[:, :kept])


def match_around(match: Tensor, mask: Tensor, index: Tensor, width: int) -> Tensor:
    """What the match says around some places, as each strand reads it: float [b, k, 6 x width].

    Args:
        match: float [b, n, 2]; mask: bool [b, n, 1].
        index: int64 [b, k], of places in a row of (base, strand).
    """
    best = match - match.amax((1, 2), keepdim=True)
    said = torch.stack((torch.tanh(match / 4), torch.tanh(match / 16), (best / 2).exp()), -1)
    said = F.pad(said * mask[..., None], (0, 0, 0, 0, width // 2, width // 2))
    base, strand = index // 2, index % 2
    steps = torch.arange(width, device=index.device)
    # The minus strand is read the other way round, and its own match comes first.
    steps = torch.where(strand[..., None] == 0, steps, width - 1 - steps)
    rows = torch.arange(len(index), device=index.device)[:, None, None]
    window = said[rows, base[..., None] + steps]
    own = strand[..., None, None, None]
    window = torch.where(own == 0, window, window.flip(-2))
    return window.flatten(2)
