"""Losses of the joint score on real bound DNA, within one protein and one assay at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.states import PairScores
from dna_protein_bca.training import losses as objective
from dna_protein_bca.training.engine.config import Losses

from .draws import ASSAYS, BoundDNA, DrawConfig, Sample
from .proteins import HiddenProteins

GAP = (0.05, 0.3)
"""E-scores that differ by less than the first are one; a pair weighs by its difference up to the
second."""


@dataclass(frozen=True)
class BoundConfig:
    """How the joint stage learns from real bound DNA.

    Attributes:
        shares: of the steps, by assay (`reads`, `sites`, `shuffled`, `arrays`); the others are
            spent on motifs.
        proteins: of a step.
        family_power: families are drawn by their size to this power.
        place: weight of the loss on where a genomic site lies.
        correlate: weight of the correlation with E-scores, beside their ranking.
        draw: how much DNA of each protein.
    """

    shares: tuple[float, float, float, float] = (0.25, 0.15, 0.2, 0.25)
    proteins: int = 2
    family_power: float = 0.5
    place: float = 0.3
    correlate: float = 0.5
    draw: DrawConfig = field(default_factory=DrawConfig)


class AssayHeads(nn.Module):
    """What each assay makes of a score, so that its habits do not pass for binding.

    A score is scaled, and what the composition of the DNA says to the assay is added. Both are
    forgotten after the training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(len(ASSAYS)))
        self.habit = nn.Parameter(torch.zeros(len(ASSAYS), 16))

    def forward(self, assay: str, ids: Tensor, score: Tensor) -> Tensor:
        """Score of an assay float [s], of DNA uint8 [s, n] without padding."""
        number = ASSAYS.index(assay)
        return score * F.softplus(self.scale[number] - 1) + composition(ids) @ self.habit[number]


class Lesson(nn.Module):
    """A model and the heads of the assays, which learn together.

    Attributes:
        model: what is kept.
        heads: of the assays.
    """

    def __init__(self, model: BindingModel) -> None:
        super().__init__()
        self.model, self.heads = model, AssayHeads()


class BoundTask:
    """Losses on real bound DNA by what is drawn alone.

    Args:
        dna: the tables.
        proteins: as the model meets them; of the tables', those that are not among them do not
            count.
        config: how much of each.
    """

    def __init__(self, dna: BoundDNA, proteins: HiddenProteins, config: BoundConfig) -> None:
        self.dna, self.proteins, self.config = dna, proteins, config
        self.rows = {protein.id: row for row, protein in enumerate(proteins.proteins)}
        self.names = {
            assay: [name for name in dna.proteins(assay) if name in self.rows] for assay in ASSAYS
        }
        self.share = {
            assay: shares(names, dna.families, config.family_power)
            for assay, names in self.names.items()
        }

    def losses(self, lesson: Lesson, assay: str, rng: np.random.Generator) -> Losses:
        """The weighted terms of some proteins of an assay."""
        c, names = self.config, self.names[assay]
        count = min(c.proteins, len(names))
        chosen = rng.choice(names, count, replace=False, p=self.share[assay])
        terms: dict[str, list[Tensor]] = {}
        for name in chosen:
            drawn = self.dna.draw(assay, str(name), rng)
            state = self.proteins.states(np.array([self.rows[name]]), rng, background=False)
            ids = drawn.ids[None]
            scores = lesson.model(ids, torch.ones_like(ids, dtype=torch.bool), state)
            for term, value in self.terms(lesson.heads, assay, drawn, scores).items():
                terms.setdefault(term, []).append(value)
        return {term: torch.stack(values).mean() for term, values in terms.items()}

    def terms(self, heads: AssayHeads, assay: str, drawn: Sample, scores: PairScores) -> Losses:
        """The weighted terms of one protein."""
        c = self.config
        score = heads(assay, drawn.ids, scores.score[0])
        if assay == "arrays":
            correlation = objective.correlation_loss(
                score[None], drawn.target[None], drawn.weight[None]
            )[0]
            return {
                "arrays_rank": array_rank_loss(score, drawn.target),
                "arrays_correlate": c.correlate * correlation,
            }
        bound, unbound = score[drawn.target > 0], score[drawn.target == 0]
        terms = {assay: F.softplus(unbound - bound[:, None]).mean()}
        if assay == "sites":
            terms["place"] = c.place * place_loss(scores.position[0], drawn.site)
        return terms


def array_rank_loss(score: Tensor, escore: Tensor) -> Tensor:
    """Pairwise logistic loss, each pair weighed by how far its E-scores differ; a scalar."""
    gap = escore[:, None] - escore
    weight = (gap > GAP[0]) * gap.clamp(max=GAP[1])
    loss = F.softplus(score - score[:, None]) * weight
    return loss.sum() / weight.sum().clamp(min=1e-6)


def place_loss(position: Tensor, site: Tensor) -> Tensor:
    """Minus the log of the share of the odds that lies in the site; a scalar.

    Args:
        position: float [s, n, 2], position scores.
        site: bool [s, n], rows of False do not count.
    """
    known = site.any(1)
    odds = position[known].logsumexp(-1).log_softmax(1)
    return -odds.masked_fill(~site[known], -1e4).logsumexp(1).mean()


def composition(ids: Tensor) -> Tensor:
    """Shares of pairs of neighbouring bases, over both strands: float [s, 16] of uint8 [s, n]."""
    pair = 4 * ids[:, :-1].long() + ids[:, 1:].long()
    complement = 4 * (3 - ids[:, 1:].long()) + 3 - ids[:, :-1].long()
    known = (ids[:, :-1] < 4) & (ids[:, 1:] < 4)
    both = F.one_hot(pair.clamp(0, 15), 16) + F.one_hot(complement.clamp(0, 15), 16)
    return (both * known[..., None]).float().mean(1) / 2


def shares(names: Sequence[str], families: Mapping[str, str], power: float) -> np.ndarray:
    """Chance of each protein where families are drawn by their size to a power: float [p]."""
    kind = [families[name] for name in names]
    size = np.array([kind.count(each) for each in kind], dtype=float)
    share: np.ndarray = size ** (power - 1)
    return share / share.sum()
