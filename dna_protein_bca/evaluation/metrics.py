"""Metrics of scored pairs: pooled, of each protein, and averaged over proteins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

RANKING_OF_DNA = ("auroc", "average_precision")
AT_A_THRESHOLD = ("mcc", "f1", "brier", "expected_calibration_error")
OF_AFFINITY = ("spearman", "pearson")
IN_UNITS = ("rmse", "r2")
RANKING_OF_PROTEINS = ("mean_reciprocal_rank", "recall_at_1", "recall_at_10")
METRICS = (*RANKING_OF_DNA, *AT_A_THRESHOLD, *OF_AFFINITY, *IN_UNITS, *RANKING_OF_PROTEINS)
"""Names of all metrics, in the order in which they are shown."""

PREDICTED_AFFINITY = "predicted_affinity"
"""Column of what a method says of the affinity, in the unit of the measured one."""

OF_BOTH_CLASSES = ("mcc", "f1")
"""Of those at a threshold, the ones that need a 0 and a 1."""

FEWEST_CORRELATED = 3
"""Affinities that a correlation needs."""

SCORE_DIFFERENCE = (2e-5, 1e-6)
"""Up to the first plus the second times the score, scores of a model count as equal. The last
digits of a float32 score depend on what is computed in the same batch, so that equal pairs differ
by as much: a ranking by less would be a ranking by chance."""

BINS = 10
"""Bins of equal width in the expected calibration error (Naeini et al. 2015)."""


def pair_metrics(table: pd.DataFrame, threshold: float = 0.5) -> dict[str, float]:
    """Metrics of one set of pairs.

    Args:
        table: columns `score`, and as far as there are `label` (0 or 1), `affinity`,
            `predicted_affinity` and `probability`; no score missing. A pair without a label counts
            for affinities alone, and one without an affinity for labels; where there is a column
            `p_value`, one without a p-value does not count for what needs probabilities.
        threshold: probability from which a pair is called bound.

    Returns:
        All metrics but those that rank proteins; NaN where one is not defined (no such column,
        one class only).
    """
    names = (*RANKING_OF_DNA, *AT_A_THRESHOLD, *OF_AFFINITY, *IN_UNITS)
    values = dict.fromkeys(names, float("nan"))
    labelled = table[table["label"].notna()] if "label" in table else table.iloc[:0]
    if len(labelled):
        label = labelled["label"].to_numpy(np.int64)
        values |= ranking(label, labelled["score"].to_numpy(np.float64))
        rated = labelled[labelled["p_value"].notna()] if "p_value" in labelled else labelled
        if "probability" in rated and len(rated) and not rated["probability"].isna().any():
            label, probability = rated["label"].to_numpy(np.int64), rated["probability"]
            values |= classification(label, probability.to_numpy(float), threshold)
    if "affinity" in table:
        measured = table[table["affinity"].notna()]
        score, affinity = (measured[name].to_numpy(np.float64) for name in ("score", "affinity"))
        values |= correlations(score, affinity)
        if PREDICTED_AFFINITY in measured:
            predicted = measured[PREDICTED_AFFINITY].to_numpy(np.float64)
            values |= errors_in_units(predicted, affinity)
    return values


def ranking(label: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """AUROC and average precision of labels 0 and 1; NaN for one class."""
    from sklearn import metrics

    if not 0 < np.sum(label) < len(label):
        return dict.fromkeys(RANKING_OF_DNA, float("nan"))
    return {
        "auroc": float(metrics.roc_auc_score(label, score)),
        "average_precision": float(metrics.average_precision_score(label, score)),
    }


def classification(
    label: np.ndarray, probability: np.ndarray, threshold: float
) -> dict[str, float]:
    """MCC, F1, Brier score and calibration error of labels; MCC and F1 are NaN for one class.

    Args:
        label, probability: 0 or 1, and 0 to 1, [pairs]; one pair or more.
        threshold: probability from which a pair is called bound.
    """
    from sklearn import metrics

    values = dict.fromkeys(OF_BOTH_CLASSES, float("nan"))
    if 0 < label.sum() < len(label):
        called = probability >= threshold
        values["mcc"] = float(metrics.matthews_corrcoef(label, called))
        values["f1"] = float(metrics.f1_score(label, called, zero_division=0))
    values["brier"] = float(np.mean((probability - label) ** 2))
    values["expected_calibration_error"] = calibration_error(label, probability)
    return values


def correlations(score: np.ndarray, affinity: np.ndarray) -> dict[str, float]:
    """Spearman's and Pearson's correlation; NaN for fewer than three pairs or a constant."""
    from scipy import stats

    if len(score) < FEWEST_CORRELATED or constant(score) or constant(affinity):
        return dict.fromkeys(OF_AFFINITY, float("nan"))
    return {
        "spearman": float(stats.spearmanr(score, affinity).statistic),
        "pearson": float(stats.pearsonr(_centred(score), _centred(affinity)).statistic),
    }


def errors_in_units(predicted: np.ndarray, affinity: np.ndarray) -> dict[str, float]:
    """Root mean squared error, and R2 (1 minus the squared error over the variance).

    Args:
        predicted, affinity: float [pairs] in one unit.

    Returns:
        NaN where a prediction is missing or there is no pair; R2 is NaN, too, for fewer than three
        pairs, and for affinities that are all the same.
    """
    values = dict.fromkeys(IN_UNITS, float("nan"))
    if not len(affinity) or np.isnan(predicted).any():
        return values
    # Squares of large affinities would overflow.
    unit = float(max(np.abs(affinity).max(), np.abs(predicted).max())) or 1.0
    squared = ((predicted / unit - affinity / unit) ** 2).mean()
    values["rmse"] = unit * float(np.sqrt(squared))
    if len(affinity) >= FEWEST_CORRELATED and not constant(affinity):
        values["r2"] = float(1 - squared / np.var(affinity / unit))
    return values


def merge_ties(score: np.ndarray) -> np.ndarray:
    """Scores of a model, with those that are equal up to `SCORE_DIFFERENCE` made exactly equal.

    Args:
        score: float [n]; NaN stays.

    Returns:
        The same type and shape. Of scores that lie within the difference from the lowest of them,
        each becomes the lowest.
    """
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    exact = ordered.astype(np.float64)
    absolute, relative = SCORE_DIFFERENCE
    with np.errstate(invalid="ignore"):
        limit = exact + absolute + relative * np.abs(exact)
        close = exact[1:] <= limit[:-1]
    end = 0
    for first in np.flatnonzero(close):
        if first >= end:
            end = int(np.searchsorted(exact, limit[first], side="right"))
            ordered[first:end] = ordered[first]
    merged = np.empty_like(score)
    merged[order] = ordered
    return merged


def constant(values: np.ndarray) -> bool:
    """Whether all values are the same, to 16 digits of the largest."""
    scaled = _scaled(values)
    return bool(scaled.min() == scaled.max())


def _scaled(values: np.ndarray) -> np.ndarray:
    return values / (np.abs(values).max() or 1.0)


def _centred(values: np.ndarray) -> np.ndarray:
    """Values minus their mean, scaled so that the largest is 1.

    Squares of large affinities would overflow, and small differences beside a large mean round off.
    """
    scaled = _scaled(values)
    centred: np.ndarray = scaled - scaled.mean()
    return centred / np.abs(centred).max()


def calibration_bins(label: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """float64 [bins with pairs, 3]: mean probability, share of positives, number of pairs."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bins, probability, BINS) / count
        share = np.bincount(bins, label, BINS) / count
    return np.stack([mean, share, count], axis=1)[count > 0]


def calibration_error(label: np.ndarray, probability: np.ndarray) -> float:
    """Expected calibration error over `BINS` bins of equal width."""
    mean, share, count = calibration_bins(label, probability).T
    return float(np.sum(np.abs(mean - share) * count) / np.sum(count))


def by_protein(table: pd.DataFrame, threshold: float = 0.5) -> pd.DataFrame:
    """`pair_metrics` of each protein and its number of `pairs`, in the order of the table."""
    import pandas as pd

    values = {
        name: {"pairs": len(part)} | pair_metrics(part, threshold)
        for name, part in table.groupby("protein_id", sort=False)
    }
    return pd.DataFrame.from_dict(values, orient="index").rename_axis("protein_id")


def means(proteins: pd.DataFrame, names: Sequence[str] = METRICS) -> dict[str, float]:
    """Means over the proteins for which a metric is defined; NaN where it is for none."""
    return {
        name: float(np.nanmean(proteins[name])) if proteins[name].notna().any() else float("nan")
        for name in names
        if name in proteins
    }
