"""k-mer logistic regression: what the DNA alone gives away, one model a protein."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.io.pairs import TARGETS
from dna_protein_bca.motifs.kmers import kmer_counts

if TYPE_CHECKING:
    import pandas as pd

LENGTHS = (4, 6)
"""Lengths of the k-mers counted, each standing for itself and its reverse complement."""

FOLDS = 5

PENALTY = 1.0
"""scikit-learn's default strength of the L2 penalty."""


def kmer_features(dna: Sequence[str]) -> Any:
    """Counts of canonical k-mers as a sparse float32 matrix, rows of norm 1.

    A k-mer with an ambiguous base is not counted.
    """
    from scipy import sparse
    from sklearn.preprocessing import normalize

    return sparse.hstack([normalize(kmer_counts(dna, k)) for k in LENGTHS]).tocsr()


class KmerBaseline:
    """Probabilities (or affinities) of DNA from k-mers alone.

    One model a protein that has enough training pairs, and one of all pairs for the others. A
    model learns labels, or affinities where its pairs have none.

    Args:
        pairs: training pairs: `protein_id`, `row` (of the features), `label` or `affinity`.
        features: of the training DNA.
        levels: share of positives (`label`) and mean affinity that the answers are for. A fold that
            holds more positives leaves fewer to train on: were the level learned, answers of
            several folds would rank against the truth.
    """

    def __init__(self, pairs: pd.DataFrame, features: Any, levels: dict[str, float]) -> None:
        self.levels = levels
        # Features are float32, and so is what is fitted: affinities may be beyond it.
        self.unit = _unit(pairs)
        self.models = {
            name: fitted
            for name, part in pairs.groupby("protein_id", sort=False)
            if (fitted := self._fit(part, features)) is not None
        }
        self.pooled = self._fit(pairs, features)

    def predict(self, protein: str, features: Any) -> np.ndarray:
        """Float64 [dna]; NaN where nothing could be fitted."""
        model = self.models.get(protein, self.pooled)
        if model is None:
            return np.full(features.shape[0], np.nan)
        if hasattr(model, "decision_function"):
            share = min(max(self.levels["label"], 1e-3), 1 - 1e-3)
            logit = model.decision_function(features) + np.log(share / (1 - share))
            return 0.5 * (1 + np.tanh(logit / 2))
        return model.predict(features).astype(np.float64) * self.unit + self.levels["affinity"]

    def _fit(self, pairs: pd.DataFrame, features: Any) -> Any:
        from sklearn.linear_model import LogisticRegression, Ridge

        name = next((n for n in self.levels if pairs[n].notna().any()), None)
        if name is None:
            return None
        pairs = pairs[pairs[name].notna()]
        target = pairs[name].to_numpy()
        part = features[pairs["row"].to_numpy()]
        if name == "affinity":
            if len(target) < 3:
                return None
            target = target / self.unit
            return Ridge(alpha=1 / PENALTY).fit(part, target - target.mean())
        if min(target.sum(), len(target) - target.sum()) < 2:
            return None
        balanced = LogisticRegression(C=PENALTY, max_iter=1000, class_weight="balanced")
        return balanced.fit(part, target)


def _unit(pairs: pd.DataFrame) -> float:
    """The power of two at the largest affinity, so that dividing by it loses no digit."""
    if "affinity" not in pairs or pairs["affinity"].isna().all():
        return 1.0
    return float(2.0 ** (np.frexp(pairs["affinity"].abs().max())[1] - 1))


def _levels(pairs: pd.DataFrame) -> dict[str, float]:
    """Mean of each target; labels come first."""
    return {name: float(pairs[name].mean()) for name in TARGETS if name in pairs}


def trained_matrix(
    training: pd.DataFrame, training_dna: Sequence[str], proteins: Sequence[str], dna: Sequence[str]
) -> np.ndarray:
    """Fitted on training pairs (`row` points into `training_dna`): float [proteins, dna]."""
    model = KmerBaseline(training, kmer_features(training_dna), _levels(training))
    features = kmer_features(dna)
    return np.stack([model.predict(name, features) for name in proteins])


def crossed_matrix(
    pairs: pd.DataFrame, proteins: Sequence[str], dna: Sequence[str], seed: int
) -> np.ndarray:
    """Cross-validated on the evaluated pairs themselves: float [proteins, dna].

    Folds are of DNA, so that no model has seen the DNA that it scores with any protein.

    Args:
        pairs: `protein_id`, `row` (index into `dna`), `label` or `affinity`.
    """
    features = kmer_features(dna)
    fold = np.random.default_rng(seed).permutation(len(dna)) % FOLDS
    out = np.full((len(proteins), len(dna)), np.nan)
    for number in range(FOLDS):
        left_out = np.flatnonzero(fold == number)
        if not len(left_out):
            continue
        model = KmerBaseline(pairs[fold[pairs["row"]] != number], features, _levels(pairs))
        for row, name in enumerate(proteins):
            out[row, left_out] = model.predict(name, features[left_out])
    return out
