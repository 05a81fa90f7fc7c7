"""Proteins that have less of their domain than others of their family, and look whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dna_protein_bca.proteins.coverage import FRAGMENT, typical_coverage
from dna_protein_bca.proteins.relatives import MeasuredProteins

if TYPE_CHECKING:
    import pandas as pd


class Fragments:
    """Collects fragments of domains, chunk after chunk.

    Args:
        measured: the proteins that a coverage is compared with; None for none.

    Attributes:
        found: protein -> its coverage, in the order of the table.
    """

    def __init__(self, measured: MeasuredProteins | None) -> None:
        self.typical = {} if measured is None else typical_coverage(measured)
        self.found: dict[str, float] = {}
        self._seen: set[str] = set()

    def add(self, table: pd.DataFrame) -> None:
        """Take in a table of predictions, or a part of one."""
        new = table[~table["protein_id"].isin(self._seen)].drop_duplicates("protein_id")
        self._seen.update(new["protein_id"])
        for name, dbd, share in zip(new["protein_id"], new["dbd"], new["coverage"], strict=True):
            families = {part.split(":")[0] for part in dbd.split(";")}
            # Of several families the coverage is that of one, and no other is to be blamed.
            if all(share < FRAGMENT * self.typical.get(family, 0.0) for family in families):
                self.found[name] = share
