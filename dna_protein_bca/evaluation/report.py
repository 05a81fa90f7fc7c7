"""An evaluation on disk: JSON, TSV, and one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tables import atomic_path
from . import metrics
from .charts import Line, chart
from .evaluate import Evaluation, as_json, as_scores

if TYPE_CHECKING:
    import pandas as pd

METRICS_FILE = "metrics.json"
REPORT_FILE = "report.html"
PREDICTIONS_FILE = "predictions.tsv"
PROTEINS_FILE = "proteins.tsv"
RANKS_FILE = "ranks.tsv"

TITLES = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "mcc": "MCC",
    "f1": "F1",
    "brier": "Brier",
    "expected_calibration_error": "ECE",
    "spearman": "Spearman",
    "pearson": "Pearson",
    "mean_reciprocal_rank": "MRR",
    "recall_at_1": "recall at 1",
    "recall_at_10": "recall at 10",
}

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em;
  color: #222; background: #fff; }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px; }
th, td { border-bottom: 1px solid #ddd; padding: 3px 9px; text-align: right; }
th:first-child, td:first-child { text-align: left; }
small { color: #666; }
svg { margin: 0 10px 10px 0; }
svg text { font: 11px system-ui, sans-serif; text-anchor: middle; fill: #444; }
svg .title { font-size: 13px; font-weight: 600; }
svg .side, svg .legend { text-anchor: end; }
svg .grid { stroke: #e4e4e4; stroke-width: 1; }
"""


def save_evaluation(found: Evaluation, folder: Path) -> None:
    """Write `metrics.json`, the tables and `report.html` into a folder, each when complete."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / METRICS_FILE, as_json(found.metrics))
    for name, table in (
        (PROTEINS_FILE, found.proteins),
        (PREDICTIONS_FILE, found.predictions),
        (RANKS_FILE, found.ranks),
    ):
        with atomic_path(folder / name) as path:
            table.to_csv(path, sep="\t", index=False)
    write_text(folder / REPORT_FILE, page("Evaluation", sections(found)))


def write_text(path: Path, text: str) -> None:
    """Write a text file, renamed to its place when complete."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def page(title: str, parts: Sequence[str]) -> str:
    """A whole HTML page."""
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}\n"
        "</body></html>\n"
    )


def sections(found: Evaluation) -> list[str]:
    """The parts of a page about an evaluation."""
    values = found.metrics
    counts = ", ".join(f"{key.replace('_', ' ')} {n:,}" for key, n in values["counts"].items())
    parts = [
        f"<p>{escape(counts)}; threshold {values['threshold']:.3g}.</p>",
        "<h2>Beside the baselines</h2>",
        "<p>Means over proteins, with the bootstrap's 95% intervals over proteins. A star: the "
        "model beats the baseline (paired bootstrap, the interval of the difference is above 0)."
        "</p>",
        _html_table(*summary_rows(values, html=True)),
        "<ul>" + "".join(_note(*note) for note in values["notes"].items()) + "</ul>",
        "".join(curves(found.predictions)),
        "<h2>By identity to the nearest training protein</h2>",
        _html_table(*band_rows(values["identity_bands"])),
        "<h2>By protein</h2>",
        _html_table(*protein_rows(found.proteins)),
    ]
    return parts


