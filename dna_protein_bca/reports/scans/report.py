"""The page on a scan of a genome."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.io.genome import Contigs
from dna_protein_bca.plots.svg.density import density_svg
from dna_protein_bca.reports.page import write_report
from dna_protein_bca.reports.parts.cards import FLANK, SiteCard, Window, draw_window, plain
from dna_protein_bca.reports.parts.limits import limits
from dna_protein_bca.reports.parts.proteins import (
    MOST_PROTEINS,
    ProteinCard,
    doubts_about,
    protein_cards,
)
from dna_protein_bca.reports.values import short

from .counts import SiteCounts

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.proteins.relatives import MeasuredProteins

MOST_ROWS = 1000
"""Sites of a page."""

DENSITIES, DRAWN = 12, 12
"""Proteins that have bars along the genome, and sites that are drawn."""


class ProteinSites(NamedTuple):
    """A protein's row: its card, how many sites it has, and the lowest p-value."""

    card: ProteinCard
    sites: str
    expected: str
    lowest: str


class SiteRow(NamedTuple):
    """A site's row, as text."""

    chrom: str
    window: Window
    protein: str
    p_value: str
    q_value: str
    score: str


class ScanReport:
    """Takes in the tables of a scan, and writes one page about them.

    Memory holds `MOST_ROWS` hits, some counts, and the table at hand.

    Args:
        encoded: the proteins; contigs: the genome.
        max_p: the highest p-value of a hit.
        everywhere: hits of the whole genome are reported, and not those of some regions.
        facts: names and values about how the scan was made.
        measured: see `doubts_about`.
    """

    def __init__(
        self,
        encoded: EncodedProteins,
        contigs: Contigs,
        *,
        max_p: float,
        everywhere: bool = True,
        facts: Mapping[str, str] | None = None,
        measured: MeasuredProteins | None = None,
    ) -> None:
        self._encoded, self._contigs, self._measured = encoded, contigs, measured
        self._max_p, self._everywhere = max_p, everywhere
        self._facts = dict(facts or {})
        self._counts = SiteCounts(contigs.lengths)
        self._best: pd.DataFrame | None = None

    def add(self, table: pd.DataFrame) -> None:
        """Take in a part of the hits."""
        import pandas as pd

        self._counts.add(table)
        joined = table if self._best is None else pd.concat([self._best, table])
        ordered = joined.sort_values(["p_value", "score"], ascending=[True, False], kind="stable")
        self._best = ordered.head(MOST_ROWS)

    def write(self, folder: str | Path, title: str = "Scan") -> None:
        """Write `report.html` into a folder, which is made where there is none.

        Raises:
            InputError: see `Genome.fetch`.
        """
        values = self.view()
        write_report(folder, "scan.html", title=title, **values)

    def view(self) -> dict[str, Any]:
        """The values of the template `scan.html`, but for its title."""
        rows = self._rows()
        silent = [id for id in self._encoded.ids if id not in self._counts.lowest]
        names = [*self._counts.ranked(), *silent]
        cards = protein_cards(self._encoded, names[:MOST_PROTEINS])
        contigs = list(self._contigs.lengths.items())
        width = self._counts.width
        bars = [
            (name, density_svg(self._counts.bins[name], contigs, width, f"sites of {name}"))
            for name in self._counts.ranked()[:DENSITIES]
        ]
        return {
            "facts": self._facts,
            "limits": limits(doubts_about(self._encoded, self._measured)),
            "bp": f"{sum(self._contigs.lengths.values()):,}",
            "contigs": len(contigs),
            "bars": bars,
            "bin": f"{width:,}",
            "drawn": [self._drawn(row, cards) for row in self._chosen(rows)],
            "cards": [self._protein(card) for card in cards.values()],
            "proteins": len(names),
            "rows": rows,
            "found": self._counts.total,
            "with_q": bool(rows) and rows[0].q_value != "",
        }

    def _rows(self) -> list[SiteRow]:
        """The best hits with their DNA, the best first."""
        if self._best is None:
            return []
        # In the genome's order, as a compressed file is read from front to back.
        place = {name: number for number, name in enumerate(self._contigs.lengths)}
        ordered = self._best.assign(
            place=self._best["chrom"].map(place), rank=range(len(self._best))
        )
        rows = []
        for row in ordered.sort_values(["place", "start"]).to_dict("records"):
            first = max(0, row["start"] - FLANK)
            bases = plain(self._contigs.fetch(row["chrom"], first, row["end"] + FLANK))
            window = Window(bases, first, row["start"], row["end"], row["strand"])
            numbers = [short(row.get(name)) for name in ("p_value", "q_value", "score")]
            rows.append((row["rank"], SiteRow(row["chrom"], window, row["protein_id"], *numbers)))
        return [row for _, row in sorted(rows, key=lambda pair: pair[0])]

    def _chosen(self, rows: list[SiteRow]) -> list[SiteRow]:
        """The sites that are drawn: proteins take turns, each with its best first."""
        turns: dict[str, int] = {}
        ranked = []
        for row in rows:
            turns[row.protein] = turns.get(row.protein, 0) + 1
            ranked.append((turns[row.protein], row))
        return [row for _, row in sorted(ranked, key=lambda pair: pair[0])[:DRAWN]]

    def _drawn(self, row: SiteRow, cards: Mapping[str, ProteinCard]) -> SiteCard:
        # Of more proteins than have a row, those with the lowest p-values have one.
        card = cards[row.protein]
        title = f"{row.protein} at {row.chrom}"
        numbers = {"p-value": row.p_value, "score": row.score, "site": row.window.place}
        site = draw_window(row.window, card, title)
        return SiteCard(title, card.trust, card.about, numbers, site)

    def _protein(self, card: ProteinCard) -> ProteinSites:
        scanned = sum(self._contigs.lengths.values()) if card.domains and self._everywhere else 0
        return ProteinSites(
            card,
            f"{self._counts.sites(card.id):,}" if card.domains else "",
            f"{scanned * self._max_p:,.3g}" if scanned else "",
            short(self._counts.lowest.get(card.id)),
        )
