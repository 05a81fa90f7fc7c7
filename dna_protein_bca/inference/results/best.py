"""The best rows of each protein, or of each DNA, out of a stream of predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

By = Literal["protein_id", "dna_id"]

HELD = 1 << 18
"""Rows that may wait to be compared, beyond as many as are known to be the best so far."""


def rows_up_to(chunks: Iterable[pd.DataFrame], max_p: float) -> Iterator[pd.DataFrame]:
    """The rows with a p-value of at most `max_p`."""
    for chunk in chunks:
        yield chunk[chunk["p_value"] <= max_p]


def best_rows(
    chunks: Iterable[pd.DataFrame], count: int, by: By = "protein_id", *, whole: bool = False
) -> Iterator[pd.DataFrame]:
    """The `count` best rows of each protein or DNA, those of one together, best first.

    The lowest p-value is the best, then the highest score; where both are equal, what came first.
    Rows with a p-value come before those without one, and rows without a score are left out.

    Args:
        chunks: tables of predictions.
        count: 1 or more.
        by: what has so many rows each, in the order of their first rows.
        whole: every chunk has all rows of what is in it, so that its best are known at once and
            nothing is held. Otherwise memory holds the best rows.
    """
    if whole:
        yield from (_best(chunk, count, by) for chunk in chunks)
        return
    import pandas as pd

    place: dict[str, int] = {}
    held: list[pd.DataFrame] = []
    known = waiting = 0
    for chunk in chunks:
        for name in chunk[by].unique():
            place.setdefault(name, len(place))
        held.append(_best(chunk, count, by))
        waiting += len(held[-1])
        if waiting > known + HELD:
            held = [_best(pd.concat(held), count, by)]
            known = waiting = len(held[0])
    if held:
        best = _best(pd.concat(held), count, by)
        order = best[by].map(place).argsort(kind="stable")
        yield best.iloc[order].reset_index(drop=True)


def _best(table: pd.DataFrame, count: int, by: By) -> pd.DataFrame:
    """The best rows of one table, in the order of the groups' first rows."""
    scored = table[table["score"].notna()]
    ordered = scored.sort_values(
        ["p_value", "score"], ascending=[True, False], kind="stable", na_position="last"
    )
    best = ordered.groupby(by, sort=False).head(count)
    first = {name: place for place, name in enumerate(table[by].unique())}
    return best.iloc[best[by].map(first).argsort(kind="stable")]
