"""The binding model: encoders -> joint transformer -> a score for the pair and every position."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from einops import rearrange, repeat
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import BidirectionalCrossAttentionTransformer
from .encoders import LOG_BACKGROUND, ArrayReader, DNAEncoder, ProteinEncoder, SiteDecoder
from .featurize import FLANK, ProteinBatch

MASKED = -1e4
"""Stands for minus infinity where a sum in log space must stay finite in every precision."""


@dataclass(frozen=True)
class BindingConfig:
    """Everything that shapes a `BindingModel`; saved beside its weights as `config.json`.

    Attributes:
        profile_lengths: match states of each Pfam profile, in the order of the profile file.
        dim, heads, encoder_depth, decoder_depth: the protein side.
        motifs: motifs decoded for every protein; arrays of zinc fingers add one a finger.
        width: columns of a motif, odd, so that a site has a middle base on either strand.
        latents: latents that stand for the protein before DNA.
        joint_dim, joint_heads, joint_depth: the transformer in which DNA and latents meet.
        stem: bases around a base that its state is made from, odd.
        dropout: share of the features of a residue's embedding dropped in training.
        tile: the window in bp; longer DNA is scored in tiles that overlap by half.
        flank: residues read on either side of a domain.
        protein_region: `domains`, or `full` for weights that read whole sequences.
    """

    profile_lengths: tuple[int, ...]
    dim: int = 128
    heads: int = 4
    encoder_depth: int = 3
    decoder_depth: int = 2
    motifs: int = 2
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

    def __post_init__(self) -> None:
        for name in ("width", "stem"):
            if getattr(self, name) % 2 == 0:
                raise ValueError(f"{name} must be odd, got {getattr(self, name)}")
        if self.protein_region not in ("domains", "full"):
            raise ValueError(f"protein_region is domains or full, not {self.protein_region!r}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BindingConfig:
        """The configuration that `dataclasses.asdict` and JSON made `values` of."""
        plain: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**plain)


class ProteinState(NamedTuple):
    """What the model keeps of `p` proteins; their DNA meets nothing else of them.

    Attributes:
        motifs: float [p, k, width, 4], log-odds of the bases over a uniform background (natural
            logarithm).
        weight: float [p, k], log weights of the motifs, summing to 1; `MASKED` for padding.
        gain, shift: float [p, k], what turns a motif's log-odds into its part of the score.
        latents: float [p, l, joint_dim].
        bias: float [p], added to every score of the protein.
    """

    motifs: Tensor
    weight: Tensor
    gain: Tensor
    shift: Tensor
    latents: Tensor
    bias: Tensor

    def __getitem__(self, rows: Any) -> ProteinState:  # type: ignore[override]
        """The state of some of the proteins."""
        return ProteinState(*(tensor[rows] for tensor in tuple(self)))


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
    license="mit",
):
    """Scores protein-DNA pairs from sequence; see `BindingConfig`.

    `encode` runs once a protein; `forward` scores DNA against what it returned.
    """

    def __init__(self, config: BindingConfig | Mapping[str, Any]) -> None:
        super().__init__()
        # The hub's mixin hands over what it read from config.json.
        c = config if isinstance(config, BindingConfig) else BindingConfig.from_dict(config)
        self.config = c
        self.protein = ProteinEncoder(c.dim, c.heads, c.encoder_depth, c.dropout, c.profile_lengths)
        self.decoder = SiteDecoder(
            c.dim,
            c.heads,
            c.decoder_depth,
            motifs=c.motifs,
            width=c.width,
            latents=c.latents,
        )
        self.array = ArrayReader(c.dim, c.width)
        # weight, gain and shift of a motif, decoded or read from an array
        self.of_motif = nn.Linear(c.dim, 3)
        self.of_run = nn.Linear(c.dim, 3)
        self.to_latents = nn.Sequential(nn.Linear(c.dim, c.joint_dim), nn.LayerNorm(c.joint_dim))
        self.to_bias = nn.Linear(c.dim, 1)
        self.missing = nn.Parameter(torch.tensor(0.5))
        self.ceiling = nn.Parameter(torch.tensor(8.0))
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
        for part in (self.of_motif, self.of_run, self.to_bias, self.head[-1], self.latent_head[-1]):
            for parameter in part.parameters():
                nn.init.zeros_(parameter)
        with torch.no_grad():
            for layer in (self.of_motif, self.of_run):
                layer.bias.copy_(torch.tensor([0.0, 0.5, -2.0]))

    def encode(self, batch: ProteinBatch) -> ProteinState:
        """Read proteins, once for all their DNA.

        Args:
            batch: `p` proteins, from `featurize.collate`.
        """
        residues = self.protein(batch)
        logits, states, latents = self.decoder(residues, batch.mask)
        numbers = self.of_motif(states)
        if batch.finger_mask.shape[1]:
            runs, run_states = self.array(residues, batch.fingers, batch.finger_mask)
            of_run = self.of_run(run_states)
            absent = ~batch.finger_mask[..., None] & of_run.new_tensor([1, 0, 0]).bool()
            logits = torch.cat((logits, runs), dim=1)
            numbers = torch.cat((numbers, of_run.masked_fill(absent, MASKED)), dim=1)
        weight, gain, shift = numbers.float().unbind(-1)
        return ProteinState(
            motifs=logits.float().log_softmax(-1) - LOG_BACKGROUND,
            weight=weight.log_softmax(-1).clamp(min=MASKED),
            gain=F.softplus(gain),
            shift=shift,
            latents=self.to_latents(latents),
            bias=self.to_bias(latents.mean(1)).squeeze(-1).float(),
        )

    def match(self, bases: Tensor, mask: Tensor, protein: ProteinState) -> Tensor:
        """How well the motifs fit around each base: float [p, s, n, 2].

        A column that hangs over the end of the DNA costs `missing` times its information, so
        that a site cut off at the end neither wins by default nor is lost.

        Args:
            bases: base probabilities, float [g, s, n, 4], `g` 1 or `p`; mask: bool [g, s, n].
        """
        half = self.config.width // 2
        information = (protein.motifs * (protein.motifs + LOG_BACKGROUND).exp()).sum(-1)
        present = protein.motifs + (self.missing * information)[..., None]
        filters = torch.stack((present, present.flip(-1, -2)), dim=2)
        filters = rearrange(filters, "p k strand w a -> p (a w) (k strand)")
        columns = F.pad(bases, (0, 0, half, half)).unfold(-2, self.config.width, 1)
        windows = rearrange(columns, "g s n a w -> g (s n) (a w)")
        if len(windows) == 1 and len(filters) > 1:
            fit = torch.einsum("nw,pwk->pnk", windows[0], filters)
        else:
            fit = windows @ filters
        fit = rearrange(fit, "p (s n) (k t) -> p s n t k", s=mask.shape[1], t=2)
        whole = (self.missing * information.sum(-1))[:, None, None, None]
        fit = (fit - whole) * protein.gain[:, None, None, None]
        fit = (fit + (protein.shift + protein.weight)[:, None, None, None]).logsumexp(-1)
        return self.ceiling - F.softplus(self.ceiling - fit)

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
            match = self.match(self.dna.bases(ids, mask), mask, protein)
        position = match
        if joint:
            position = match + self.refine(ids, mask, match, protein).float()
        position = position + protein.bias[:, None, None, None]
        position = position.masked_fill(~mask[..., None], MASKED)
        return PairScores(position.flatten(2).logsumexp(-1), position, match)

    def refine(self, ids: Tensor, mask: Tensor, match: Tensor, protein: ProteinState) -> Tensor:
        """What the joint transformer adds to each base and strand: float [p, s, n, 2].

        DNA tokens of both strands stand in one sequence without positions, so that the latents
        read them alike whichever strand was given.
        """
        p, s, n, _ = match.shape
        dna = self.dna(ids.flatten(0, 1), mask.flatten(0, 1))
        dna = rearrange(dna, "(g s) n t d -> g s (n t) d", s=s)
        fit = rearrange(match, "p s n t -> p s (n t)")
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
    return (motif * (motif + LOG_BACKGROUND).exp()).sum(-1) / math.log(2)
