"""The second stage: the joint transformer, on finished members, distant relatives and real DNA."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from dna_protein_bca.attention import BidirectionalCrossAttention
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.training import losses as objective
from dna_protein_bca.training.engine.config import Losses

from .bound.draws import ASSAYS
from .bound.proteins import HiddenProteins, HidingConfig
from .bound.task import BoundConfig, BoundTask, Lesson
from .specificity_task import SpecificityTask


@dataclass(frozen=True)
class JoinConfig:
    """What a batch of the second stage holds; saved in the run folder.

    Attributes:
        proteins: of a step on motifs.
        hiding: what is hidden of the training proteins.
        windows: proteins with a window that holds a site of theirs; each is scored on all of these
            windows.
        window: length of a window, bp.
        background: windows without such a site that each of these proteins is scored on, too.
        odds_windows: random windows whose mean odds are the background of a score in this training,
            where a rough one does.
        bound: how real bound DNA counts.
    """

    proteins: int = 8
    hiding: HidingConfig = field(default_factory=HidingConfig)
    windows: int = 6
    window: int = 101
    background: int = 4
    odds_windows: int = 64
    bound: BoundConfig = field(default_factory=BoundConfig)


class JoinTask:
    """Losses of the joint score by (seed, step) alone; the members stay as they are.

    A step is one on real DNA of an assay, or one on the motifs of all training proteins.

    Args:
        draws: draws 8-mers and motifs of the training proteins.
        proteins: those, as the model meets them.
        bound: real bound DNA; None to learn from motifs alone.
        config: what a batch holds.
    """

    def __init__(
        self,
        draws: SpecificityTask,
        proteins: HiddenProteins,
        bound: BoundTask | None,
        config: JoinConfig,
    ) -> None:
        self.draws, self.proteins, self.bound, self.config = draws, proteins, bound, config

    def losses(self, lesson: Lesson, step: int) -> Losses:
        """The weighted terms of the loss at a step."""
        rng = np.random.default_rng((self.draws.seed, step))
        shares = np.array(self.config.bound.shares if self.bound else ())
        number = int(np.searchsorted(shares.cumsum(), rng.random(), side="right"))
        if self.bound and number < len(shares):
            return self.bound.losses(lesson, ASSAYS[number], rng)
        return self.motif_losses(lesson.model, rng)

    def motif_losses(self, model: BindingModel, rng: np.random.Generator) -> Losses:
        """The terms of 8-mers, and of windows with planted sites."""
        c, draws = self.config, self.draws
        rows = rng.choice(len(draws.proteins), c.proteins, replace=False, p=draws.share)
        state = self.proteins.states(rows, rng)
        windows = self.windows(model, state[: c.windows], rows[: c.windows], rng)
        if not any((draws.config.rank, draws.config.correlate, draws.config.member)):
            return windows
        kmers = draws.draw_kmers(rows, rng)
        ids = draws.kmers[kmers.kmer]
        score = model(ids, torch.ones_like(ids, dtype=torch.bool), state).score
        return windows | draws.ranking(score, kmers, "joint")

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
def cut_direction(model: BindingModel, side: str) -> None:
    """Keep one side of the joint transformer from reading the other, in place and for good.

    What that side would read becomes zero and does not learn; its feed-forwards stay.

    Args:
        side: `dna` or `protein`.
    """
    for layer in model.joint.modules():
        if isinstance(layer, BidirectionalCrossAttention):
            out = layer.to_out if side == "dna" else layer.context_to_out
            for parameter in out.parameters():
                parameter.zero_().requires_grad_(False)


@torch.no_grad()
def take_joint(model: BindingModel, share: float, gate: float = 1.0) -> None:
    """Go only so far from the match of the motifs alone to the joint score, in place.

    Weights between those before and after a training are often better on other data than either
    (Wortsman et al. 2022); before it, the last layers were zero.

    Args:
        gate: `JointConfig.gate` from now on.
    """
    for layer in model.joint.last_layers():
        for parameter in layer.parameters():
            parameter.mul_(share)
    model.config = model.config.replace(joint_gate=gate)
