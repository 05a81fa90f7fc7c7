"""From scores to probabilities, as fitted on pairs that were held out of a training."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.folder_names import CALIBRATION
from dna_protein_bca.io.outputs import atomic_path

FEWEST = 5
"""Pairs of each class that a calibration needs."""


@dataclass(frozen=True)
class Calibration:
    """probability = 1 / (1 + exp(-(slope x score + intercept))) (Platt 1999).

    Attributes:
        slope, intercept: of the logit.
        window: length in bp of the DNA that it holds for (the median of what it was fitted on).
        positive_rate: share of positives that it holds for.
        threshold: probability from which a pair is best called bound: the one of the highest
            Matthews correlation on the same pairs.
        pairs: how many it was fitted on.
        of_labels: False for weights that were trained without labels: their scores rank, and
            nothing says how likely a score is to bind.
    """

    slope: float = 1.0
    intercept: float = 0.0
    window: int | None = None
    positive_rate: float | None = None
    threshold: float = 0.5
    pairs: int = 0
    of_labels: bool = True

    def probabilities(self, score: np.ndarray) -> np.ndarray:
        """Probabilities of scores, float32 of the same shape; NaN stays, and without labels all
        are NaN.
        """
        if not self.of_labels:
            return np.full(np.shape(score), np.nan, dtype=np.float32)
        logit = self.slope * np.asarray(score, dtype=np.float64) + self.intercept
        return (0.5 * (1 + np.tanh(logit / 2))).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write `calibration.json` beside weights."""
        with atomic_path(folder / CALIBRATION) as path:
            path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Calibration:
        """The calibration beside weights, or the one that leaves scores as logits.

        Raises:
            InputError: the file is damaged.
        """
        path = folder / CALIBRATION
        if not path.is_file():
            return cls()
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(**values)
        except (ValueError, TypeError):
            raise InputError("not a calibration: these weights are damaged", str(path)) from None


def fit_calibration(score: np.ndarray, label: np.ndarray, window: int) -> Calibration | None:
    """Platt's scaling on held-out pairs, with his prior-smoothed targets.

    Args:
        score: float [pairs]; label: 0 or 1 [pairs].
        window: length in bp of their DNA.

    Returns:
        None for fewer than five pairs of either class, or where higher scores are no likelier to
        bind.
    """
    from sklearn.linear_model import LogisticRegression

    score, label = np.asarray(score, np.float64), np.asarray(label, np.int64)
    positive = int(label.sum())
    negative = len(label) - positive
    if min(positive, negative) < FEWEST:
        return None
    target = np.where(label == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    # A soft target is two weighted examples.
    twice = np.concatenate([score, score])[:, None]
    classes = np.repeat([1, 0], len(score))
    weight = np.concatenate([target, 1 - target])
    model = LogisticRegression(C=1e6, max_iter=1000).fit(twice, classes, weight)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope <= 0:
        return None
    uncut = Calibration(slope, intercept)
    threshold = best_threshold(uncut.probabilities(score), label)
    return Calibration(slope, intercept, window, positive / len(label), threshold, len(label))


def best_threshold(probability: np.ndarray, label: np.ndarray) -> float:
    """The threshold of the highest Matthews correlation, half-way to the next lower probability."""
    order = np.argsort(-probability, kind="stable")
    sorted_probability, bound = probability[order].astype(np.float64), label[order]
    true = np.cumsum(bound)
    called = np.arange(1, len(label) + 1)
    false = called - true
    positive, negative = bound.sum(), len(label) - bound.sum()
    product = called * (len(label) - called) * positive * negative
    with np.errstate(invalid="ignore", divide="ignore"):
        mcc = (true * (negative - false) - false * (positive - true)) / np.sqrt(product)
    # Equal probabilities cannot be told apart.
    tied = np.append(sorted_probability[:-1] == sorted_probability[1:], True)
    mcc = np.where(tied | ~np.isfinite(mcc), -np.inf, mcc)
    best = int(np.argmax(mcc))
    if not np.isfinite(mcc[best]):
        return 0.5
    return float((sorted_probability[best] + sorted_probability[best + 1]) / 2)
