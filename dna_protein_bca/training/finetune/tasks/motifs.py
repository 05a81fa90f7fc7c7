"""Losses on measured motifs: masked-base prediction, and the order of 8-mers under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.evaluation.metrics import correlations, merge_ties
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores, trim_to_width
from dna_protein_bca.proteins.features import collate
from dna_protein_bca.training import losses as objective
from dna_protein_bca.training.engine.config import WHOLE, Losses, Part
from dna_protein_bca.training.finetune.settings import TrainSettings

from .proteins import TrainingProteins

Motifs = Mapping[int, Sequence[np.ndarray]]
"""Row of a training protein -> its motifs: base probabilities, float32 [width, 4] each."""

BEST, OTHERS = 32, 64
"""8-mers of a protein and step: of the best `TOP`, and of all others."""

TOP = 130
"""The best 8-mers count as bound (the definition of the specificity data set)."""

VALIDATION_KMERS = 1000
"""8-mers that a validation scores, every so many of all."""


class MotifTask:
    """Draws proteins and 8-mers by (seed, step) alone."""

    def __init__(self, motifs: Motifs, proteins: TrainingProteins, settings: TrainSettings) -> None:
        """Score all 8-mers under each protein's motifs.

        Args:
            motifs: measured ones.
        """
        self.motifs, self.proteins, self.settings = motifs, proteins, settings
        self.rows = np.array(sorted(motifs))
        self.target = np.stack([standard_scores(motifs[int(row)]) for row in self.rows])
        self.order = np.argsort(-self.target, axis=1, kind="stable")[:, :TOP]
        self.kmers = DNATokenizer().encode(canonical_kmers(8)).ids
        self.size = min(settings.motif_proteins, len(self.rows))
        self.steps_per_epoch = -(-len(self.rows) // self.size)

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The weighted terms of the loss of a part of a step's proteins."""
        rng = np.random.default_rng((self.settings.seed, step, 1))
        drawn = self._draw_proteins(rng)
        kmers, target, weight = self._draw_kmers(drawn, rng)
        motif = self._draw_motifs(drawn, model.config.protein.width, rng)
        rows = self.rows[drawn]
        state = self.proteins.encode(model, rows, step)
        in_part = list(range(part.index, self.size, part.count))
        terms = {"decode": state.bias.sum() * 0.0, "kmer": state.bias.sum() * 0.0}
        if not in_part:
            return terms
        device = state.bias.device
        ids = self.kmers[kmers[in_part]].to(device)
        part_state = state[torch.tensor(in_part, device=device)]
        score = model(ids, torch.ones_like(ids, dtype=torch.bool), part_state).score
        target, weight = target[in_part].to(device), weight[in_part].to(device)
        order = objective.listwise_loss(score, target, weight)
        order = order + objective.correlation_loss(score, target, weight)
        terms["kmer"] = self.settings.kmer * order.sum() / self.size
        if not self.proteins.frozen:
            decode = decoding(model, self.proteins, rows, motif.to(device))[in_part].sum()
            terms["decode"] = self.settings.decode * decode / self.size
        return terms

    def _draw_proteins(self, rng: np.random.Generator) -> np.ndarray:
        """Indices into `rows` of a step's proteins."""
        return rng.choice(len(self.rows), self.size, replace=False)

    def _draw_kmers(
        self, drawn: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, Tensor, Tensor]:
        """8-mers of each protein: their indices, scores and weights, all [p, BEST + OTHERS]."""
        total = self.target.shape[1]
        best = np.stack([rng.permutation(TOP)[:BEST] for _ in drawn])
        best = np.take_along_axis(self.order[drawn], best, axis=1)
        others = rng.integers(0, total, (len(drawn), OTHERS))
        index = np.concatenate([best, others], axis=1)
        weight = np.full(index.shape, (total - TOP) / OTHERS, dtype=np.float32)
        weight[:, :BEST] = TOP / BEST
        target = np.take_along_axis(self.target[drawn], index, axis=1)
        return index, torch.from_numpy(target), torch.from_numpy(weight)

    def _draw_motifs(self, drawn: np.ndarray, width: int, rng: np.random.Generator) -> Tensor:
        """One measured motif of each protein: float32 [p, width, 4]."""
        of_protein = (self.motifs[int(self.rows[index])] for index in drawn)
        return padded([motifs[int(rng.integers(len(motifs)))] for motifs in of_protein], width)

    def describe(self, step: int) -> str:
        """The proteins of a step, for a message."""
        rng = np.random.default_rng((self.settings.seed, step, 1))
        rows = self.rows[self._draw_proteins(rng)]
        return "motifs of " + ", ".join(self.proteins.inputs[row].id for row in rows)

    def samples(self, step: int) -> int:
        """Proteins of a step."""
        return self.size


