"""The parts of a page about an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from .page import definitions, html_table
from .tables import band_table, comparison_table, protein_table, summary_html
from .titles import MEANINGS
from .undefined import baseline_lines, undefined_lines
from .values import EvaluationMetrics

if TYPE_CHECKING:
    import pandas as pd


def evaluation_sections(
    values: EvaluationMetrics, proteins: pd.DataFrame, charts: Sequence[str]
) -> list[str]:
    """Counts, charts and tables as HTML.

    Args:
        proteins: see `protein_table`.
        charts: SVG elements.
    """
    counts = {key.replace("_", " "): f"{n:,}" for key, n in values["counts"].items() if n}
    if "labels" in values["counts"]:
        counts["threshold"] = f"a probability of {values['threshold']:.3g}"
    terms = {f"<b>{escape(title)}</b>": escape(text) for title, text in MEANINGS.items()}
    lines = (*undefined_lines(values), *baseline_lines(values), *values["left_out"])
    return [
        definitions(counts),
        "".join(charts),
        "<h2>Beside the baselines</h2>",
        "<p>Means over proteins, and below each its 95% interval (bootstrap over proteins). A star "
        "(*): the model beats this baseline. An exclamation mark (!): the baseline beats the "
        "model.</p>",
        summary_html(values),
        *(f"<p>{escape(line)}.</p>" for line in lines),
        f"<details><summary>What the columns are</summary>{definitions(terms)}</details>",
        "<h2>What the model adds</h2>",
        "<p>Mean difference to each baseline over the same proteins, with its 95% interval (paired "
        "bootstrap). A star (*): the interval lies above 0, and the model beats the baseline. An "
        "exclamation mark (!): it lies below 0, and the baseline beats the model.</p>",
        html_table(*comparison_table(values)),
        "<h2>By identity to the nearest training protein</h2>",
        f"<p>Identity of the DNA-binding domains; from {escape(values['notes']['identity'])}.</p>",
        html_table(*band_table(values["identity_bands"])),
        "<h2>By protein</h2>",
        html_table(*protein_table(proteins)),
    ]
