"""What a page shows of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from .page import PageTable
from .tables import band_table, comparison_table, protein_table, summary_cells
from .titles import MEANINGS
from .undefined import baseline_lines, undefined_lines
from .values import EvaluationMetrics

if TYPE_CHECKING:
    import pandas as pd


class EvaluationView(NamedTuple):
    """The values of the template `evaluation_body.html`.

    Attributes:
        counts: name -> number, as text.
        charts: SVG elements.
        summary, comparison, bands, proteins: tables.
        lines: sentences without their full stop about what has no value.
        meanings: title of a metric -> what it means.
        identity: where the training proteins are listed.
    """

    counts: dict[str, str]
    charts: Sequence[str]
    summary: PageTable
    lines: tuple[str, ...]
    meanings: dict[str, str]
    comparison: PageTable
    identity: str
    bands: PageTable
    proteins: PageTable


def evaluation_view(
    values: EvaluationMetrics, proteins: pd.DataFrame, charts: Sequence[str]
) -> EvaluationView:
    """Counts, charts and tables for a page.

    Args:
        proteins: see `protein_table`.
        charts: SVG elements.
    """
    counts = {key.replace("_", " "): f"{n:,}" for key, n in values["counts"].items() if n}
    if "labels" in values["counts"]:
        counts["threshold"] = f"a probability of {values['threshold']:.3g}"
    return EvaluationView(
        counts=counts,
        charts=charts,
        summary=summary_cells(values),
        lines=(*undefined_lines(values), *baseline_lines(values), *values["left_out"]),
        meanings=MEANINGS,
        comparison=comparison_table(values),
        identity=values["notes"]["identity"],
        bands=PageTable(*band_table(values["identity_bands"])),
        proteins=PageTable(*protein_table(proteins)),
    )
