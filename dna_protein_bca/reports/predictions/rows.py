"""The tables of the page, and what is counted for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dna_protein_bca.reports.parts.cards import Window
from dna_protein_bca.reports.parts.proteins import ProteinCard
from dna_protein_bca.reports.values import chance, short

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.05, 0.01, 0.001, 1e-4, 1e-5)
"""P-values up to which pairs are counted."""

LOW = 0.001
"""The one of them that proteins are compared by."""


class Level(NamedTuple):
    """How many p-values are at most one: found, and expected of as many random pairs."""

    p: str
    found: str
    expected: str


class ProteinRow(NamedTuple):
    """A protein's row: its card, how many of its pairs have a low p-value, and its best pair."""

    card: ProteinCard
    pairs: str
    low: str
    best_p: str
    best_score: str
    best_dna: str


class SiteRow(NamedTuple):
    """A pair's row: texts, and the site in its DNA."""

    protein: str
    dna: str
    p_value: str
    score: str
    probability: str
    uncertainty: str
    window: Window
    trust: str
    nearest: str
    identity: str


class _Best(NamedTuple):
    """The best pair of a protein so far."""

    p: float
    score: float
    dna: str
    pairs: int
    low: int


class Counts:
    """Counts p-values, and keeps the best pair of each protein, of a stream of predictions.

    Attributes:
        pairs: rows that were taken in; tests: those with a p-value.
        best: protein -> its best pair, in the order of the table.
    """

    def __init__(self) -> None:
        self.pairs = self.tests = 0
        self.best: dict[str, _Best] = {}
        self._found = dict.fromkeys(LEVELS, 0)

    def add(self, table: pd.DataFrame) -> None:
        """Take in all rows of a part of the table."""
        self.pairs += len(table)
        self.tests += int(table["p_value"].notna().sum())
        for p in LEVELS:
            self._found[p] += int((table["p_value"] <= p).sum())
        ordered = table.sort_values(
            ["p_value", "score"], ascending=[True, False], kind="stable", na_position="last"
        )
        sizes = table.groupby("protein_id", sort=False).size()
        low = (table["p_value"] <= LOW).groupby(table["protein_id"], sort=False).sum()
        first = ordered.drop_duplicates("protein_id").set_index("protein_id").loc[sizes.index]
        columns = (first["p_value"], first["score"], first["dna_id"], sizes, low)
        for name, *values in zip(sizes.index, *(one.tolist() for one in columns), strict=True):
            self._take(name, _Best(*values))

    def _take(self, name: str, new: _Best) -> None:
        old = self.best.get(name)
        if old is not None:
            better = min(new, old, key=_rank)
            new = better._replace(pairs=old.pairs + new.pairs, low=old.low + new.low)
        self.best[name] = new

    def ranked(self) -> list[str]:
        """The proteins, those with the best pairs first."""
        return sorted(self.best, key=lambda name: _rank(self.best[name]))

    def levels(self) -> list[Level]:
        """Found and expected numbers of low p-values; none without p-values."""
        if not self.tests:
            return []
        return [
            Level(f"{p:g}", f"{found:,}", f"{self.tests * p:,.3g}")
            for p, found in self._found.items()
        ]


def _rank(best: _Best) -> tuple[float, float]:
    """Sorts the lowest p-value first, then the highest score; what is missing comes last."""
    p = math.inf if math.isnan(best.p) else best.p
    return p, math.inf if math.isnan(best.score) else -best.score


def protein_rows(cards: Mapping[str, ProteinCard], counts: Counts) -> list[ProteinRow]:
    """Rows of the proteins that have cards."""
    rows = []
    for name, card in cards.items():
        best = counts.best[name]
        scored = not math.isnan(best.score)
        low = f"{best.low:,}" if not math.isnan(best.p) else ""
        rows.append(
            ProteinRow(
                card,
                f"{best.pairs:,}",
                low,
                short(best.p),
                short(best.score),
                best.dna if scored else "",
            )
        )
    return rows


def site_rows(table: pd.DataFrame) -> Sequence[SiteRow]:
    """Rows of the best pairs."""
    rows = []
    for row in table.to_dict("records"):
        rows.append(
            SiteRow(
                protein=row["protein_id"],
                dna=row["dna_id"],
                p_value=short(row["p_value"]),
                score=short(row["score"]),
                probability=chance(row["probability"]),
                uncertainty=short(row.get("uncertainty")),
                window=row["window"],
                trust=row["trust"] or "",
                nearest=row["nearest_measured"] or "",
                identity=short(row["nearest_identity"]),
            )
        )
    return rows
