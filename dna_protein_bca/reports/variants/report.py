"""The page on what variants of a genome do to binding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.io.genome import Contigs
from dna_protein_bca.plots.charts import Line, chart
from dna_protein_bca.reports.page import write_report
from dna_protein_bca.reports.parts.proteins import known_of, protein_cards

from .drawn import Drawn, draw_row
from .rows import MOST_ROWS, best_rows, variant_rows

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.proteins.relatives import MeasuredProteins

CHARTS, DRAWN = 6, 6
"""Proteins that have a chart, and variants that are drawn."""

EFFECTS = ("gained", "lost", "moved", "kept", "")
"""In the order of the page; the last is of variants where neither allele has a site."""


class VariantReport:
    """Takes in tables of variants, and writes one page about them.

    Memory holds `MOST_ROWS` rows, some counts, and the table at hand.

    Args:
        encoded: the proteins; genome: what the variants are of.
        facts: names and values about how they were scored.
        aliases: other names of the chromosomes, see `find_chromosome`.
        measured: see `known_of`.
    """

    def __init__(
        self,
        encoded: EncodedProteins | EncodedByAll,
        genome: Contigs,
        facts: Mapping[str, str] | None = None,
        *,
        aliases: Mapping[str, str] | None = None,
        measured: MeasuredProteins | None = None,
    ) -> None:
        self._encoded, self._genome, self._aliases = encoded, genome, aliases
        self._measured, self._tests = measured, 0
        self._facts = dict(facts or {})
        self._best: pd.DataFrame | None = None
        self._effects: dict[str, Counter[str]] = {}
        self._pairs = 0

    def add(self, table: pd.DataFrame) -> None:
        """Take in rows with the columns of `variant.genomic`."""
        self._pairs += len(table)
        scored = table[table["score_ref"].notna()]
        self._tests += int(table["delta_p"].notna().sum())
        for (name, effect), count in (
            scored.assign(effect=scored["effect"].fillna(""))
            .groupby(["protein_id", "effect"])
            .size()
            .items()
        ):
            self._effects.setdefault(name, Counter())[effect] += int(count)
        self._best = best_rows(self._best, scored)

    def write(
        self, folder: str | Path, alleles: Mapping[str, int], title: str = "Variants of DNA"
    ) -> None:
        """Write `report.html` into a folder, which is made where there is none.

        Args:
            alleles: status -> how many alternative alleles have it.
        """
        known = known_of(self._encoded, self._measured, tests=self._tests)
        values = {"view": self.view(alleles), "known": known}
        write_report(folder, "variants.html", title=title, **values)

    def view(self, alleles: Mapping[str, int]) -> dict[str, Any]:
        """What the template `variants_body.html` shows."""
        rows = self._best
        return {
            "facts": self._facts,
            "alleles": {name: f"{count:,}" for name, count in alleles.items() if count},
            "effects": EFFECTS,
            "counts": {
                name: [f"{counts[effect]:,}" for effect in EFFECTS]
                for name, counts in self._effects.items()
            },
            "charts": [] if rows is None else _charts(rows),
            "drawn": [] if rows is None else self._drawn(rows),
            "rows": [] if rows is None else variant_rows(rows),
            "scored": sum(counts.total() for counts in self._effects.values()),
            "pairs": self._pairs,
            "most": MOST_ROWS,
        }

    def _drawn(self, rows: pd.DataFrame) -> list[Drawn]:
        """The variants that move the scores most, both alleles on their sequence."""
        changed = rows[rows["effect"].notna()].head(DRAWN)
        cards = protein_cards(self._encoded, list(dict.fromkeys(changed["protein_id"])))
        return [
            draw_row(row, cards[row["protein_id"]], self._genome, self._aliases)
            for row in changed.to_dict("records")
        ]


def _charts(rows: pd.DataFrame) -> list[str]:
    """Scores of the alternative allele against those of the reference, a chart a protein."""
    charts = []
    for name, part in list(rows.groupby("protein_id", sort=False))[:CHARTS]:
        effect = part["effect"].fillna("").to_numpy(object)
        lines = []
        for kind in EFFECTS:
            x, y = part.loc[effect == kind, ["score_ref", "score_alt"]].to_numpy(float).T
            lines.append(Line(kind or "no site", x, y, marked=True, drawn=False))
        scores = part[["score_ref", "score_alt"]].to_numpy(float)
        ends = np.array([scores.min(), scores.max()])
        lines.append(Line("", ends, ends, dashed=True))
        charts.append(chart(str(name), "score of the reference", "score of the variant", lines))
    return charts
