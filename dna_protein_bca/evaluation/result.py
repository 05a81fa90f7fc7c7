"""An evaluation, and its files: JSON, tables, and one HTML page that needs nothing beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dna_protein_bca.io.folder_names import REPORT
from dna_protein_bca.io.outputs import atomic_path, open_folder
from dna_protein_bca.reports.curves import curve_charts
from dna_protein_bca.reports.evaluation import EvaluationView, evaluation_view
from dna_protein_bca.reports.page import write_page
from dna_protein_bca.reports.tables import summary_text
from dna_protein_bca.reports.values import EvaluationMetrics

from .curves import curves_of

if TYPE_CHECKING:
    import pandas as pd

METRICS_FILE = "metrics.json"
SUMMARY_FILE = "summary.tsv"
PREDICTIONS_FILE = "predictions.tsv"
PROTEINS_FILE = "proteins.tsv"
RANKS_FILE = "ranks.tsv"
TABLES = (METRICS_FILE, SUMMARY_FILE, PROTEINS_FILE, PREDICTIONS_FILE, RANKS_FILE)
WRITTEN = (*TABLES, REPORT)
"""All files of an evaluation."""

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | float | int | bool | None"


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured.

    Attributes:
        metrics: what `metrics.json` holds; NaN where a metric is not defined.
        proteins: metrics of every protein under the model and every baseline (column `method`).
        predictions: a row for each scored pair: its label or affinity, and the score of every
            method.
        ranks: a row for each ranked positive, a column for each method: the rank of its protein.
    """

    metrics: EvaluationMetrics
    proteins: pd.DataFrame
    predictions: pd.DataFrame
    ranks: pd.DataFrame

    def save(self, folder: str | Path) -> None:
        """Write `metrics.json`, the tables as TSV, and `report.html`, each when complete."""
        with open_folder(folder) as place:
            self._write(place)

    def _write(self, folder: Path) -> None:
        texts = {
            METRICS_FILE: json.dumps(without_nan(self.metrics), indent=2),
            SUMMARY_FILE: summary_text(self.metrics),
        }
        for name, text in texts.items():
            with atomic_path(folder / name) as path:
                path.write_text(f"{text}\n", encoding="utf-8")
        tables = {
            PROTEINS_FILE: self.proteins,
            PREDICTIONS_FILE: self.predictions,
            RANKS_FILE: self.ranks,
        }
        for name, table in tables.items():
            with atomic_path(folder / name) as path:
                table.to_csv(path, sep="\t", index=False)
        write_page(
            folder / REPORT,
            "evaluation.html",
            title="Evaluation",
            evaluation=self.view(),
            files=", ".join(TABLES),
        )

    def view(self) -> EvaluationView:
        """What a page shows of it."""
        charts = curve_charts(curves_of(self.predictions))
        return evaluation_view(self.metrics, self.proteins, charts)


def without_nan(value: object) -> JSON:
    """The same value with None for numbers that JSON has no form of."""
    if isinstance(value, dict):
        return {key: without_nan(part) for key, part in value.items()}
    if isinstance(value, list):
        return [without_nan(part) for part in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, str | float | int):
        return value
    raise TypeError(f"{type(value).__name__} has no form in JSON")
