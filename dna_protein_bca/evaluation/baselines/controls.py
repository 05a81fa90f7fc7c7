"""Controls that a model which reads both sides must beat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.evaluation.training_data import TrainingData

if TYPE_CHECKING:
    from dna_protein_bca.protocol import Predictor

BLIND_PROTEINS = 16
"""Training proteins, drawn at random, whose mean score is the protein-blind one."""


def derangement(count: int, seed: int) -> np.ndarray:
    """int64 [count]: another row for every row, drawn at random; `count` is 2 or more."""
    order = np.random.default_rng(seed).permutation(count)
    other = np.empty(count, dtype=np.int64)
    other[order] = np.roll(order, 1)
    return other


def protein_blind_scores(
    predictor: Predictor, training: TrainingData, dna: Mapping[str, str], seed: int
) -> tuple[np.ndarray, str]:
    """The mean score of some training proteins, which knows nothing of the protein.

    Args:
        training: of at least one protein.

    Returns:
        float64 [dna], NaN for DNA that none of them can be scored on; and what it rests on.
    """
    rng = np.random.default_rng(seed)
    size = min(BLIND_PROTEINS, len(training.proteins))
    drawn = [training.proteins[row] for row in rng.permutation(len(training.proteins))[:size]]
    encoded = predictor.encode(dict(drawn), any_protein=True)
    scores = predictor.score_matrix(encoded, dna)
    defined = ~np.isnan(scores)
    count = np.where(defined.any(axis=0), defined.sum(axis=0), np.nan)
    score = np.where(defined, scores, 0).sum(axis=0) / count
    total = len(training.proteins)
    return score, f"mean score of {size} of {total:,} training proteins ({training.source})"
