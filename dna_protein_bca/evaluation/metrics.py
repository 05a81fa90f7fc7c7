"""Figures of scored pairs: pooled, a protein, averaged over proteins, and resampled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

RANKING_OF_DNA = ("auroc", "average_precision")
AT_A_THRESHOLD = ("mcc", "f1", "brier", "expected_calibration_error")
OF_AFFINITY = ("spearman", "pearson")
RANKING_OF_PROTEINS = ("mean_reciprocal_rank", "recall_at_1", "recall_at_10")
METRICS = (*RANKING_OF_DNA, *AT_A_THRESHOLD, *OF_AFFINITY, *RANKING_OF_PROTEINS)
"""Names of all figures, in the order in which they are shown."""

OF_BOTH_CLASSES = ("mcc", "f1")
"""Of those at a threshold, the ones that need a 0 and a 1."""

LOWER_IS_BETTER = ("brier", "expected_calibration_error")

FEWEST_CORRELATED = 3
"""Affinities that a correlation needs."""

BINS = 10
"""Bins of equal width in the expected calibration error (Naeini et al. 2015)."""

RESAMPLES = 1000
"""Resamplings of the bootstrap."""


def pair_metrics(table: pd.DataFrame, threshold: float = 0.5) -> dict[str, float]:
    """Figures of one set of pairs.

    Args:
        table: columns `score`, and as far as there are `label` (0 or 1), `affinity` and
            `probability`; no score missing. A pair without a label counts for affinities alone,
            and one without an affinity for labels.
        threshold: probability from which a pair is called bound.

    Returns:
        The figures that the columns allow; NaN where a figure is not defined (one class only).
    """
    from sklearn import metrics

    found = dict.fromkeys((*RANKING_OF_DNA, *AT_A_THRESHOLD, *OF_AFFINITY), float("nan"))
    labelled = table[table["label"].notna()] if "label" in table else table.iloc[:0]
    if len(labelled):
        score = labelled["score"].to_numpy(np.float64)
        label = labelled["label"].to_numpy(np.int64)
        both = 0 < label.sum() < len(label)
        found |= ranking(label, score)
        if "probability" in labelled and not labelled["probability"].isna().any():
            probability = labelled["probability"].to_numpy(np.float64)
            called = probability >= threshold
            if both:
                found["mcc"] = float(metrics.matthews_corrcoef(label, called))
                found["f1"] = float(metrics.f1_score(label, called, zero_division=0))
            found["brier"] = float(np.mean((probability - label) ** 2))
            found["expected_calibration_error"] = calibration_error(label, probability)
    if "affinity" in table:
        measured = table[table["affinity"].notna()]
        values = (measured[name].to_numpy(np.float64) for name in ("score", "affinity"))
        found |= correlations(*values)
    return found


def ranking(label: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """AUROC and average precision of labels 0 and 1; NaN for one class."""
    from sklearn import metrics

    if not 0 < np.sum(label) < len(label):
        return dict.fromkeys(RANKING_OF_DNA, float("nan"))
    return {
        "auroc": float(metrics.roc_auc_score(label, score)),
        "average_precision": float(metrics.average_precision_score(label, score)),
    }


def correlations(score: np.ndarray, affinity: np.ndarray) -> dict[str, float]:
    """Spearman's and Pearson's correlation; NaN for fewer than three pairs or a constant."""
    from scipy import stats

    if len(score) < FEWEST_CORRELATED or constant(score) or constant(affinity):
        return dict.fromkeys(OF_AFFINITY, float("nan"))
    return {
        "spearman": float(stats.spearmanr(score, affinity).statistic),
        "pearson": float(stats.pearsonr(_centred(score), _centred(affinity)).statistic),
    }


def constant(values: np.ndarray) -> bool:
    """Whether all values are the same, to 16 digits of the largest."""
    scaled = _scaled(values)
    return bool(scaled.min() == scaled.max())


def _scaled(values: np.ndarray) -> np.ndarray:
    return values / (np.abs(values).max() or 1.0)


def _centred(values: np.ndarray) -> np.ndarray:
    """Values about 0, of 1 at most: neither so large that squares overflow, nor all but constant
    beside their mean."""
    scaled = _scaled(values)
    centred: np.ndarray = scaled - scaled.mean()
    return centred / np.abs(centred).max()


def calibration_bins(label: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Float64 [bins with pairs, 3]: mean probability, share of positives, number of pairs."""
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, probability, BINS) / count
        share = np.bincount(place, label, BINS) / count
    return np.stack([mean, share, count], axis=1)[count > 0]


