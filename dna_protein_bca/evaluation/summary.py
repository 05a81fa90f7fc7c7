"""The metrics of an evaluation: means over proteins, pooled, compared, and by identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from dna_protein_bca.io.pairs import count_targets
from dna_protein_bca.reports.values import Band, Comparison, EvaluationMetrics, Method

from . import metrics
from .bootstrap import Bootstrap, compare, interval
from .methods import scores_of
from .ranking import rank_metrics
from .undefined import undefined, undefined_for_all

if TYPE_CHECKING:
    import pandas as pd

BANDS = (0.4, 0.6, 0.8, 1.0)
"""Edges of the bands of identity to the nearest training protein."""


def metrics_by_protein(
    method: str, predictions: pd.DataFrame, ranks: pd.DataFrame, threshold: float
) -> pd.DataFrame:
    """Metrics of each protein under a method: a row for each, and `pairs`."""
    table = metrics.by_protein(scores_of(method, predictions), threshold)
    for protein, part in ranks.groupby("protein_id", sort=False):
        if protein in table.index:
            for metric, value in rank_metrics(part[method].to_numpy(float)).items():
                table.loc[protein, metric] = value
    return table


def summarise(
    tables: Mapping[str, pd.DataFrame],
    predictions: pd.DataFrame,
    ranks: pd.DataFrame,
    threshold: float,
    bootstrap: Bootstrap,
) -> EvaluationMetrics:
    """All of `metrics.json` that follows from the tables; counts are of the scored pairs.

    Args:
        tables: method -> what `metrics_by_protein` gives, with `identity`; `model` comes first.
    """
    methods = {
        name: _method(table, _pooled(name, predictions, ranks, threshold), bootstrap)
        for name, table in tables.items()
    }
    model = tables["model"]
    baselines = {name: table for name, table in tables.items() if name != "model"}
    return {
        **methods["model"],
        "baselines": {name: methods[name] for name in baselines},
        "comparisons": {
            name: compare_methods(model, table, bootstrap) for name, table in baselines.items()
        },
        "identity_bands": identity_bands(model),
        "undefined": undefined("model", predictions, ranks),
        "undefined_baselines": {
            name: undefined_for_all(name, predictions, ranks) for name in baselines
        },
        "prior": None,
        "threshold": threshold,
        "bootstrap": bootstrap._asdict(),
        "counts": _counts(predictions, ranks),
        "notes": {},
        "left_out": [],
        "splits": {},
    }


def _method(table: pd.DataFrame, pooled: dict[str, float], bootstrap: Bootstrap) -> Method:
    names = [name for name in metrics.METRICS if name in table]
    intervals = {name: interval(table[name].to_numpy(float), *bootstrap) for name in names}
    means = metrics.means(table, names)
    return cast(Method, {**means, "intervals": intervals, "pooled": pooled})


def _pooled(
    method: str, predictions: pd.DataFrame, ranks: pd.DataFrame, threshold: float
) -> dict[str, float]:
    pooled = metrics.pair_metrics(scores_of(method, predictions), threshold)
    return pooled | (rank_metrics(ranks[method].to_numpy(float)) if len(ranks) else {})


def compare_methods(
    model: pd.DataFrame, baseline: pd.DataFrame, bootstrap: Bootstrap
) -> dict[str, Comparison | None]:
    """Differences of the metrics that rank: those at a threshold are of the model alone."""
    baseline = baseline.reindex(model.index)
    ranking = [name for name in metrics.METRICS if name not in metrics.AT_A_THRESHOLD]
    return {
        name: compare(model[name].to_numpy(float), baseline[name].to_numpy(float), *bootstrap)
        for name in ranking
        if name in baseline
    }


def _counts(predictions: pd.DataFrame, ranks: pd.DataFrame) -> dict[str, int]:
    counts = {
        "pairs": len(predictions),
        "scored": len(predictions),
        "proteins": predictions["protein_id"].nunique(),
        "dna": predictions["dna_id"].nunique(),
        "ranked_positives": len(ranks),
        **count_targets(predictions),
    }
    if "label" in predictions:
        counts["positives"] = int(predictions["label"].sum())
    return counts


def identity_bands(table: pd.DataFrame) -> list[Band]:
    """Means over the proteins of each band of identity to the nearest training protein.

    Args:
        table: a row for each protein: `identity` (NaN for none), `pairs`, and the metrics.
    """
    identity = table["identity"]
    bands: dict[str, np.ndarray] = {"none": identity.isna()}
    for low, high in zip((0.0, *BANDS), BANDS, strict=False):
        bands[f"{low:.1f}-{high:.1f}"] = (identity >= low) & (identity < high)
    bands["1.0"] = identity >= 1
    rows = [
        {"band": name, "proteins": int(inside.sum()), "pairs": int(table["pairs"][inside].sum())}
        | metrics.means(table[inside])
        for name, inside in bands.items()
        if inside.any()
    ]
    return cast(list[Band], rows)
