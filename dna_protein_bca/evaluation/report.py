"""An evaluation on disk: JSON, TSV, and one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.io.folder_names import REPORT
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.plots.charts import Line, chart

from . import metrics
from .evaluate import Evaluation, as_json, as_scores
from .undefined import lines

if TYPE_CHECKING:
    import pandas as pd

METRICS_FILE = "metrics.json"
SUMMARY_FILE = "summary.tsv"
PREDICTIONS_FILE = "predictions.tsv"
PROTEINS_FILE = "proteins.tsv"
RANKS_FILE = "ranks.tsv"
TABLES = (METRICS_FILE, SUMMARY_FILE, PROTEINS_FILE, PREDICTIONS_FILE, RANKS_FILE)
WRITTEN = (*TABLES, REPORT)
"""All that is written of an evaluation."""

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

MEANINGS = {
    "AUROC": "chance that a bound DNA scores above an unbound one; 0.5 is guessing",
    "average precision": "area under precision and recall; the share of positives is guessing",
    "MCC, F1": "Matthews correlation, and harmonic mean of precision and recall, at the threshold",
    "Brier": "mean squared error of the probabilities; lower is better (MCC, F1, Brier and ECE "
    "need probabilities, which scores of motifs and the controls are not: there they are blank)",
    "ECE": "expected calibration error: how far probabilities lie from shares of positives; lower "
    "is better",
    "Spearman, Pearson": "correlations of scores with measured affinities",
    "MRR, recall at N": "for a DNA and a protein that binds it: the mean reciprocal rank of this "
    "protein among all proteins of the table, and how often it is among the first N",
}

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1110px; margin: 2em auto; padding: 0 1em;
  color: #222; background: #fff; }
h1 { font-size: 26px; } h2 { font-size: 19px; margin: 1.6em 0 .4em; }
table { border-collapse: collapse; margin: .8em 0; font-size: 13px; }
th, td { border-bottom: 1px solid #ddd; padding: 4px 10px; text-align: right; vertical-align: top;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 9em; }
th { vertical-align: bottom; border-bottom-color: #999; }
tbody tr.own td { font-weight: 600; background: #f3f6fa; }
small { color: #666; font-weight: 400; font-size: 11px; }
dl { display: grid; grid-template-columns: max-content auto; gap: .2em 1em; font-size: 14px; }
dt { color: #666; } dd { margin: 0; }
.wide { overflow-x: auto; }
details { margin: .8em 0; font-size: 14px; } summary { cursor: pointer; }
pre { font-size: 12px; background: #f6f6f6; padding: 1em; overflow-x: auto; }
svg { margin: 6px 12px 6px 0; vertical-align: top; }
svg text { font: 11px system-ui, sans-serif; text-anchor: middle; fill: #444; }
svg .title { font-size: 13px; font-weight: 600; }
svg .side { text-anchor: end; } svg .legend { text-anchor: start; }
svg .grid { stroke: #e4e4e4; stroke-width: 1; }
"""


def save_evaluation(found: Evaluation, folder: Path) -> None:
    """Write `metrics.json`, the tables and `report.html` into a folder, each when complete."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / METRICS_FILE, as_json(found.metrics))
    write_text(folder / SUMMARY_FILE, text_table(found.metrics) + "\n")
    for name, table in (
        (PROTEINS_FILE, found.proteins),
        (PREDICTIONS_FILE, found.predictions),
        (RANKS_FILE, found.ranks),
    ):
        with atomic_path(folder / name) as path:
            table.to_csv(path, sep="\t", index=False)
    parts = [*sections(found), f"<p>Every figure comes from {', '.join(TABLES)}.</p>"]
    write_text(folder / REPORT, page("Evaluation", parts))


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
    shown = {key.replace("_", " "): f"{n:,}" for key, n in values["counts"].items() if n}
    if "label" in found.predictions:
        shown["threshold"] = f"a probability of {values['threshold']:.3g}"
    terms = {f"<b>{escape(name)}</b>": escape(text) for name, text in MEANINGS.items()}
    return [
        definitions(shown),
        "".join(curves(found.predictions)),
        "<h2>Beside the baselines</h2>",
        "<p>Means over proteins, and below each the bootstrap's 95% interval over proteins.</p>",
        _summary_table(values),
        *(f"<p>{escape(line)}.</p>" for line in (*undefined_lines(values), *values["left_out"])),
        f"<details><summary>What the columns are</summary>{definitions(terms)}</details>",
        "<h2>What the model adds</h2>",
        "<p>Mean difference to each baseline over the same proteins, with its 95% interval (paired "
        "bootstrap). A star: the interval lies above 0, and the model beats the baseline.</p>",
        _html_table(*comparison_rows(values)),
        "<h2>By identity to the nearest training protein</h2>",
        f"<p>Identity of the DNA-binding domains; from {escape(values['notes']['identity'])}.</p>",
        _html_table(*band_rows(values["identity_bands"])),
        "<h2>By protein</h2>",
        _html_table(*protein_rows(found.proteins)),
    ]


def definitions(values: Mapping[str, str]) -> str:
    """Names and what they stand for, both as HTML, in two columns."""
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in values.items())
    return f"<dl>{rows}</dl>"


def summary_rows(
    values: Mapping[str, Any], interval: str = " ({:.3f} to {:.3f})"
) -> tuple[list[str], list[list[str]]]:
    """Header and rows: one a method, one column a figure that any method has.

    Args:
        interval: how an interval's ends follow its figure.
    """
    methods = {"model": values, **values["baselines"]}
    names = _figures(methods.values(), values["undefined"])
    rows = []
    for method, figures in methods.items():
        row = [method]
        for name in names:
            text = number(figures.get(name))
            bounds = figures["intervals"].get(name)
            if bounds and text:
                text += interval.format(*bounds)
            beaten = values["comparisons"].get(method, {}).get(name)
            if beaten and beaten["beats"]:
                text += " *"
            row.append(text)
        rows.append(row)
    rows += [[method] + [""] * len(names) for method in _absent(values)]
    return ["", *(TITLES[name] for name in names)], rows


def _summary_table(values: Mapping[str, Any]) -> str:
    """The same for a page, where each method says what it rests on."""
    header, rows = summary_rows(values, "<br><small>{:.3f} to {:.3f}</small>")
    for row in rows:
        if note := values["notes"].get(row[0]):
            row[0] += f"<br><small>{escape(note)}</small>"
    return _html_table(header, rows, own=True)


def comparison_rows(values: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: the model's difference to each baseline, and whether it is above 0."""
    compared = values["comparisons"]
    names = [name for name in metrics.METRICS if any(ones.get(name) for ones in compared.values())]
    rows = []
    for method, ones in compared.items():
        row = [method]
        for name in names:
            one = ones.get(name)
            if not one:
                row.append("")
                continue
            low, high = one["interval"]
            star = " *" if one["beats"] else ""
            text = f"{one['difference']:+.3f}{star}<br><small>{low:+.3f} to {high:+.3f}</small>"
            row.append(text)
        rows.append(row)
    if not names:
        return ["", ""], [["two proteins are the fewest that have intervals", ""]]
    return ["", *(TITLES[name] for name in names)], rows


