"""Fit probabilities and the scale of affinities on pairs that were held out of a training."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.inference.calibration import AffinityScale, Calibration

FEWEST = 5
"""Pairs of each class that a calibration needs, and affinities that a scale needs."""


def fit_calibration(
    p_value: np.ndarray, label: np.ndarray, *, proteins: int, background: str = "uniform"
) -> Calibration | None:
    """Platt's scaling of -log10 p on held-out pairs, with his prior-smoothed targets.

    Both classes weigh the same, so that it holds for a prior of 0.5.

    Args:
        p_value: float [pairs], above 0; label: 0 or 1 [pairs].
        proteins: how many the pairs are of.
        background: name of the background DNA of the p-values.

    Returns:
        None for fewer than five pairs of either class, or where lower p-values are no likelier to
        bind or all are the same.
    """
    from sklearn.linear_model import LogisticRegression

    label = np.asarray(label, np.int64)
    surprise = -np.log10(np.asarray(p_value, np.float64))
    positive = int(label.sum())
    negative = len(label) - positive
    if min(positive, negative) < FEWEST or np.ptp(surprise) == 0:
        return None
    target = np.where(label == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    share = np.where(label == 1, 0.5 / positive, 0.5 / negative) * len(label)
    # A soft target is two weighted examples.
    twice = np.concatenate([surprise, surprise])[:, None]
    classes = np.repeat([1, 0], len(label))
    weight = np.concatenate([share * target, share * (1 - target)])
    model = LogisticRegression(C=1e6, max_iter=1000).fit(twice, classes, weight)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope <= 0:
        return None
    threshold = float(10 ** -best_threshold(surprise, label))
    return Calibration(slope, intercept, threshold, background, proteins, len(label))


def best_threshold(value: np.ndarray, label: np.ndarray) -> float:
    """The threshold of the highest Matthews correlation, half-way to the next lower value.

    Args:
        value: float [pairs], higher where binding is likelier; label: 0 or 1 [pairs].

    Raises:
        ValueError: all values are the same.
    """
    order = np.argsort(-value, kind="stable")
    ordered, bound = value[order].astype(np.float64), label[order]
    true = np.cumsum(bound)
    called = np.arange(1, len(label) + 1)
    false = called - true
    positive, negative = bound.sum(), len(label) - bound.sum()
    product = called * (len(label) - called) * positive * negative
    with np.errstate(invalid="ignore", divide="ignore"):
        mcc = (true * (negative - false) - false * (positive - true)) / np.sqrt(product)
    # Equal values cannot be told apart.
    tied = np.append(ordered[:-1] == ordered[1:], True)
    mcc = np.where(tied | ~np.isfinite(mcc), -np.inf, mcc)
    best = int(np.argmax(mcc))
    if not np.isfinite(mcc[best]):
        raise ValueError("all values are the same: no threshold divides them")
    return float((ordered[best] + ordered[best + 1]) / 2)


def fit_affinity_scale(
    score: np.ndarray, affinity: np.ndarray, protein: np.ndarray
) -> AffinityScale | None:
    """The straight line from scores to affinities by weighted least squares.

    The pairs of each protein together count as much as those of any other, as in the metrics.

    Args:
        score, affinity: float [pairs], none missing; protein: what each pair is of, [pairs].

    Returns:
        None for fewer than five pairs, or where higher scores do not go with higher affinities.
    """
    if len(score) < FEWEST:
        return None
    names, row, count = np.unique(protein, return_inverse=True, return_counts=True)
    weight = 1 / (count[row] * len(names))
    # Squares of large affinities would overflow.
    unit = float(np.abs(affinity).max()) or 1.0
    x, y = np.asarray(score, np.float64), np.asarray(affinity, np.float64) / unit
    x_mean, y_mean = weight @ x, weight @ y
    variance = weight @ (x - x_mean) ** 2
    slope = float(weight @ ((x - x_mean) * (y - y_mean)) / variance) if variance else 0.0
    if not (slope > 0 and np.isfinite(slope)):
        return None
    error = y - y_mean - slope * (x - x_mean)
    rmse = float(np.sqrt(weight @ error**2))
    intercept = float(y_mean - slope * x_mean)
    return AffinityScale(unit * slope, unit * intercept, unit * rmse, len(names), len(score))
