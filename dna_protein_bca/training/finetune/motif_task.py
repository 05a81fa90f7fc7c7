"""Losses on measured motifs: masked-base prediction, and the order of 8-mers under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.evaluation.metrics import correlations
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores, trim_to_width
from dna_protein_bca.proteins.features import collate
from dna_protein_bca.training import losses as objective
from dna_protein_bca.training.engine.trainer import Losses, Part

from .pair_task import WHOLE
from .proteins import TrainingProteins
from .settings import TrainSettings

BEST, OTHERS = 32, 64
"""8-mers of a protein and step: of the best `TOP`, and of all others."""

TOP = 130
"""The best 8-mers count as bound (the definition of the specificity data set)."""

VALIDATION_KMERS = 1000
"""8-mers that a validation scores, every so many of all."""


class MotifTask:
    """Draws proteins and 8-mers by (seed, step) alone."""

    def __init__(
        self,
        motifs: Mapping[int, Sequence[np.ndarray]],
        proteins: TrainingProteins,
        settings: TrainSettings,
    ) -> None:
        """Score all 8-mers under each protein's motifs.

        Args:
            motifs: protein row -> measured motifs, [width, 4] each.
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
        chosen = rng.choice(len(self.rows), self.size, replace=False)
        kmers, target, weight = self._kmers(chosen, rng)
        motif = self._motifs(chosen, model.config.protein.width, rng)
        rows = self.rows[chosen]
        state = self.proteins.encode(model, rows, step)
        own = list(range(part.index, self.size, part.count))
        found = {"decode": state.bias.sum() * 0.0, "kmer": state.bias.sum() * 0.0}
        if not own:
            return found
        device = state.bias.device
        ids = self.kmers[kmers[own]].to(device)
        some = torch.tensor(own, device=device)
        score = model(ids, torch.ones_like(ids, dtype=torch.bool), state[some]).score
        aim, share = target[own].to(device), weight[own].to(device)
        order = objective.listwise_loss(score, aim, share)
        order = order + objective.correlation_loss(score, aim, share)
        found["kmer"] = self.settings.kmer * order.sum() / self.size
        if not self.proteins.frozen:
            decode = decoding(model, self.proteins, rows, motif.to(device))[own].sum()
            found["decode"] = self.settings.decode * decode / self.size
        return found

    def _kmers(
        self, chosen: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, Tensor, Tensor]:
        total = self.target.shape[1]
        best = np.stack([rng.permutation(TOP)[:BEST] for _ in chosen])
        best = np.take_along_axis(self.order[chosen], best, axis=1)
        others = rng.integers(0, total, (len(chosen), OTHERS))
        index = np.concatenate([best, others], axis=1)
        weight = np.full(index.shape, (total - TOP) / OTHERS, dtype=np.float32)
        weight[:, :BEST] = TOP / BEST
        target = np.take_along_axis(self.target[chosen], index, axis=1)
        return index, torch.from_numpy(target), torch.from_numpy(weight)

    def _motifs(self, chosen: np.ndarray, width: int, rng: np.random.Generator) -> Tensor:
        given = (self.motifs[int(self.rows[number])] for number in chosen)
        return padded([ones[int(rng.integers(len(ones)))] for ones in given], width)

    def describe(self, step: int) -> str:
        """The proteins of a step, for a message."""
        rng = np.random.default_rng((self.settings.seed, step, 1))
        rows = self.rows[rng.choice(len(self.rows), self.size, replace=False)]
        return "motifs of " + ", ".join(self.proteins.inputs[row].id for row in rows)


class SeedTask:
    """Masked-base prediction of motifs that were found in the pairs, until a step.

    Args:
        motifs: protein row -> motifs, [width, 4].
        steps: after which the pairs alone are learned from.
    """

    def __init__(
        self,
        motifs: Mapping[int, Sequence[np.ndarray]],
        proteins: TrainingProteins,
        settings: TrainSettings,
        steps: int,
    ) -> None:
        self.motifs, self.proteins, self.settings, self.steps = motifs, proteins, settings, steps
        self.rows = np.array(sorted(motifs))
        self.size = min(settings.motif_proteins, len(self.rows))

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The weighted term of the loss of a part of a step's proteins."""
        own = list(range(part.index, self.size, part.count))
        device = model.sharpness.device
        if step >= self.steps or not own:
            return {"seed": torch.zeros((), device=device)}
        rng = np.random.default_rng((self.settings.seed, step, 2))
        rows = self.rows[rng.permutation(len(self.rows))[: self.size]]
        ones = [self.motifs[int(row)][0] for row in rows]
        motif = padded(ones, model.config.protein.width).to(device)
        loss = decoding(model, self.proteins, rows, motif)[own].sum()
        return {"seed": self.settings.decode * loss / self.size}

    def describe(self, step: int) -> str:
        """Its proteins, for a message."""
        return "motifs found for " + ", ".join(self.proteins.inputs[row].id for row in self.rows)


def decoding(
    model: BindingModel, proteins: TrainingProteins, rows: np.ndarray, motif: Tensor
) -> Tensor:
    """Masked-base prediction of each protein, the mean over readers: float [p]."""
    batch = collate([proteins.inputs[row] for row in rows]).to(motif.device)
    losses = []
    for member in model.members:
        motifs, _ = member(batch)
        losses.append(objective.decoding_loss(motifs, motif, model.config.protein.motifs))
    return torch.stack(losses).mean(0)


def padded(motifs: Sequence[np.ndarray], width: int) -> Tensor:
    """Motifs cut to `width` and padded with zeros at the end: float32 [p, width, 4]."""
    out = np.zeros((len(motifs), width, 4), dtype=np.float32)
    for place, motif in enumerate(motifs):
        kept = trim_to_width(motif, width)
        out[place, : len(kept)] = kept
    return torch.from_numpy(out)


def standard_scores(motifs: Sequence[np.ndarray]) -> np.ndarray:
    """Float32 [32,896]: mean log-odds of every 8-mer under some motifs, standardised."""
    score = mean_kmer_scores(motifs)
    scaled: np.ndarray = ((score - score.mean()) / max(float(score.std()), 1e-6)).astype(np.float32)
    return scaled


@torch.inference_mode()
def motif_figure(
    model: BindingModel, proteins: TrainingProteins, motifs: Mapping[int, Sequence[np.ndarray]]
) -> float:
    """Mean over proteins of Spearman's correlation of 8-mer scores with those of the motifs.

    Of proteins that have one, which scores that are all the same have not; NaN without such.
    """
    stride = max(1, len(canonical_kmers(8)) // VALIDATION_KMERS)
    ids = DNATokenizer().encode(canonical_kmers(8)[::stride]).ids
    ids = ids[None].to(next(model.parameters()).device)
    found = []
    for row, ones in motifs.items():
        state = proteins.encode(model, np.array([row]))
        score = model(ids, torch.ones_like(ids, dtype=torch.bool), state).score[0]
        truth = standard_scores(ones)[::stride]
        found.append(correlations(score.double().cpu().numpy(), truth)["spearman"])
    known = [value for value in found if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
