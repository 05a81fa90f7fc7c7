"""The DNA around sites, while its records pass by in a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.reports.parts.cards import FLANK, Window, plain

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 20_000
"""Bases of a record that is kept whole, so that the score along it can be drawn."""


class PassingRecords:
    """Remembers records until the rows about them have come.

    Args:
        keep: rows about a record may come again later, as those of a table of pairs do; then all
            records are remembered.
    """

    def __init__(self, keep: bool = False) -> None:
        self._keep = keep
        self._sequences: dict[str, str] = {}

    def watch(self, records: Iterable[SequenceRecord]) -> Iterator[SequenceRecord]:
        """The same records."""
        for record in records:
            self._sequences[record.id] = record.sequence
            yield record

    def attach(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows with the DNA of their sites.

        Args:
            table: rows with a score.

        Returns:
            The rows with the columns `window` (a `Window`) and `sequence` (the whole record, None
            where it is longer than `LONGEST`).
        """
        import pandas as pd

        windows, sequences = [], []
        columns = (table["dna_id"], table["start"], table["end"], table["strand"])
        for name, start, end, strand in zip(*columns, strict=True):
            whole = self._sequences[name]
            first = max(0, int(start) - FLANK)
            bases = plain(whole[first : int(end) + FLANK])
            windows.append(Window(bases, first, int(start), int(end), strand))
            sequences.append(whole if len(whole) <= LONGEST else None)
        return table.assign(
            window=pd.Series(windows, table.index, dtype=object),
            sequence=pd.Series(sequences, table.index, dtype=object),
        )

    def forget(self, table: pd.DataFrame) -> None:
        """Let go of the records that these rows, the last about them, are about."""
        if not self._keep:
            for name in table["dna_id"].unique():
                self._sequences.pop(name, None)
