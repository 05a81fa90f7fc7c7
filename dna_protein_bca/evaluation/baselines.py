"""Scores of the baselines and the controls on the pairs that a model is evaluated on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.proteins.relatives import MeasuredProteins

from . import kmer_regression as kmers
from .reference import Training
from .relatives import relatives_matrices

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.predictor import Predictor

BASELINES = ("nn", "relatives20", "kmer_logistic", "shuffled", "protein_blind")
"""Names of the baselines and controls, in the order in which they are shown."""

EMPTY = {
    "nn": "no measured protein is like the evaluated ones",
    "relatives20": "no measured protein is like the evaluated ones",
    "kmer_logistic": "too few pairs to learn from: two of each label, or three with an affinity",
    "protein_blind": "none of the training proteins can be scored",
}
"""Why a baseline that has no score at all has none."""

BLIND_PROTEINS = 16
"""Training proteins, drawn at random, whose mean score is the protein-blind one."""


@dataclass
class Matrices:
    """Scores of proteins on DNA, a baseline a name: float [proteins, dna], and why one is absent.

    Attributes:
        scores: by name; NaN where a baseline has no answer.
        notes: by name: what it rests on, or why it is absent.
    """

    scores: dict[str, np.ndarray] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def baseline_matrices(
    predictor: Predictor,
    training: Training,
    measured: MeasuredProteins | None,
    proteins: Sequence[tuple[str, str]],
    dna: dict[str, str],
    pairs: pd.DataFrame,
    *,
    seed: int = 0,
    threads: int = 0,
) -> Matrices:
    """All baselines but the shuffled proteins, which need no matrix of their own.

    Args:
        predictor: scores the protein-blind control.
        measured: relatives that travel with the weights, or None.
        proteins: (id, sequence) of the evaluated proteins.
        dna: id -> sequence of the evaluated DNA.
        pairs: `protein_id`, `row` (index into `dna`), `label` or `affinity`.
    """
    found = Matrices()
    ids, sequences = [name for name, _ in proteins], list(dna.values())
    if measured is None or not any(one.motifs for one in measured.proteins):
        for name in ("nn", "relatives20"):
            found.notes[name] = "no relatives travel with these weights"
    else:
        found.scores |= relatives_matrices(measured, proteins, sequences, threads)
        for name in ("nn", "relatives20"):
            found.notes[name] = f"motifs of {len(measured):,} measured proteins"
    if training.pairs is None:
        found.scores["kmer_logistic"] = kmers.crossed_matrix(pairs, ids, sequences, seed)
        found.notes["kmer_logistic"] = f"{kmers.FOLDS}-fold cross-validated on these pairs"
    else:
        fitted = kmers.trained_matrix(training.pairs, training.dna, ids, sequences)
        found.scores["kmer_logistic"] = fitted
        found.notes["kmer_logistic"] = "fitted on the run's training pairs"
    _blind(found, predictor, training, dna, len(ids), seed)
    for name in [name for name, scores in found.scores.items() if np.isnan(scores).all()]:
        del found.scores[name]
        found.notes[name] = EMPTY[name]
    return found


def _blind(
    found: Matrices,
    predictor: Predictor,
    training: Training,
    dna: dict[str, str],
    count: int,
    seed: int,
) -> None:
    if not training.proteins:
        found.notes["protein_blind"] = training.source
        return
    rng = np.random.default_rng(seed)
    size = min(BLIND_PROTEINS, len(training.proteins))
    some = [training.proteins[row] for row in rng.permutation(len(training.proteins))[:size]]
    encoded = predictor.encode(dict(some), any_protein=True)
    scores = predictor.score_matrix(encoded, dna)
    # Of a DNA that none of them can be scored on there is no mean.
    known = ~np.isnan(scores)
    score = np.where(known, scores, 0).sum(axis=0) / np.where(
        known.any(axis=0), known.sum(0), np.nan
    )
    found.scores["protein_blind"] = np.broadcast_to(score, (count, len(score)))
    found.notes["protein_blind"] = (
        f"mean score of {size} of {len(training.proteins):,} training proteins ({training.source})"
    )


def derangement(count: int, seed: int) -> np.ndarray:
    """int64 [count]: another row for every row, drawn at random; `count` is 2 or more."""
    order = np.random.default_rng(seed).permutation(count)
    other = np.empty(count, dtype=np.int64)
    other[order] = np.roll(order, 1)
    return other
