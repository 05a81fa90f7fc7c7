"""k-mer logistic regression: what the DNA alone gives away, with one model for each protein."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.io.pairs import TARGETS
from dna_protein_bca.motifs.kmers import kmer_counts

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression, Ridge

LENGTHS = (4, 6)
"""Lengths of the k-mers that are counted; each stands for itself and its reverse complement."""

FOLDS = 5
"""Folds of the cross-validation on the evaluated pairs."""

FEWEST_OF_A_LABEL = 2
FEWEST_AFFINITIES = 3
"""Training pairs that a model needs."""

PENALTY = 1.0
"""scikit-learn's default strength of the L2 penalty."""


def kmer_features(dna: Sequence[str]) -> csr_matrix:
    """Counts of canonical k-mers, those with an ambiguous base left out.

    Returns:
        Sparse float32 [dna, 4 ** 4 + 4 ** 6]; each length's part of a row has norm 1.
    """
    from scipy import sparse
    from sklearn.preprocessing import normalize

    return sparse.hstack([normalize(kmer_counts(dna, k)) for k in LENGTHS]).tocsr()


Model = Callable[["csr_matrix"], np.ndarray]
"""Features of some DNA -> probabilities or affinities, float64 [dna]."""


class KmerBaseline:
    """Probabilities (or affinities) of DNA from k-mers alone.

    Each protein with enough training pairs has a model; the others share one of all pairs. A model
    learns labels, or affinities where its pairs have none.

    Args:
        pairs: training pairs: `protein_id`, `row` (of the features), `label` or `affinity`.
        features: of the training DNA.
        target_means: share of positives (`label`) and mean affinity, around which the answers lie.
            A fold with more positives leaves fewer for training: if the mean were learned there,
            the answers of different folds would rank against the truth.
    """

    def __init__(
        self, pairs: pd.DataFrame, features: csr_matrix, target_means: dict[str, float]
    ) -> None:
        self.target_means = target_means
        # Models are fitted in float32, as the features are; affinities may be beyond its range.
        self.unit = _unit(pairs)
        self.models = {
            name: model
            for name, part in pairs.groupby("protein_id", sort=False)
            if (model := self._fit(part, features)) is not None
        }
        self.pooled = self._fit(pairs, features)

    def predict(self, protein: str, features: csr_matrix) -> np.ndarray:
        """float64 [dna]; NaN where nothing could be fitted."""
        model = self.models.get(protein, self.pooled)
        return np.full(features.shape[0], np.nan) if model is None else model(features)

    def _fit(self, pairs: pd.DataFrame, features: csr_matrix) -> Model | None:
        name = next((n for n in self.target_means if pairs[n].notna().any()), None)
        if name is None:
            return None
        pairs = pairs[pairs[name].notna()]
        target, part = pairs[name].to_numpy(), features[pairs["row"].to_numpy()]
        if name == "label":
            return _fit_labels(target, part, self.target_means[name])
        return _fit_affinities(target, part, self.target_means[name], self.unit)


def _fit_labels(label: np.ndarray, features: csr_matrix, share: float) -> Model | None:
    """A model of probabilities; None for too few of a label."""
    from sklearn.linear_model import LogisticRegression

    if min(label.sum(), len(label) - label.sum()) < FEWEST_OF_A_LABEL:
        return None
    model = LogisticRegression(C=PENALTY, max_iter=1000, class_weight="balanced")
    return partial(_probability, model.fit(features, label), share)


def _probability(model: LogisticRegression, share: float, features: csr_matrix) -> np.ndarray:
    share = min(max(share, 1e-3), 1 - 1e-3)
    logit: np.ndarray = model.decision_function(features) + np.log(share / (1 - share))
    return 0.5 * (1 + np.tanh(logit / 2))


def _fit_affinities(
    affinity: np.ndarray, features: csr_matrix, mean: float, unit: float
) -> Model | None:
    """A model of affinities; None for too few."""
    from sklearn.linear_model import Ridge

    if len(affinity) < FEWEST_AFFINITIES:
        return None
    scaled = affinity / unit
    model = Ridge(alpha=1 / PENALTY).fit(features, scaled - scaled.mean())
    return partial(_affinity, model, mean, unit)


def _affinity(model: Ridge, mean: float, unit: float, features: csr_matrix) -> np.ndarray:
    centred: np.ndarray = model.predict(features).astype(np.float64)
    return centred * unit + mean


def _unit(pairs: pd.DataFrame) -> float:
    """The power of two at the largest affinity, so that dividing by it loses no digit."""
    if "affinity" not in pairs or pairs["affinity"].isna().all():
        return 1.0
    return float(2.0 ** (np.frexp(pairs["affinity"].abs().max())[1] - 1))


def _target_means(pairs: pd.DataFrame) -> dict[str, float]:
    """Mean of each target that the pairs have; labels come first, and are learned first."""
    return {name: float(pairs[name].mean()) for name in TARGETS if name in pairs}


def trained_matrix(
    training: pd.DataFrame, training_dna: Sequence[str], proteins: Sequence[str], dna: Sequence[str]
) -> np.ndarray:
    """Scores by models that are fitted on training pairs.

    Args:
        training: `protein_id`, `row` (index into `training_dna`), `label` or `affinity`.

    Returns:
        float64 [proteins, dna].
    """
    model = KmerBaseline(training, kmer_features(training_dna), _target_means(training))
    features = kmer_features(dna)
    return np.stack([model.predict(name, features) for name in proteins])


def crossed_matrix(
    pairs: pd.DataFrame, proteins: Sequence[str], dna: Sequence[str], seed: int
) -> np.ndarray:
    """Scores by cross-validation on the evaluated pairs themselves.

    DNA is divided into folds, so that no model has learned from the DNA that it scores, with
    whatever protein.

    Args:
        pairs: `protein_id`, `row` (index into `dna`), `label` or `affinity`.
        seed: of the folds.

    Returns:
        float64 [proteins, dna].
    """
    features = kmer_features(dna)
    fold = np.random.default_rng(seed).permutation(len(dna)) % FOLDS
    scores = np.full((len(proteins), len(dna)), np.nan)
    for number in range(FOLDS):
        held_out = np.flatnonzero(fold == number)
        if not len(held_out):
            continue
        model = KmerBaseline(pairs[fold[pairs["row"]] != number], features, _target_means(pairs))
        for row, name in enumerate(proteins):
            scores[row, held_out] = model.predict(name, features[held_out])
    return scores
