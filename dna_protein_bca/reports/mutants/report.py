"""The page on what mutations of proteins do to binding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from dna_protein_bca.plots.substitutions import LEAST_TOP
from dna_protein_bca.plots.svg.heatmap import Substitutions, heatmap_svg
from dna_protein_bca.reports.page import PageTable, write_report
from dna_protein_bca.reports.parts.limits import ALWAYS
from dna_protein_bca.reports.parts.proteins import Known, known_of
from dna_protein_bca.reports.values import short

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
    from dna_protein_bca.proteins.relatives import MeasuredProteins

MOST_ROWS = 1000
"""Mutations of a page."""

MOST_CELLS = 6000
"""Substitutions that are drawn: more would make the page too large to send."""

NUMBERS = ("loss", "specificity_change", "profile_log_odds", "mean_delta_score")
"""Columns of numbers with many digits."""


class Stretch(Protocol):
    """Consecutive residues of a protein, as `plots.substitutions` draws them."""

    @property
    def name(self) -> str: ...
    @property
    def residues(self) -> str: ...
    @property
    def first(self) -> int: ...
    @property
    def contacts(self) -> np.ndarray: ...
    @property
    def values(self) -> Mapping[str, np.ndarray]: ...


class HeatMaps(NamedTuple):
    """The pictures of a protein: SVG elements."""

    protein: str
    pictures: list[str]


class WildTypes(NamedTuple):
    """The proteins whose mutations a page is about.

    Attributes:
        encoded: as a predictor encodes them.
        measured: see `known_of`.
    """

    encoded: EncodedProteins | EncodedByAll
    measured: MeasuredProteins | None


class MutantReport:
    """Takes in tables of mutations, and writes one page about them.

    Memory holds `MOST_ROWS` rows and the table at hand.

    Args:
        notes: sentences about what these numbers cannot say, the gravest first.
        facts: names and values about how they were made.
    """

    def __init__(self, notes: Sequence[str] = (), facts: Mapping[str, str] | None = None) -> None:
        self._notes, self._facts = list(notes), dict(facts or {})
        self._best: pd.DataFrame | None = None
        self._rows = 0

    def add(self, table: pd.DataFrame) -> None:
        """Take in rows with `loss` and `specificity_change`."""
        import pandas as pd

        self._rows += len(table)
        joined = table if self._best is None else pd.concat([self._best, table])
        ordered = joined.sort_values(
            ["loss", "specificity_change"], ascending=False, kind="stable", na_position="last"
        )
        self._best = ordered.head(MOST_ROWS)

    def write(
        self,
        folder: str | Path,
        stretches: Mapping[str, Sequence[Stretch]],
        order: str,
        wild_types: WildTypes | None = None,
        title: str = "Mutations of proteins",
    ) -> None:
        """Write `report.html` into a folder, which is made where there is none.

        Args:
            stretches: protein -> its domains, whose substitutions are drawn.
            order: amino acids of their rows.
            wild_types: of which the page says what is known; None for nothing.
        """
        values = self.view(stretches, order, wild_types)
        write_report(folder, "mutants.html", title=title, **values)

    def view(
        self,
        stretches: Mapping[str, Sequence[Stretch]],
        order: str,
        wild_types: WildTypes | None = None,
    ) -> dict[str, Any]:
        """The values of the template `mutants.html`, but for its title."""
        maps = heat_maps(stretches, order)
        table = PageTable([], []) if self._best is None else _texts(self._best)
        known = Known(list(ALWAYS), [], 0) if wild_types is None else known_of(*wild_types)
        return {
            "facts": self._facts,
            "known": known._replace(limits=[*self._notes, *known.limits]),
            "maps": maps,
            "drawable": len(stretches),
            "table": table,
            "found": self._rows,
        }


def heat_maps(stretches: Mapping[str, Sequence[Stretch]], order: str) -> list[HeatMaps]:
    """A picture of each title of each domain, protein after protein up to `MOST_CELLS`."""
    drawn: list[HeatMaps] = []
    cells = 0
    for protein, domains in stretches.items():
        cells += sum(matrix.size for domain in domains for matrix in domain.values.values())
        if cells > MOST_CELLS and drawn:
            break
        drawn.append(HeatMaps(protein, [one for domain in domains for one in _maps(domain, order)]))
    return drawn


def _maps(domain: Stretch, order: str) -> list[str]:
    pictures = []
    for title, matrix in domain.values.items():
        high = float(np.abs(matrix[np.isfinite(matrix)]).max(initial=LEAST_TOP))
        given = Substitutions(
            domain.residues, domain.first, order, matrix, np.asarray(domain.contacts), high
        )
        pictures.append(heatmap_svg(given, f"{domain.name}: {title}"))
    return pictures


def _texts(table: pd.DataFrame) -> PageTable:
    """Columns as they are called, cells as text."""
    rows = []
    for row in table.to_dict("records"):
        rows.append([_text(name, value) for name, value in row.items()])
    return PageTable([name.replace("_", " ") for name in table], rows)


def _text(name: str, value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return short(float(value)) if name in NUMBERS else str(value)
