"""The best rows of a stream of predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dna_protein_bca.inference.results.best import By

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 1000
"""Rows of a page: more would make it too large to send."""


@dataclass(frozen=True)
class Choice:
    """Which rows of all are asked for.

    Attributes:
        top: only so many of each protein or DNA; None for all.
        by: what has so many each.
        max_p: only rows with at most this p-value; None for all.
    """

    top: int | None = None
    by: By = "protein_id"
    max_p: float | None = None


class BestRows:
    """Keeps the rows with the lowest p-values, of equal ones those with the highest score.

    Rows without a p-value follow by falling score; rows without a score are left out. Memory
    holds no more than `limit` rows and the table at hand.

    Args:
        choice: which rows count.
        limit: the most rows that are kept.
    """

    def __init__(self, choice: Choice, limit: int = MOST_ROWS) -> None:
        self._choice = choice
        self._limit = limit
        self.rows: pd.DataFrame | None = None

    def add(self, table: pd.DataFrame, attach: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Take in rows of a stream.

        Args:
            attach: adds columns to those of them that may be kept.
        """
        import pandas as pd

        best = attach(self._best(table))
        self.rows = best if self.rows is None else self._best(pd.concat([self.rows, best]))

    def _best(self, table: pd.DataFrame) -> pd.DataFrame:
        kept = table[table["score"].notna()]
        if self._choice.max_p is not None:
            kept = kept[kept["p_value"] <= self._choice.max_p]
        kept = kept.sort_values(
            ["p_value", "score"], ascending=[True, False], kind="stable", na_position="last"
        )
        if self._choice.top is not None:
            # A row is put out here only by better ones of its group, so that what is left
            # in the end is the same as if all rows had been there at once.
            kept = kept.groupby(self._choice.by, sort=False).head(self._choice.top)
        return kept.head(self._limit)
