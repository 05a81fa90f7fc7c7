"""The joint transformer: this DNA's best places and this protein's residues update each other."""

from __future__ import annotations

from typing import NamedTuple

import torch
from einops import rearrange, repeat
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.attention import BidirectionalCrossAttentionTransformer
from dna_protein_bca.model.encoders.dna import WideDNAEncoder
from dna_protein_bca.model.encoders.layers import GELU

from .config import BindingConfig, JointConfig
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


class _Rows(NamedTuple):
    """The pairs of protein and DNA that meet: `b` of the `p x s`.

    Attributes:
        at: int64 [b], which of these, proteins outermost.
        dna: uint8 [d, n], those that any of them needs, or float [d, n, 4]; dna_mask: bool [d, n].
        dna_of: int64 [b], which of these.
        match: float [b, n, 2], at an inverse temperature of 1, `MASKED` at padding.
        mask: bool [b, n, 1].
        latents: float [b, l, dim].
        threshold: float [b, 1], as `match`.
    """

    at: Tensor
    dna: Tensor
    dna_mask: Tensor
    dna_of: Tensor
    match: Tensor
    mask: Tensor
    latents: Tensor
    threshold: Tensor


class _Met(NamedTuple):
    """Places and protein after the layers, and the attention of each layer in both directions."""

    tokens: Tensor
    latents: Tensor
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
                ff_activation=GELU,
            )
            for _ in range(c.depth)
        )
        self.make_heads(c.dim)

    def protein_tokens(self, reading: ProteinReading) -> Tensor:
        """What stands for each protein: float [p, l, dim]."""
        latents = self.from_latents(reading.latents[:, : self.latents])
        tokens: Tensor = self.norm(torch.cat((latents, self.from_residues(reading.residues)), 1))
        return tokens

    def forward(
        self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor, thresholds: Tensor
    ) -> Tensor:
        """What is added to the score of each base and strand: float [p, s, n, 2].

        Places of both strands stand in one set without positions, so that the protein reads them
        alike whichever strand was given. What is added grows from nothing at the threshold, so
        that scores make no step there.

        Args:
            dna: uint8 [g, s, n], ids of `DNATokenizer`, or float [g, s, n, 4], base probabilities;
                `g` is 1 or `p`.
            mask: bool [g, s, n].
            match: float [p, s, n, 2], the match of the motifs.
            latents: float [p, l, dim], from `protein_tokens`.
            thresholds: see `ProteinState`.
        """
        p, s, n, _ = match.shape
        rows = self._rows(dna, mask, match, latents, thresholds)
        joint = match.new_zeros(p * s, 2 * n)
        if len(rows.at):
            places = choose_places(rows.match, self.config, rows.threshold)
            met = self._meet(rows, places)
            # Lower precisions make these of different kinds, and too coarse to be summed.
            added = self.head(met.tokens).squeeze(-1).to(match) * places.share
            opened = (rows.match.amax((1, 2)) - rows.threshold[:, 0]) / self.config.reach
            whole = self.latent_head(met.latents.mean(1)).to(match) * opened.clamp(0, 1)[:, None]
            added = whole.expand(-1, 2 * n).scatter_add(1, places.at, added)
            joint = joint.index_copy(0, rows.at, added)
        return GAIN * rearrange(joint, "(p s) (n t) -> p s n t", s=s, t=2)

    def attention(
        self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor, thresholds: Tensor
    ) -> JointAttention:
        """What the places and the protein read of each other; arguments as of `forward`.

        DNA whose match is below the threshold is left out.
        """
        rows = self._rows(dna, mask, match, latents, thresholds)
        places = choose_places(rows.match, self.config, rows.threshold)
        met = self._meet(rows, places, attention=True)
        over_protein, over_dna = map(torch.stack, zip(*met.attention, strict=True))
        return JointAttention(places.at, places.share, over_protein, over_dna)

    def _rows(
        self, dna: Tensor, mask: Tensor, match: Tensor, latents: Tensor, thresholds: Tensor
    ) -> _Rows:
        """The pairs whose best match is above the threshold; arguments as of `forward`."""
        p, s, n, _ = match.shape
        there = repeat(mask.expand(p, s, n), "p s n -> (p s) n 1")
        match = rearrange(match, "p s n t -> (p s) n t") / self.inverse_temperature
        match = match.masked_fill(~there, MASKED)
        length = mask.sum(-1).clamp(1, thresholds.shape[1]) - 1
        threshold = thresholds.gather(1, length.expand(p, s)).flatten()[:, None]
        threshold = threshold / self.inverse_temperature
        at = (match.amax((1, 2)) > threshold[:, 0]).nonzero()[:, 0]
        rows = torch.arange(len(dna) * s, device=dna.device).view(len(dna), s).expand(p, s)
        # DNA that no protein meets is not read.
        read, dna_of = rows.flatten()[at].unique(return_inverse=True)
        return _Rows(
            at,
            dna.flatten(0, 1)[read],
            mask.flatten(0, 1)[read],
            dna_of,
            match[at],
            there[at],
            latents[at // s],
            threshold[at],
        )

    def _meet(self, rows: _Rows, places: Places, attention: bool = False) -> _Met:
        """Let places and protein update each other in all layers."""
        tokens = self.dna(rows.dna, rows.dna_mask, rows.dna_of, places.at)
        around = match_around(rows.match, rows.mask, places.at, self.config.width)
        tokens, latents = tokens + self.from_match(around), rows.latents
        # A place that counts little is read little, so that one more or less changes nothing.
        weight = places.share.clamp(min=1e-9).log()[:, None, :, None]
        read = []
        for layer in self.layers:
            tokens, latents, *weights = layer(
                tokens, latents, return_attn=attention, rel_pos_bias=weight
            )
            read.append(tuple(of_one_layer for (of_one_layer,) in weights))
        return _Met(tokens, latents, read)


def choose_places(match: Tensor, config: JointConfig, threshold: Tensor) -> Places:
    """The places where the match is best and above the threshold, no more than count in any DNA.

    Args:
        match: float [b, n, 2], one base and strand more or less of which never makes a step.
        config: of which `places` and `reach` count.
        threshold: float [b, 1], as `match`.
    """
    match, count = match.flatten(1), config.places
    best, index = match.topk(min(count + 1, match.shape[1]), dim=1)
    floor = torch.maximum(best[:, :1] - config.reach, threshold)
    if best.shape[1] > count:
        floor = torch.maximum(floor, best[:, count:])
    share = ((best[:, :count] - floor) / config.reach).clamp(0, 1)
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