def calibration_error(label: np.ndarray, probability: np.ndarray) -> float:
    """Expected calibration error over `BINS` bins of equal width."""
    mean, share, count = calibration_bins(label, probability).T
    return float(np.sum(np.abs(mean - share) * count) / np.sum(count))


def by_protein(table: pd.DataFrame, threshold: float = 0.5) -> pd.DataFrame:
    """`pair_metrics` of each protein: one row a protein, in the order of the table."""
    import pandas as pd

    rows = {
        name: {"pairs": len(part)} | pair_metrics(part, threshold)
        for name, part in table.groupby("protein_id", sort=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("protein_id")


def reciprocal_ranks(matrix: np.ndarray, own: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Rank of each positive's protein among all proteins for its DNA, 1 the best.

    Args:
        matrix: float [proteins, positives], scores of every protein on each positive's DNA; NaN
            where there is none, which ranks nowhere.
        own: int64 [positives], row of the positive's protein.
        bound: bool [proteins, positives], proteins that are labelled as binding this DNA too; they
            are not counted against the positive.

    Returns:
        Float64 [positives]: proteins above, plus half of those that tie, plus one.
    """
    score = matrix[own, np.arange(len(own))]
    others = ~bound & ~np.isnan(matrix)
    above = ((matrix > score) & others).sum(0)
    ties = (matrix == score) & others
    ties[own, np.arange(len(own))] = False
    rank = 1 + above + ties.sum(0) / 2
    return np.where(np.isnan(score), np.nan, rank)


def rank_metrics(rank: np.ndarray) -> dict[str, float]:
    """Mean reciprocal rank, and recall at 1 and 10, of the ranks of some positives."""
    rank = rank[~np.isnan(rank)]
    if not len(rank):
        return dict.fromkeys(RANKING_OF_PROTEINS, float("nan"))
    return {
        "mean_reciprocal_rank": float(np.mean(1 / rank)),
        "recall_at_1": float(np.mean(rank <= 1)),
        "recall_at_10": float(np.mean(rank <= 10)),
    }


def means(proteins: pd.DataFrame, names: Sequence[str] = METRICS) -> dict[str, float]:
    """Means over the proteins for which a figure is defined."""
    return {
        name: float(np.nanmean(proteins[name])) if proteins[name].notna().any() else float("nan")
        for name in names
        if name in proteins
    }


def resampled_means(values: np.ndarray, seed: int, count: int = RESAMPLES) -> np.ndarray:
    """Means of `count` resamplings of proteins with replacement, float64 [count].

    Args:
        values: float [proteins], none NaN.
    """
    rng = np.random.default_rng(seed)
    return values[rng.integers(0, len(values), (count, len(values)))].mean(1)


def interval(values: np.ndarray, seed: int, count: int = RESAMPLES) -> list[float] | None:
    """The bootstrap's 95% interval of the mean over proteins; None for fewer than two."""
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return None
    low, high = np.percentile(resampled_means(values, seed, count), (2.5, 97.5))
    return [float(low), float(high)]


def compare(
    model: np.ndarray, baseline: np.ndarray, seed: int, count: int = RESAMPLES
) -> dict[str, object] | None:
    """Paired bootstrap over proteins of the difference model - baseline.

    Args:
        model, baseline: float [proteins], figures of the same proteins; those with a NaN in
            either are left out.

    Returns:
        `difference` (the mean), `interval` (95%), `proteins`, and `beats`: whether the interval
        lies above 0. None for fewer than two proteins.
    """
    difference = model - baseline
    difference = difference[~np.isnan(difference)]
    if len(difference) < 2:
        return None
    low, high = np.percentile(resampled_means(difference, seed, count), (2.5, 97.5))
    return {
        "difference": float(difference.mean()),
        "interval": [float(low), float(high)],
        "proteins": len(difference),
        "beats": bool(low > 0),
    }