def summary_rows(
    values: Mapping[str, Any], html: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Header and rows: one a method, one column a figure that any method has."""
    methods = {"model": values, **values["baselines"]}
    names = [name for name in metrics.METRICS if any(_known(m.get(name)) for m in methods.values())]
    rows = []
    for method, figures in methods.items():
        row = [method]
        for name in names:
            text = number(figures.get(name))
            bounds = figures["intervals"].get(name)
            if bounds and text:
                shown = f"{bounds[0]:.3f}-{bounds[1]:.3f}"
                text += f" <small>{shown}</small>" if html else f" ({shown})"
            beaten = values["comparisons"].get(method, {}).get(name)
            if beaten and beaten["beats"]:
                text += " *"
            row.append(text)
        rows.append(row)
    for method, note in values["notes"].items():
        if method not in methods and method != "identity":
            rows.append([f"{method} ({note})"] + [""] * len(names))
    return ["", *(TITLES[name] for name in names)], rows


def band_rows(bands: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the bands of identity."""
    names = [name for name in metrics.METRICS if any(_known(band.get(name)) for band in bands)]
    rows = [
        [band["band"], str(band["proteins"]), str(band["pairs"])]
        + [number(band.get(name)) for name in names]
        for band in bands
    ]
    return ["identity", "proteins", "pairs", *(TITLES[name] for name in names)], rows


def protein_rows(proteins: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and rows: one a protein, under the model."""
    table = proteins[proteins["method"] == "model"]
    names = [name for name in metrics.METRICS if name in table and table[name].notna().any()]
    rows = [
        [str(row["protein_id"]), str(row["pairs"]), number(row["identity"])]
        + [number(row[name]) for name in names]
        for _, row in table.iterrows()
    ]
    return ["protein", "pairs", "identity", *(TITLES[name] for name in names)], rows


def text_table(values: Mapping[str, Any]) -> str:
    """The summary as tab-separated lines, for a terminal or a file."""
    header, rows = summary_rows(values)
    return "\n".join("\t".join(row) for row in (header, *rows))


def curves(predictions: pd.DataFrame) -> list[str]:
    """ROC, precision-recall and calibration charts, or scores against affinities."""
    if "label" not in predictions or predictions["label"].nunique() < 2:
        if "affinity" not in predictions:
            return []
        order = np.argsort(predictions["score"].to_numpy())
        table = predictions.iloc[order]
        line = Line("", table["score"].to_numpy(), table["affinity"].to_numpy(), marked=True)
        return [chart("Affinity by score", "score", "measured", [line])]
    methods = ["model", *(n for n in ("nn", "relatives20", "kmer_logistic") if n in predictions)]
    tables = {name: as_scores(name, predictions) for name in methods}
    return [_roc(tables), _precision_recall(tables), _calibration(predictions)]


def _roc(tables: Mapping[str, pd.DataFrame]) -> str:
    from sklearn.metrics import roc_curve

    lines = [Line("", np.array([0, 1]), np.array([0, 1]), dashed=True)]
    for name, table in tables.items():
        if table["label"].nunique() == 2:
            false, true, _ = roc_curve(table["label"], table["score"], drop_intermediate=True)
            lines.insert(len(lines) - 1, Line(name, false, true))
    square = {"x_range": (0, 1), "y_range": (0, 1)}
    return chart("ROC, all pairs", "false positive rate", "true positive rate", lines, **square)


def _precision_recall(tables: Mapping[str, pd.DataFrame]) -> str:
    from sklearn.metrics import precision_recall_curve

    lines = []
    for name, table in tables.items():
        if table["label"].nunique() == 2:
            precision, recall, _ = precision_recall_curve(table["label"], table["score"])
            lines.append(Line(name, recall, precision))
    square = {"x_range": (0, 1), "y_range": (0, 1)}
    return chart("Precision and recall, all pairs", "recall", "precision", lines, **square)


def _calibration(predictions: pd.DataFrame) -> str:
    label, probability = (predictions[name].to_numpy(float) for name in ("label", "probability"))
    mean, share, _ = metrics.calibration_bins(label, probability).T
    lines = [
        Line("model", mean, share, marked=True),
        Line("", np.array([0, 1]), np.array([0, 1]), dashed=True),
    ]
    square = {"x_range": (0, 1), "y_range": (0, 1)}
    return chart("Calibration", "mean probability", "share of positives", lines, **square)


def number(value: Any) -> str:
    """Three decimals, or nothing for a figure that is not defined."""
    return f"{value:.3f}" if _known(value) else ""


def _known(value: Any) -> bool:
    return value is not None and not np.isnan(value)


def _note(name: str, text: str) -> str:
    return f"<li><b>{escape(name)}</b>: {escape(text)}</li>"


def _html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; cells are ours but for the first of each row."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        f"<tr><td>{escape(row[0])}</td>" + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
