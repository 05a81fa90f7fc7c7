"""What `variant.protein` returns: tables, and their picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.plots.saving import save_figure
from dna_protein_bca.plots.substitutions import ORDER, Stretch, draw_substitutions
from dna_protein_bca.proteins.mutations import parse_mutation

from .places import canonical_numbers
from .wild import WildType

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

EVIDENCE = (
    "over nine constructs with measured affinities, the loss is not shown to rank mutations better "
    "than the log-odds of the Pfam profile alone (benchmarks/variants.py): read profile_log_odds "
    "beside it"
)
"""What a reader of losses should know, until an interval over proteins excludes zero."""

DRAWN = {
    "loss": "loss on all DNA (nats)",
    "specificity_change": "change of specificity (1 - correlation over 8-mers)",
    "mean_delta_score": "fall of the score on the DNA (below 0: a rise)",
}
"""Columns that are drawn, as far as a table has them, and their titles."""

FALLS = ("mean_delta_score",)
"""Those that are drawn with the other sign, so that high values are lost binding in all maps."""


@dataclass(frozen=True)
class ProteinVariants:
    """What mutations of proteins do.

    Attributes:
        table: a row a mutation, with `COLUMNS` (and `SITE_COLUMNS` where there is DNA).
        pairs: a row a mutation and DNA, with `PAIR_COLUMNS`; None without DNA.
        wild_types: by their ids.
        note: what a reader of losses should know.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame | None
    wild_types: Mapping[str, WildType]
    note: str = EVIDENCE

    def plot(self, protein_id: str | None = None) -> Figure:
        """Heat maps of the substitutions in the domains of one protein, its contacts marked.

        Args:
            protein_id: which; None for the only one.

        Returns:
            A figure of matplotlib; `figure.savefig(path)` writes it.

        Raises:
            InputError: no such protein, several and no id, or no substitution in its domains.
            ModuleNotFoundError: without matplotlib.
        """
        if protein_id is None:
            if len(self.wild_types) != 1:
                raise InputError(f"{len(self.wild_types)} proteins: say which is to be drawn")
            (protein_id,) = self.wild_types
        if protein_id not in self.wild_types:
            raise InputError(f"no mutations of a protein {protein_id!r}")
        return draw_substitutions(protein_id, stretches(self.table, self.wild_types[protein_id]))

    def save_plot(self, path: Path, protein_id: str | None = None) -> None:
        """Write `plot` to a file whose name ends in `.svg`, `.png` or `.pdf`."""
        save_figure(self.plot(protein_id), [path])


def stretches(table: pd.DataFrame, wild: WildType) -> list[Stretch]:
    """The substitutions in each domain of a protein, as arrays.

    Raises:
        InputError: there is none.
    """
    rows = table[table["protein_id"] == wild.record.id]
    shape = len(ORDER), len(wild.record.sequence)
    values = {name: np.full(shape, np.nan) for name in DRAWN if name in table}
    for row in rows.to_dict("records"):
        changes = parse_mutation(row["mutation"])
        if len(changes) == 1 and changes[0].same_length and len(changes[0].new) == 1:
            cell = ORDER.index(changes[0].new), changes[0].start
            for name, matrix in values.items():
                matrix[cell] = np.nan if row[name] is None else row[name]
    for name in FALLS:
        if name in values:
            values[name] = -values[name]
    contacts = wild.contacts()
    found = []
    for domain in wild.places.domains_in_order():
        part = slice(domain.start, domain.end)
        if np.isfinite(values["loss"][:, part]).any():
            found.append(
                Stretch(
                    f"{domain.family} {domain.start + 1}-{domain.end}",
                    wild.record.sequence[part],
                    domain.start + 1,
                    canonical_numbers(domain),
                    contacts[part],
                    {DRAWN[name]: matrix[:, part] for name, matrix in values.items()},
                )
            )
    if not found:
        raise InputError(f"{wild.record.id}: no substitution in a domain, and nothing to draw")
    return found
