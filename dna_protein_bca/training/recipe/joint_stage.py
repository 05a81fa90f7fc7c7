"""The second stage: the joint transformer, on finished readers and distant relatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.relative_motifs import RelativeBatch, RelativeMotifs
from dna_protein_bca.model.states import ProteinReading, ProteinState
from dna_protein_bca.proteins.features import ProteinInput, collate
from dna_protein_bca.proteins.relatives import Relative
from dna_protein_bca.training import losses as objective
from dna_protein_bca.training.engine.config import Losses

from .specificity_task import SpecificityTask, hide

NEIGHBOURS = 640
"""The nearest relatives of a training protein; of them those above a random identity are hidden."""


@dataclass(frozen=True)
class JoinConfig:
    """What a batch of the second stage holds; saved in the run folder.

    Attributes:
        proteins: of a step.
        hide: relatives above an identity drawn from this range are hidden, so that the model
            learns what distant ones are worth.
        alone: share of proteins without any relative.
        blind: share of proteins whose decoded motifs count less.
        hidden: share of residues hidden from the readers, drawn from this range for each protein:
            they have learned the training proteins by heart, and read new ones less well.
        trust: how much decoded motifs count beside those of relatives: intercept and slope (by the
            identity of the nearest) of a logit, without and with zinc fingers; chosen on
            validation.
        sharpness: a relative's weight is exp(sharpness x identity); chosen on validation, where at
            a lower inverse temperature a higher one is better than the 12 of the baseline.
        windows: proteins with a window that holds a site of theirs; each is scored on all of these
            windows.
        window: length of a window, bp.
        background: windows without such a site that each of these proteins is scored on, too.
    """

    proteins: int = 20
    hide: tuple[float, float] = (0.4, 0.8)
    alone: float = 0.2
    blind: float = 0.2
    hidden: tuple[float, float] = (0.1, 0.4)
    trust: tuple[tuple[float, float], tuple[float, float]] = ((2.0, -5.0), (13.0, -22.0))
    sharpness: float = 20.0
    windows: int = 10
    window: int = 101
    background: int = 4


class JoinTask:
    """Losses of the joint score by (seed, step) alone; the readers stay as they are."""

    def __init__(
        self,
        model: BindingModel,
        draws: SpecificityTask,
        relative_motifs: RelativeMotifs,
        config: JoinConfig,
    ) -> None:
        """Read every training protein once.

        Args:
            model: its readers are frozen here.
            draws: draws 8-mers and motifs of the training proteins.
            relative_motifs: the training proteins as relatives of each other.
        """
        self.draws, self.relative_motifs, self.config = draws, relative_motifs, config
        model.members.requires_grad_(False)
        model.trust.requires_grad_(False)
        model.sharpness.requires_grad_(False)
        with torch.no_grad():
            model.trust.copy_(torch.tensor(config.trust))
            model.sharpness.fill_(config.sharpness)
        rng = np.random.default_rng(draws.seed)
        partly = [hide(protein, rng.uniform(*config.hidden), rng) for protein in draws.proteins]
        self.readings = read_all(model, partly)
        measured = relative_motifs.measured
        # A protein without a known domain, which is read as a whole, has no relatives.
        rows = [measured.rows.get(protein.id) for protein in draws.proteins]
        states = [{} if row is None else measured.proteins[row].domains for row in rows]
        self.relatives = [
            relative_motifs.nearest_to(domains, NEIGHBOURS, [protein.id])
            for protein, domains in zip(draws.proteins, states, strict=True)
        ]
        self.identity = [measured.identities(domains).astype(np.float32) for domains in states]

    def losses(self, model: BindingModel, step: int) -> Losses:
        """The weighted terms of the loss at a step."""
        c, draws = self.config, self.draws
        rng = np.random.default_rng((draws.seed, step))
        rows = rng.choice(len(draws.proteins), c.proteins, replace=False, p=draws.share)
        state = self.states(model, rows, rng)
        kmers = draws.draw_kmers(rows, rng)
        ids = draws.kmers[kmers.kmer]
        score = model(ids, torch.ones_like(ids, dtype=torch.bool), state).score
        terms = draws.ranking(score, kmers, "joint")
        return terms | self.windows(model, state[: c.windows], rows[: c.windows], rng)

    def states(
        self, model: BindingModel, rows: np.ndarray, rng: np.random.Generator
    ) -> ProteinState:
        """Proteins with some of their relatives hidden."""
        c = self.config
        reading = ProteinReading.stack([self.readings[row] for row in rows])
        shown: list[list[Relative]] = []
        for row in rows:
            limit = 0.0 if rng.random() < c.alone else rng.uniform(*c.hide)
            plain = self.identity[row]
            near = [relative for relative in self.relatives[row] if plain[relative.row] <= limit]
            shown.append(near[: model.config.matching.relatives])
        batch: RelativeBatch = self.relative_motifs.collate(shown)
        less = torch.from_numpy(np.where(rng.random(len(rows)) < c.blind, -3.0, 0.0)).float()
        decoded = reading.motifs._replace(weight=reading.motifs.weight + less[:, None])
        return model.assemble(reading._replace(motifs=decoded), batch)

    def windows(
        self, model: BindingModel, state: ProteinState, rows: np.ndarray, rng: np.random.Generator
    ) -> Losses:
        """Windows with a site of each protein, against each other and against those without one."""
        c, draws = self.config, self.draws
        bound = draws.plant(rows, c.window, model.config.protein.width, rng)
        base = rng.dirichlet(np.full(4, 8.0), c.background)
        empty = np.stack([rng.choice(4, c.window, p=p) for p in base]).astype(np.uint8)
        ids = torch.from_numpy(np.concatenate([bound, empty]))[None]
        score = model(ids, torch.ones_like(ids, dtype=torch.bool), state).score
        family = draws.family[rows]
        same = torch.from_numpy(family[:, None] == family)
        contrast = objective.contrastive_loss(score[:, : len(rows)], same)
        planted = score.diagonal()[:, None] - score[:, len(rows) :]
        return {
            "contrast": draws.config.contrast * contrast,
            "planted": draws.config.contrast * nn.functional.softplus(-planted).mean(),
        }


@torch.no_grad()
def shrink_joint(model: BindingModel, share: float) -> None:
    """Go only so far from the match of the motifs alone to the joint score, in place.

    Weights between those before and after a training are often better on other data than either
    (Wortsman et al. 2022); before it, the last layers were zero.
    """
    for layer in model.joint.last_layers():
        for parameter in layer.parameters():
            parameter.mul_(share)


@torch.inference_mode()
def read_all(model: BindingModel, proteins: Sequence[ProteinInput]) -> list[ProteinReading]:
    """One reading a protein, each a batch of one."""
    model.eval()
    return [_copy(model.read(collate([protein]))) for protein in proteins]


def _copy(reading: ProteinReading) -> ProteinReading:
    """A reading outside of inference mode, so that a gradient may pass through what uses it."""
    with torch.inference_mode(False):
        motifs = type(reading.motifs)(*(tensor.clone() for tensor in reading.motifs))
        rest = (part.clone() for part in (reading.latents, reading.array, reading.lost))
        return ProteinReading(motifs, *rest)
