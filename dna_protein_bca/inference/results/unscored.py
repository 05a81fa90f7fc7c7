"""What has no answer in a table of predictions, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dna_protein_bca.errors import listed

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 3
"""Ids that a warning names."""


class Unscored:
    """Collects, chunk after chunk, the proteins and the DNA that have no score.

    Args:
        whole: proteins without a known domain are scored as well, by their whole sequence.

    Attributes:
        proteins: ids of those without a known domain; dna: ids of those that are all N or too
            short; both in the order of the table, as keys.
        pairs: how many have no score.
        read_whole: ids of proteins that have a score and no known domain, as keys.
    """

    def __init__(self, whole: bool = False) -> None:
        self.whole = whole
        self.proteins: dict[str, None] = {}
        self.dna: dict[str, None] = {}
        self.pairs = 0
        self.read_whole: dict[str, None] = {}

    def add(self, table: pd.DataFrame) -> None:
        """Take in a table of predictions, or a part of one."""
        without = table["score"].isna()
        self.read_whole |= dict.fromkeys(
            table.loc[~without & (table["dbd"] == "none"), "protein_id"]
        )
        if not without.any():
            return
        rows = table[without]
        self.pairs += len(rows)
        if not self.whole:
            none = rows["dbd"] == "none"
            self.proteins |= dict.fromkeys(rows.loc[none, "protein_id"])
            rows = rows[~none]
        self.dna |= dict.fromkeys(rows["dna_id"])

    def reasons(self) -> list[str]:
        """A sentence without its full stop about the proteins, and one about the DNA."""
        sentences = []
        if self.proteins:
            count, names = len(self.proteins), listed(list(self.proteins), SHOWN)
            noun = "protein has" if count == 1 else "proteins have"
            sentences.append(f"{count} {noun} no known DNA-binding domain, and no score: {names}")
        if self.dna:
            count, names = len(self.dna), listed(list(self.dna), SHOWN)
            noun = "DNA record is" if count == 1 else "DNA records are"
            has = "has" if count == 1 else "have"
            sentences.append(
                f"{count} {noun} all N or shorter than 5 bp, and {has} no score: {names}"
            )
        return sentences
