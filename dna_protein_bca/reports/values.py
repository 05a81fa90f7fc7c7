"""What an evaluation measured, as `metrics.json` holds it and reports show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict


class ProteinMeans(TypedDict, total=False):
    """Means over proteins; NaN (null in JSON) where a metric is not defined for any of them."""

    auroc: float
    average_precision: float
    mcc: float
    f1: float
    brier: float
    expected_calibration_error: float
    spearman: float
    pearson: float
    mean_reciprocal_rank: float
    recall_at_1: float
    recall_at_10: float


class Method(ProteinMeans):
    """Metrics of the model or of a baseline.

    Attributes:
        intervals: metric -> both ends of the 95% interval of its mean; None for fewer than two
            proteins.
        pooled: the metrics of all pairs together.
    """

    intervals: dict[str, list[float] | None]
    pooled: dict[str, float]


class Comparison(TypedDict):
    """The difference model - baseline of a metric.

    Attributes:
        difference: its mean over proteins.
        interval: both ends of its 95% interval.
        proteins: for how many both are defined.
        beats: whether the interval lies above 0.
    """

    difference: float
    interval: list[float]
    proteins: int
    beats: bool


class Band(ProteinMeans):
    """Means over the proteins whose nearest training protein has an identity within a range."""

    band: str
    proteins: int
    pairs: int


Reasons = dict[str, dict[str, str]]
"""Metric -> protein -> why it is not defined; without the metrics that are defined for all."""


class EvaluationMetrics(Method):
    """The model's metrics at the top, and what they are compared with.

    Attributes:
        baselines: by name, in the order in which they are shown.
        comparisons: baseline -> metric -> difference; None for fewer than two proteins.
        identity_bands: by rising identity.
        undefined: why metrics of the model are not defined.
        undefined_baselines: baseline -> metric -> why it is not defined for any protein.
        counts: of pairs, proteins, DNA, labels and so on.
        notes: baseline -> what it rests on or why it is absent; `identity` -> where the training
            proteins are listed.
        left_out: what has no score, a line each.
        splits: how many pairs of each; empty where the table has no such column.
        prior: probability of label 1, before the two sequences are known; None where it was not
            asked for.
        threshold: probability from which a pair is called bound.
        bootstrap: `seed` and `resamples`.
    """

    baselines: dict[str, Method]
    comparisons: dict[str, dict[str, Comparison | None]]
    identity_bands: list[Band]
    undefined: Reasons
    undefined_baselines: dict[str, dict[str, str]]
    counts: dict[str, int]
    notes: dict[str, str]
    left_out: list[str]
    splits: dict[str, int]
    prior: float | None
    threshold: float
    bootstrap: dict[str, int]


def defined(values: Mapping[str, object], metric: str) -> float | None:
    """A metric of a method, band or protein; None where it is absent or NaN."""
    value = values.get(metric)
    # NaN is the only number that differs from itself.
    return value if isinstance(value, float) and value == value else None


def number(value: float | None) -> str:
    """Three decimals; empty for None and NaN."""
    return "" if value is None or value != value else f"{value:.3f}"


def short(value: float | None) -> str:
    """Three significant digits; empty for None and NaN."""
    return "" if value is None or value != value else f"{value:.3g}"


def chance(value: float | None) -> str:
    """A probability with three decimals; what would look certain says that it is not quite."""
    if value is None or value != value:
        return ""
    return ">0.999" if value > 0.9995 else f"{value:.3f}" if value >= 0.0005 else "<0.001"
