"""The binding model: encoders -> joint transformer -> a score for the pair and every position."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from einops import rearrange, repeat
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import BidirectionalCrossAttentionTransformer
from .context import (
    Z_CEILING,
    RelativeBatch,
    RelativeMotifs,
    random_bases,
    relative_motifs,
    sample_bases,
)
from .domains import families
from .encoders import DNAEncoder, ProteinReader
from .featurize import FLANK, ProteinBatch
from .invariants import Invariants
from .matching import MASKED, MotifSet, concatenate, expected_odds, match, orient, stack
from .relatives import MeasuredProteins


@dataclass(frozen=True)
class BindingConfig:
    """Everything that shapes a `BindingModel`; saved beside its weights as `config.json`.

    Attributes:
        profile_lengths: match states of each Pfam profile, in the order of the profile file.
        dim, heads, encoder_depth, decoder_depth: the protein side.
        motifs: motifs decoded for every protein; arrays of zinc fingers add one a finger.
        readers: trained readers of proteins (an ensemble).
        relatives: measured proteins whose motifs are read beside the protein's own; 0 for none.
        width: columns of a motif, odd, so that a site has a middle base on either strand.
        latents: latents of each reader, which stand for the protein before DNA.
        joint_dim, joint_heads, joint_depth: the transformer in which DNA and latents meet.
        stem: bases around a base that its state is made from, odd.
        dropout: share of the features of a residue's embedding dropped in training.
        tile: the window in bp; longer DNA is scored in tiles that overlap by half.
        flank: residues read on either side of a domain.
        protein_region: `domains`, or `full` for weights that read whole sequences.
        standardised: decoded motifs are put on one scale, that of 8-mers, before DNA meets them;
            False where readers learn from pairs alone, and find the scale themselves.
        temper: a motif that fits with z votes exp(temper x min(z, 6)); below 1, what several say
            alike counts for more than what one says loudly.
        steepness: factor of the motifs' match. A score sums over positions, so that at 1 many
            poor sites outweigh one good site of a standardised motif; at 3 / temper hardly.
        reach: motifs that fit within so many bases of each other count for the same site.
        level_windows: random windows of 101 bp whose mean odds, by the motifs alone, are taken from
            every score, so that scores compare across proteins; 0 for none.
    """

    profile_lengths: tuple[int, ...]
    dim: int = 128
    heads: int = 4
    encoder_depth: int = 1
    decoder_depth: int = 2
    motifs: int = 3
    readers: int = 1
    relatives: int = 20
    width: int = 21
    latents: int = 16
    joint_dim: int = 64
    joint_heads: int = 4
    joint_depth: int = 2
    stem: int = 9
    dropout: float = 0.1
    tile: int = 128
    flank: int = FLANK
    protein_region: str = "domains"
    standardised: bool = True
    temper: float = 1.0
    steepness: float = 1.0
    reach: int = 0
    level_windows: int = 0

    def __post_init__(self) -> None:
        for name in ("width", "stem"):
            if getattr(self, name) % 2 == 0:
                raise ValueError(f"{name} must be odd, got {getattr(self, name)}")
        if self.protein_region not in ("domains", "full"):
            raise ValueError(f"protein_region is domains or full, not {self.protein_region!r}")
        if self.level_windows < 0:
            raise ValueError(f"level_windows must be 0 or more, got {self.level_windows}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BindingConfig:
        """The configuration that `dataclasses.asdict` and JSON made `values` of."""
        plain: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**plain)


class ProteinReading(NamedTuple):
    """What the readers make of `p` proteins by themselves.

    Attributes:
        own: their motifs, standardised.
        latents: float [p, readers x latents, dim].
        array: bool [p], whether the protein has C2H2 zinc fingers.
        lost: float [p], nats, see `Invariants`.
    """

    own: MotifSet
    latents: Tensor
    array: Tensor
    lost: Tensor

    @classmethod
    def stack(cls, readings: Sequence[ProteinReading]) -> ProteinReading:
        """Readings of one protein each as one batch."""
        own, *rest = zip(*readings, strict=True)
        return cls(stack(own), *(torch.cat(parts) for parts in rest))


@dataclass(frozen=True)
class ProteinState:
    """What the model keeps of `p` proteins; their DNA meets nothing else of them.

    Attributes:
        found: their motifs, own and relatives', `k` each; see `MotifSet`.
        own: how many of the `k` are the protein's own; they come first.
        latents: float [p, l, joint_dim].
        bias: float [p], added to every score of the protein: what its latents say, less what it has
            lost (`Invariants`), less the level of its motifs on random DNA (`BindingModel.level`).
    """

    found: MotifSet
    own: int
    latents: Tensor
    bias: Tensor

    def __len__(self) -> int:
        return len(self.bias)

    def __getitem__(self, rows: Any) -> ProteinState:
        """The state of some of the proteins, whose dimension `rows` must keep."""
        return self.map(lambda tensor: tensor[rows])

    def map(self, change: Callable[[Tensor], Tensor]) -> ProteinState:
        """The same state with every tensor changed."""
        return ProteinState(
            MotifSet(*(change(tensor) for tensor in self.found)),
            self.own,
            change(self.latents),
            change(self.bias),
        )


class PairScores(NamedTuple):
    """Scores of `p` proteins on `s` DNAs each.

    Attributes:
        score: float [p, s], the logit that the protein binds somewhere in the DNA.
        position: float [p, s, n, 2], the logit of a site whose middle base is this one, on `+`
            and on `-`; `MASKED` at padding.
        match: float [p, s, n, 2], the part of it that the motifs alone give.
    """

    score: Tensor
    position: Tensor
    match: Tensor


class BindingModel(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="dna-protein-bca",
    tags=["biology", "dna", "protein", "transcription-factor"],
):
    """Scores protein-DNA pairs from sequence; see `BindingConfig`.

    `encode` runs once a protein; `forward` scores DNA against what it returned. Readers are trained
    first (`raw_state` is what they learn through), then the joint transformer on top of them.
    """

    def __init__(self, config: BindingConfig | Mapping[str, Any]) -> None:
        super().__init__()
        # The hub's mixin hands over what it read from config.json.
        c = config if isinstance(config, BindingConfig) else BindingConfig.from_dict(config)
        self.config = c
        self.readers = nn.ModuleList(
            ProteinReader(
                c.dim,
                c.heads,
                c.encoder_depth,
                c.decoder_depth,
                c.dropout,
                c.profile_lengths,
                motifs=c.motifs,
                width=c.width,
                latents=c.latents,
            )
            for _ in range(c.readers)
        )
        self.to_latents = nn.Sequential(nn.Linear(c.dim, c.joint_dim), nn.LayerNorm(c.joint_dim))
        self.to_bias = nn.Linear(c.dim, 1)
        # How much the protein's own motifs count beside its relatives', by the nearest identity,
        # without and with an array of zinc fingers: intercept and slope of a logit.
        self.trust = nn.Parameter(torch.tensor([[8.0, -20.0], [11.0, -20.0]]))
        self.sharpness = nn.Parameter(torch.tensor(12.0))
        # Log weights of all profiles' match states in the identity that counts relatives.
        self.contacts: Tensor
        self.register_buffer("contacts", torch.zeros(sum(c.profile_lengths)))
        self.invariants = Invariants(c.profile_lengths)
        self.dna = DNAEncoder(c.joint_dim, c.stem)
        self.from_match = nn.Linear(3, c.joint_dim)
        self.joint = BidirectionalCrossAttentionTransformer(
            dim=c.joint_dim,
            depth=c.joint_depth,
            context_dim=c.joint_dim,
            heads=c.joint_heads,
            dim_head=c.joint_dim // c.joint_heads,
            ff_expansion_factor=2,
        )
        self.head = nn.Sequential(nn.LayerNorm(c.joint_dim), nn.Linear(c.joint_dim, 1))
        self.latent_head = nn.Sequential(nn.LayerNorm(c.joint_dim), nn.Linear(c.joint_dim, 1))
        for part in (self.to_bias, self.head[-1], self.latent_head[-1]):
            for parameter in part.parameters():
                nn.init.zeros_(parameter)

    def encode(self, batch: ProteinBatch, relatives: RelativeBatch | None = None) -> ProteinState:
        """Read proteins, once for all their DNA.

        Args:
            batch: `p` proteins, from `featurize.collate`.
            relatives: motifs of the measured proteins most like each; None for none.
        """
        return self.assemble(self.read(batch), relatives)

    def read(self, batch: ProteinBatch) -> ProteinReading:
        """What all readers make of `p` proteins, with scores that compare across proteins."""
        read = [reader(batch) for reader in self.readers]
        share = -math.log(len(read))
        scale = self.standardise if self.config.standardised else _as_read
        own = [scale(found) for found, _ in read]
        return ProteinReading(
            concatenate([one._replace(weight=one.weight + share) for one in own]),
            torch.cat([latents for _, latents in read], dim=1),
            batch.finger_mask.any(1),
            self.invariants(batch),
        )

    def assemble(
        self, reading: ProteinReading, relatives: RelativeBatch | None = None
    ) -> ProteinState:
        """Add the relatives' motifs and make what the joint transformer needs."""
        found = orient(self.weigh(reading, relatives))
        bias = self.to_bias(reading.latents.mean(1)).squeeze(-1).float()
        # In the units of the motifs' scores, of which one is a standard deviation.
        bias = bias - self.config.steepness * self.config.temper * reading.lost
        return ProteinState(
            found,
            reading.own.weight.shape[1],
            self.to_latents(reading.latents),
            bias - self.level(found) if self.config.level_windows else bias,
        )

    @torch.no_grad()
    def level(self, found: MotifSet) -> Tensor:
        """Log of the mean odds that the motifs alone give random DNA, float [p].

        A constant in the gradient: a training moves it from step to step.
        """
        c = self.config
        odds = []
        with torch.autocast(found.motifs.device.type, enabled=False):
            # As many windows at a time as stay in a CPU's caches.
            for bases in random_bases(c.level_windows)[None].to(found.motifs).split(64, dim=1):
                mask = torch.ones(bases.shape[:3], dtype=torch.bool, device=bases.device)
                fits = (match(bases, mask, row, c.reach, c.temper) for row in _rows(found))
                odds.append(torch.cat([(c.steepness * fit).flatten(1) for fit in fits]))
        return torch.cat(odds, dim=1).logsumexp(1) - math.log(c.level_windows)

    def context(self, measured: MeasuredProteins) -> RelativeMotifs:
        """Measured proteins as this model reads them."""
        c = self.config
        if not self.contacts.any():
            return RelativeMotifs(measured, c.width, c.temper)
        parts = self.contacts.exp().cpu().double().split(list(c.profile_lengths))
        weights = {name: part.numpy() for name, part in zip(families(), parts, strict=True)}
        return RelativeMotifs(measured, c.width, c.temper, weights)

    def reader(self, number: int = 0) -> ProteinReader:
        """One of the readers."""
        reader = self.readers[number]
        assert isinstance(reader, ProteinReader)
        return reader

    def raw_state(self, batch: ProteinBatch) -> ProteinState:
        """The first reader's motifs with the scores it gives them itself, not standardised."""
        found, latents = self.reader()(batch)
        array = batch.finger_mask.any(1)
        reading = ProteinReading(found, latents, array, self.invariants(batch))
        return self.assemble(reading)

    @torch.no_grad()
    def standardise(self, found: MotifSet) -> MotifSet:
        """One reader's motifs with scores standardised over 8-mers, and tempered.

        Their weights are such that the mean over 8-mers of the exponential is 1.
        """
        bases = sample_bases()[None].to(found.motifs)
        mask = torch.ones(bases.shape[:3], dtype=torch.bool, device=bases.device)
        temper = self.config.temper

        def pooled(motifs: MotifSet, temper: float = 1.0) -> Tensor:
            fits = (match(bases, mask, row, temper=temper) for row in _rows(motifs))
            return torch.cat([fit.flatten(2).logsumexp(-1) for fit in fits])

        score = pooled(found)
        mean, std = score.mean(1, keepdim=True), score.std(1, keepdim=True).clamp(min=1e-3)
        there = found.weight > MASKED / 2
        shift = (found.shift + found.weight - mean) / std - found.weight / temper
        scaled = found._replace(
            gain=found.gain / std,
            shift=shift.masked_fill(~there, 0),
            ceiling=torch.full_like(shift, Z_CEILING),
        )
        level = pooled(scaled, temper).exp().mean(1, keepdim=True).log()
        weight = (scaled.weight - level).masked_fill(~there, MASKED)
        return scaled._replace(weight=weight)

    def weigh(self, reading: ProteinReading, relatives: RelativeBatch | None) -> MotifSet:
        """The protein's own motifs and its relatives' as one mixture."""
        own = reading.own
        if relatives is None or not relatives.mask.shape[1]:
            return own
        nearest = relatives.identity.masked_fill(~relatives.mask, 0).amax(1, keepdim=True)
        trust = self.trust[reading.array.long()]
        logit = trust[:, :1] + trust[:, 1:] * nearest
        # Without a relative the protein's own motifs are all there is.
        logit = logit.masked_fill(~relatives.mask.any(1, keepdim=True), -MASKED)
        others = relative_motifs(relatives, self.sharpness)
        return concatenate(
            [
                own._replace(weight=own.weight + F.logsigmoid(logit)),
                others._replace(weight=others.weight + F.logsigmoid(-logit)),
            ]
        )

    def forward(
        self,
        ids: Tensor,
        mask: Tensor,
        protein: ProteinState,
        *,
        joint: bool = True,
    ) -> PairScores:
        """Score DNA against proteins.

        Args:
            ids: uint8 [g, s, n], ids of `DNATokenizer`. `g` is 1 where every protein meets the
                same DNA, or `p` where each has its own.
            mask: bool [g, s, n]; a row of padding alone scores `MASKED`.
            protein: state of `p` proteins.
            joint: False stops at the motifs' match (for training and ablation).
        """
        # Sums of log-odds keep their digits whatever the precision of the layers.
        with torch.autocast(ids.device.type, enabled=False):
            c = self.config
            fit = match(self.dna.bases(ids, mask), mask, protein.found, c.reach, c.temper)
        position = c.steepness * fit
        if joint:
            position = position + self.refine(ids, mask, fit, protein).float()
        position = position + protein.bias[:, None, None, None]
        position = position.masked_fill(~mask[..., None], MASKED)
        return PairScores(position.flatten(2).logsumexp(-1), position, fit)

    def refine(self, ids: Tensor, mask: Tensor, fit: Tensor, protein: ProteinState) -> Tensor:
        """What the joint transformer adds to each base and strand: float [p, s, n, 2].

        DNA tokens of both strands stand in one sequence without positions, so that the latents
        read them alike whichever strand was given.
        """
        p, s, n, _ = fit.shape
        dna = self.dna(ids.flatten(0, 1), mask.flatten(0, 1))
        dna = rearrange(dna, "(g s) n t d -> g s (n t) d", s=s)
        fit = rearrange(fit, "p s n t -> p s (n t)") / self.config.temper
        best = fit - fit.masked_fill(~repeat(mask, "g s n -> g s (n 2)"), MASKED).amax(-1, True)
        features = torch.stack((torch.tanh(fit / 4), torch.tanh(fit / 16), (best / 2).exp()), -1)
        tokens = (dna + self.from_match(features)).flatten(0, 1)
        latents = repeat(protein.latents, "p l d -> (p s) l d", s=s)
        rows = repeat(mask.expand(p, s, n), "p s n -> (p s) (n 2)")
        tokens, latents = self.joint(tokens, latents, mask=None if bool(rows.all()) else rows)
        whole = self.latent_head(latents.mean(1))[:, None]
        return rearrange(self.head(tokens) + whole, "(p s) (n t) 1 -> p s n t", s=s, t=2)

    def probabilities(self, score: Tensor) -> Tensor:
        """Scores -> probabilities, by the calibration stored with the weights."""
        return torch.sigmoid(score)


def information(motif: Tensor) -> Tensor:
    """Information of each column in bits: float [..., width] of log-odds [..., width, 4]."""
    return expected_odds(motif) / math.log(2)


def _as_read(found: MotifSet) -> MotifSet:
    return found


def _rows(found: MotifSet) -> Iterator[MotifSet]:
    """One protein at a time, to keep what is held at once small."""
    for row in range(len(found.weight)):
        yield MotifSet(*(tensor[row : row + 1] for tensor in found))
