"""The tables of an evaluation: a header and rows of text, for a page, a file or a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .page import Cell, PageTable
from .titles import TITLES
from .values import Band, Comparison, EvaluationMetrics, Method, defined, number

if TYPE_CHECKING:
    import pandas as pd


class TextTable(NamedTuple):
    """Cells of text."""

    header: list[str]
    rows: list[list[str]]


def summary_table(values: EvaluationMetrics, interval: str = " ({:.3f} to {:.3f})") -> TextTable:
    """A row for each method and a column for each metric that any method has.

    Args:
        interval: how both ends of an interval follow its mean.
    """
    methods: dict[str, Method] = {"model": values, **values["baselines"]}
    metrics = _metrics(methods.values(), values["undefined"])
    rows = []
    for method, means in methods.items():
        row = [method]
        for metric in metrics:
            text = number(defined(means, metric))
            ends = means["intervals"].get(metric)
            if ends and text:
                text += interval.format(*ends)
            comparison = values["comparisons"].get(method, {}).get(metric)
            if comparison:
                text += verdict(comparison)
            row.append(text)
        rows.append(row)
    rows += [[method] + [""] * len(metrics) for method in _absent(values)]
    return TextTable(["", *(TITLES[metric] for metric in metrics)], rows)


def summary_cells(values: EvaluationMetrics) -> PageTable:
    """The same for a page, where intervals stand below their means.

    Each method says what it rests on.
    """
    header, rows = summary_table(values, "\n{:.3f} to {:.3f}")
    cells: list[list[str | Cell]] = []
    for name, *figures in rows:
        first = Cell(name, values["notes"].get(name, ""))
        cells.append([first, *(_with_interval(text) for text in figures)])
    return PageTable(header, cells)


def _with_interval(text: str) -> Cell:
    """A mean, its interval on a second line and its mark -> the mark stands beside the mean."""
    mean, _, interval = text.partition("\n")
    mark = interval[-2:] if interval.endswith((" *", " !")) else ""
    return Cell(mean + mark, interval.removesuffix(mark))


def summary_text(values: EvaluationMetrics, *, aligned: bool = False) -> str:
    """The same as tab-separated lines, for a file.

    Args:
        aligned: pad the columns with blanks instead, for a terminal.
    """
    header, rows = summary_table(values)
    for row in rows:
        if row[0] in _absent(values):
            row[0] += f" ({values['notes'][row[0]]})"
    lines = [header, *rows]
    if not aligned:
        return "\n".join("\t".join(line) for line in lines)
    widths = [max(len(line[column]) for line in lines) for column in range(1, len(header))]
    # A row that is a name and a reason alone may be longer than the first column.
    first = max(len(line[0]) for line in lines if any(line[1:]))
    padded = [[line[0].ljust(first), *map(str.ljust, line[1:], widths)] for line in lines]
    return "\n".join("  ".join(line).rstrip() for line in padded)


def comparison_table(values: EvaluationMetrics) -> PageTable:
    """The model's mean difference to each baseline, with the mark of `verdict`."""
    comparisons = values["comparisons"]
    metrics = [name for name in TITLES if any(row.get(name) for row in comparisons.values())]
    if not metrics:
        return PageTable(["", ""], [["an interval needs a metric of two proteins or more", ""]])
    rows: list[list[str | Cell]] = []
    for baseline, by_metric in comparisons.items():
        row: list[str | Cell] = [baseline]
        for metric in metrics:
            comparison = by_metric.get(metric)
            if not comparison:
                row.append("")
                continue
            low, high = comparison["interval"]
            text = f"{comparison['difference']:+.3f}{verdict(comparison)}"
            row.append(Cell(text, f"{low:+.3f} to {high:+.3f}"))
        rows.append(row)
    return PageTable(["", *(TITLES[metric] for metric in metrics)], rows)


def verdict(comparison: Comparison) -> str:
    """A star where the model beats a baseline, an exclamation mark where the baseline beats it.

    Nothing where the interval of their difference holds 0.
    """
    low, high = comparison["interval"]
    return " *" if low > 0 else " !" if high < 0 else ""


def band_table(bands: Sequence[Band]) -> TextTable:
    """Means over the proteins of each band of identity."""
    metrics = _metrics(bands)
    rows = [
        [band["band"], str(band["proteins"]), str(band["pairs"])]
        + [number(defined(band, metric)) for metric in metrics]
        for band in bands
    ]
    return TextTable(["identity", "proteins", "pairs", *(TITLES[name] for name in metrics)], rows)


def protein_table(proteins: pd.DataFrame) -> TextTable:
    """The model's metrics of each protein.

    Args:
        proteins: columns `protein_id`, `method`, `pairs`, `identity`, and the metrics.
    """
    table = proteins[proteins["method"] == "model"]
    metrics = [name for name in TITLES if name in table and table[name].notna().any()]
    rows = [
        [str(row["protein_id"]), str(row["pairs"]), number(row["identity"])]
        + [number(row[metric]) for metric in metrics]
        for _, row in table.iterrows()
    ]
    return TextTable(["protein", "pairs", "identity", *(TITLES[name] for name in metrics)], rows)


def _absent(values: EvaluationMetrics) -> list[str]:
    """Baselines that have no metrics."""
    return [name for name in values["notes"] if name not in (*values["baselines"], "identity")]


def _metrics(tables: Iterable[Mapping[str, object]], undefined: Collection[str] = ()) -> list[str]:
    """Names of the metrics that any of the tables has, in the order in which they are shown.

    Args:
        undefined: metrics that have a column in any case.
    """
    rows = list(tables)
    return [
        name
        for name in TITLES
        if name in undefined or any(defined(row, name) is not None for row in rows)
    ]