def _absent(values: Mapping[str, Any]) -> dict[str, str]:
    """Baselines that have no figures, and why."""
    there = values["baselines"].keys()
    return {k: note for k, note in values["notes"].items() if k not in (*there, "identity")}


def _figures(methods: Iterable[Mapping[str, Any]], undefined: Iterable[str] = ()) -> list[str]:
    """Names of the figures that are known anywhere, in the order in which they are shown.

    Args:
        undefined: figures that are shown nevertheless, blank where need be.
    """
    ones, shown = list(methods), {*undefined}
    return [
        name
        for name in metrics.METRICS
        if name in shown or any(_known(one.get(name)) for one in ones)
    ]


def undefined_lines(values: Mapping[str, Any]) -> list[str]:
    """Which figures of the model are not defined for which proteins, and why: a line each."""
    return lines(values["undefined"], values["counts"]["proteins"], TITLES)


def band_rows(bands: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the bands of identity."""
    names = _figures(bands)
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
        [escape(str(row["protein_id"])), str(row["pairs"]), number(row["identity"])]
        + [number(row[name]) for name in names]
        for _, row in table.iterrows()
    ]
    return ["protein", "pairs", "identity", *(TITLES[name] for name in names)], rows


def text_table(values: Mapping[str, Any], *, aligned: bool = False) -> str:
    """The summary as tab-separated lines, for a file.

    Args:
        aligned: columns stand below each other instead, for a terminal.
    """
    header, rows = summary_rows(values)
    for row in rows:
        if row[0] in _absent(values):
            row[0] += f" ({values['notes'][row[0]]})"
    table = [header, *rows]
    if not aligned:
        return "\n".join("\t".join(row) for row in table)
    wide = [max(len(row[place]) for row in table) for place in range(1, len(header))]
    first = max(len(row[0]) for row in table if any(row[1:]))
    lines = [[row[0].ljust(first), *map(str.ljust, row[1:], wide)] for row in table]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def curves(predictions: pd.DataFrame) -> list[str]:
    """ROC, precision-recall and calibration charts of labels, and scores against affinities."""
    shown = []
    if "label" in predictions and predictions["label"].nunique() == 2:
        some = predictions[predictions["label"].notna()]
        methods = ["model", *(n for n in ("nn", "relatives20", "kmer_logistic") if n in some)]
        tables = {name: as_scores(name, some) for name in methods}
        shown += [_roc(tables), _precision_recall(tables)]
        if some["probability"].notna().all():
            shown.append(_calibration(some))
    if "affinity" in predictions:
        table = predictions[predictions["affinity"].notna()].sort_values("score")
        scored, measured = (table[name].to_numpy() for name in ("score", "affinity"))
        line = Line("", scored, measured, marked=True, drawn=False)
        shown.append(chart("Affinity by score", "score", "measured", [line]))
    return shown


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


def _html_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, own: bool = False) -> str:
    """A table of cells that are HTML.

    Args:
        own: the first row is the model's.
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = ""
    for place, row in enumerate(rows):
        cells = "".join(f"<td>{cell}</td>" for cell in row)
        body += f'<tr class="own">{cells}</tr>' if own and place == 0 else f"<tr>{cells}</tr>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'
