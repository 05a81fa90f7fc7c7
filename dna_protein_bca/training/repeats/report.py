"""One report on several trainings: each, their mean and spread, and all together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.evaluation import metrics
from dna_protein_bca.evaluation.bootstrap import Bootstrap
from dna_protein_bca.evaluation.methods import methods_of, scores_of
from dna_protein_bca.evaluation.result import (
    METRICS_FILE,
    PREDICTIONS_FILE,
    SUMMARY_FILE,
    without_nan,
)
from dna_protein_bca.evaluation.summary import compare_methods
from dna_protein_bca.io.folder_names import REPORT
from dna_protein_bca.io.outputs import atomic_path, write_json
from dna_protein_bca.reports.page import PageTable, write_page
from dna_protein_bca.reports.tables import verdict
from dna_protein_bca.reports.titles import TITLES
from dna_protein_bca.reports.values import number

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.evaluation import Evaluation

MEAN, SPREAD, TOGETHER = "mean", "standard deviation", "together"

Row = dict[str, float]
"""Metric -> value."""


def write_report(
    run: Path, results: Mapping[str, Evaluation], ensemble: Evaluation | None
) -> dict[str, dict[str, Row]]:
    """Write `report.html`, `summary.tsv`, `metrics.json` and `predictions.tsv` of all trainings.

    Args:
        results: name of a training -> its evaluation.
        ensemble: of all trainings together on the same pairs; None for folds, whose members are
            each tested on pairs that the others have learned. Then the pairs of all folds are
            taken together, each with the score of the training that did not see it.

    Returns:
        Method -> row -> metric -> value, as `metrics.json` holds them.
    """
    import pandas as pd

    predictions = pd.concat(
        [one.predictions.assign(run=name) for name, one in results.items()], ignore_index=True
    )
    together = predictions if ensemble is None else ensemble.predictions
    values = {method: _rows(method, results, together) for method in methods_of(together)}
    bootstrap = next(iter(results.values())).metrics["bootstrap"]
    marks = _marks(together, Bootstrap(**bootstrap))
    with atomic_path(run / PREDICTIONS_FILE) as path:
        predictions.to_csv(path, sep="\t", index=False)
    write_json(run / METRICS_FILE, without_nan(values))
    header, lines = _table(values, marks)
    with atomic_path(run / SUMMARY_FILE) as path:
        text = "\n".join("\t".join(line) for line in (header, *lines))
        path.write_text(f"{text}\n", encoding="utf-8")
    how = (
        "the pairs of all folds, each scored by the training that left it out"
        if ensemble is None
        else "the ensemble of all trainings"
    )
    write_page(
        run / REPORT,
        "trainings.html",
        title=f"Trainings: {run.resolve().name}",
        number=len(results),
        together=TOGETHER,
        how=how,
        results=PageTable(header, lines),
        metrics_file=METRICS_FILE,
        predictions_file=PREDICTIONS_FILE,
    )
    return values


def _rows(method: str, results: Mapping[str, Evaluation], together: pd.DataFrame) -> dict[str, Row]:
    """Metrics of a method in every training, their mean and spread, and of all together."""
    rows: dict[str, Row] = {}
    for name, one in results.items():
        found: Mapping[str, object] = one.metrics
        if method != "model":
            found = one.metrics["baselines"].get(method, {})
        # A metric of no protein is absent.
        rows[name] = {metric: _value(found, metric) for metric in TITLES}
    table = np.array([[row[metric] for metric in TITLES] for row in rows.values()])
    defined = (~np.isnan(table)).sum(0)
    summed = np.nansum(table, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(defined > 0, summed / defined, np.nan)
        spread = np.sqrt(np.nansum((table - mean) ** 2, 0) / (defined - 1))
    spread[defined < 2] = np.nan
    rows[MEAN] = dict(zip(TITLES, mean.tolist(), strict=True))
    rows[SPREAD] = dict(zip(TITLES, spread.tolist(), strict=True))
    means = metrics.means(metrics.by_protein(scores_of(method, together)))
    rows[TOGETHER] = {metric: means.get(metric, float("nan")) for metric in TITLES}
    return rows


def _value(found: Mapping[str, object], metric: str) -> float:
    value = found.get(metric)
    return value if isinstance(value, float) else float("nan")


def _marks(together: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, dict[str, str]]:
    """Baseline -> metric -> its mark in the row of all together; see `verdict`."""
    tables = {
        method: metrics.by_protein(scores_of(method, together)) for method in methods_of(together)
    }
    model = tables.pop("model")
    return {
        method: {
            metric: verdict(one)
            for metric, one in compare_methods(model, table, bootstrap).items()
            if one is not None
        }
        for method, table in tables.items()
    }


def _table(
    values: Mapping[str, Mapping[str, Row]], marks: Mapping[str, Mapping[str, str]]
) -> tuple[list[str], list[list[str]]]:
    """A row for each training of the model, and for mean, spread and all of every method."""
    shown = [
        metric
        for metric in TITLES
        if any(not np.isnan(row[metric]) for rows in values.values() for row in rows.values())
    ]
    lines = []
    for method, rows in values.items():
        for name, row in rows.items():
            if method == "model" or name in (MEAN, SPREAD, TOGETHER):
                marked = marks.get(method, {}) if name == TOGETHER else {}
                figures = (number(row[metric]) + marked.get(metric, "") for metric in shown)
                lines.append([method, name, *figures])
    return ["", "", *(TITLES[metric] for metric in shown)], lines
