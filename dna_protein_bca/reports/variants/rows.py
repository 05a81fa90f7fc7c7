"""The rows of the page on variants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dna_protein_bca.reports.values import short

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 1000
"""Rows of a page."""


class VariantRow(NamedTuple):
    """A variant and a protein, as text."""

    variant: str
    name: str
    protein: str
    effect: str
    delta: str
    delta_p: str
    score_ref: str
    score_alt: str
    p_ref: str
    p_alt: str


def best_rows(held: pd.DataFrame | None, new: pd.DataFrame) -> pd.DataFrame:
    """The rows whose score changes most: by the lowest `delta_p`, then the largest change.

    Args:
        held: the best so far; new: rows with a score.
    """
    import pandas as pd

    rows = new if held is None else pd.concat([held, new])
    rows = rows.assign(size=rows["delta_score"].abs())
    ordered = rows.sort_values(
        ["delta_p", "size"], ascending=[True, False], kind="stable", na_position="last"
    )
    return ordered.head(MOST_ROWS).drop(columns="size")


def variant_name(row: dict[str, Any]) -> str:
    """`chr1:12345 A>G`."""
    return f"{row['chrom']}:{row['pos']} {row['ref']}>{row['alt']}"


def variant_rows(table: pd.DataFrame) -> list[VariantRow]:
    """Rows for a page."""
    return [
        VariantRow(
            variant_name(row),
            row["variant_id"] if isinstance(row["variant_id"], str) else "",
            row["protein_id"],
            row["effect"] if isinstance(row["effect"], str) else "",
            f"{row['delta_score']:+.3g}",
            *(
                short(row[name])
                for name in ("delta_p", "score_ref", "score_alt", "p_value_ref", "p_value_alt")
            ),
        )
        for row in table.to_dict("records")
    ]