class InitialMotifTask:
    """Masked-base prediction of motifs that were discovered in the pairs, until a step.

    Args:
        motifs: discovered ones, of which the first of a protein is learned.
        steps: after which the pairs alone are learned from.
    """

    def __init__(
        self, motifs: Motifs, proteins: TrainingProteins, settings: TrainSettings, steps: int
    ) -> None:
        self.motifs, self.proteins, self.settings, self.steps = motifs, proteins, settings, steps
        self.rows = np.array(sorted(motifs))
        self.size = min(settings.motif_proteins, len(self.rows))

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The weighted term of the loss of a part of a step's proteins."""
        in_part = list(range(part.index, self.size, part.count))
        device = model.sharpness.device
        if step >= self.steps or not in_part:
            return {"seed": torch.zeros((), device=device)}
        rng = np.random.default_rng((self.settings.seed, step, 2))
        rows = self.rows[rng.permutation(len(self.rows))[: self.size]]
        motifs = [self.motifs[int(row)][0] for row in rows]
        motif = padded(motifs, model.config.protein.width).to(device)
        loss = decoding(model, self.proteins, rows, motif)[in_part].sum()
        return {"seed": self.settings.decode * loss / self.size}

    def describe(self, step: int) -> str:
        """Its proteins, for a message."""
        return "motifs found for " + ", ".join(self.proteins.inputs[row].id for row in self.rows)

    def samples(self, step: int) -> int:
        """Proteins of a step."""
        return self.size if step < self.steps else 0


def decoding(
    model: BindingModel, proteins: TrainingProteins, rows: np.ndarray, motif: Tensor
) -> Tensor:
    """Masked-base prediction of each protein, the mean over the model's members: float [p].

    Args:
        rows: int64 [p], the proteins.
        motif: float32 [p, width, 4], one of each, zero rows at the end.
    """
    batch = collate([proteins.inputs[row] for row in rows]).to(motif.device)
    losses = []
    for member in model.members:
        motifs = member(batch).motifs
        losses.append(objective.decoding_loss(motifs, motif, model.config.protein.motifs))
    return torch.stack(losses).mean(0)


def padded(motifs: Sequence[np.ndarray], width: int) -> Tensor:
    """Motifs cut to `width` and padded with zeros at the end: float32 [p, width, 4]."""
    stacked = np.zeros((len(motifs), width, 4), dtype=np.float32)
    for row, motif in enumerate(motifs):
        core = trim_to_width(motif, width)
        stacked[row, : len(core)] = core
    return torch.from_numpy(stacked)


def standard_scores(motifs: Sequence[np.ndarray]) -> np.ndarray:
    """Float32 [32,896]: mean log-odds of every 8-mer under some motifs, standardised."""
    score = mean_kmer_scores(motifs)
    scaled: np.ndarray = ((score - score.mean()) / max(float(score.std()), 1e-6)).astype(np.float32)
    return scaled


@torch.inference_mode()
def motif_spearman(model: BindingModel, proteins: TrainingProteins, motifs: Motifs) -> float:
    """Mean over proteins of Spearman's correlation of 8-mer scores with those of the motifs.

    Of proteins that have one, which scores that are all the same have not; NaN without such.
    """
    stride = max(1, len(canonical_kmers(8)) // VALIDATION_KMERS)
    ids = DNATokenizer().encode(canonical_kmers(8)[::stride]).ids
    ids = ids[None].to(next(model.parameters()).device)
    values = []
    for row, measured in motifs.items():
        state = proteins.encode(model, np.array([row]))
        score = model(ids, torch.ones_like(ids, dtype=torch.bool), state).score[0]
        truth = standard_scores(measured)[::stride]
        values.append(correlations(merge_ties(score.double().cpu().numpy()), truth)["spearman"])
    defined = [value for value in values if np.isfinite(value)]
    return float(np.mean(defined)) if defined else float("nan")
