"""Scores of the baselines and the controls on the pairs that a model is evaluated on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dna_protein_bca.evaluation.scored import ScoredPairs
from dna_protein_bca.evaluation.training_data import TrainingData

from . import kmer_regression
from .controls import protein_blind_scores
from .relatives import relatives_matrices

BASELINES = ("nn", "relatives20", "kmer_logistic", "shuffled", "protein_blind")
"""Names of the baselines and controls, in the order in which they are shown."""

WITHOUT_SCORES = {
    "nn": "no measured protein is like the evaluated ones",
    "relatives20": "no measured protein is like the evaluated ones",
    "kmer_logistic": "too few pairs to learn from: two of each label, or three with an affinity",
    "protein_blind": "none of the training proteins can be scored",
}
"""Why a baseline that has no score at all has none."""


@dataclass
class Matrices:
    """Scores of proteins on DNA under each baseline, and why one is absent.

    Attributes:
        scores: baseline -> float [proteins, dna]; NaN where it has no answer.
        notes: baseline -> what it rests on, or why it is absent.
    """

    scores: dict[str, np.ndarray] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def baseline_matrices(scored: ScoredPairs, training: TrainingData, seed: int) -> Matrices:
    """All baselines but the shuffled proteins, which need no matrix of their own.

    Args:
        training: what the weights were trained on.
        seed: of the folds of the k-mer regression, and of the proteins that are drawn.
    """
    matrices = Matrices()
    _add_relatives(matrices, scored)
    _add_kmer_regression(matrices, scored, training, seed)
    _add_protein_blind(matrices, scored, training, seed)
    for name in [name for name, matrix in matrices.scores.items() if np.isnan(matrix).all()]:
        del matrices.scores[name]
        matrices.notes[name] = WITHOUT_SCORES[name]
    return matrices


def _add_relatives(matrices: Matrices, scored: ScoredPairs) -> None:
    measured = scored.predictor.measured
    note = "no relatives travel with these weights"
    if measured is not None and any(protein.motifs for protein in measured.proteins):
        dna = list(scored.dna.values())
        matrices.scores |= relatives_matrices(measured, scored.proteins, dna, scored.threads)
        note = f"motifs of {len(measured):,} measured proteins"
    matrices.notes |= {"nn": note, "relatives20": note}


def _add_kmer_regression(
    matrices: Matrices, scored: ScoredPairs, training: TrainingData, seed: int
) -> None:
    dna = list(scored.dna.values())
    if training.pairs is None:
        pairs = scored.pairs.assign(row=scored.dna_index)
        matrix = kmer_regression.crossed_matrix(pairs, scored.ids, dna, seed)
        note = f"{kmer_regression.FOLDS}-fold cross-validated on these pairs"
    else:
        matrix = kmer_regression.trained_matrix(training.pairs, training.dna, scored.ids, dna)
        note = "fitted on the run's training pairs"
    matrices.scores["kmer_logistic"] = matrix
    matrices.notes["kmer_logistic"] = note


def _add_protein_blind(
    matrices: Matrices, scored: ScoredPairs, training: TrainingData, seed: int
) -> None:
    if not training.proteins:
        matrices.notes["protein_blind"] = training.source
        return
    score, note = protein_blind_scores(scored.predictor, training, scored.dna, seed)
    matrices.scores["protein_blind"] = np.broadcast_to(score, (len(scored.ids), len(score)))
    matrices.notes["protein_blind"] = note
