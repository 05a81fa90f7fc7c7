"""Sites counted along a genome, protein by protein."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

BINS = 480
"""Stretches of the genome in which sites are counted."""


class SiteCounts:
    """Counts hits of each protein in stretches of equal width along all contigs.

    Args:
        lengths: contig -> bp, in order.

    Attributes:
        width: bp of a stretch.
        bins: protein -> int64 [stretches].
        lowest: protein -> the lowest p-value.
    """

    def __init__(self, lengths: Mapping[str, int]) -> None:
        total = sum(lengths.values())
        self.width = max(1, -(-total // BINS))
        self.stretches = max(1, -(-total // self.width))
        self.bins: dict[str, np.ndarray] = {}
        self.lowest: dict[str, float] = {}
        ends = np.cumsum([0, *lengths.values()])
        self._offset = dict(zip(lengths, ends.tolist(), strict=False))

    def add(self, table: pd.DataFrame) -> None:
        """Take in hits."""
        middle = (table["start"] + table["end"]) // 2
        at = (table["chrom"].map(self._offset) + middle) // self.width
        for name, rows in table.groupby("protein_id", sort=False):
            found = self.bins.setdefault(name, np.zeros(self.stretches, np.int64))
            found += np.bincount(at[rows.index].astype(np.int64), minlength=self.stretches)
            lowest = float(rows["p_value"].min())
            self.lowest[name] = min(lowest, self.lowest.get(name, lowest))

    def sites(self, name: str) -> int:
        """How many hits a protein has."""
        return int(self.bins[name].sum()) if name in self.bins else 0

    @property
    def total(self) -> int:
        """How many hits there are."""
        return sum(map(self.sites, self.bins))

    def ranked(self) -> list[str]:
        """Proteins with hits, the lowest p-value first."""
        return sorted(self.lowest, key=lambda name: self.lowest[name])
