"""The pairs that a table names -> rows of proteins and DNA."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import OnError, SequenceRecord
from dna_protein_bca.io.record_ids import RecordIds, select_records

from .dna_records import DNARecords

if TYPE_CHECKING:
    import pandas as pd


class NamedPairs(NamedTuple):
    """Pairs of a table, in its order.

    Attributes:
        dna_ids: object [r], the records that the table names.
        records: their tokens.
        protein, dna: int64 [q], rows of the proteins and of the records.
    """

    dna_ids: np.ndarray
    records: DNARecords
    protein: np.ndarray
    dna: np.ndarray


def find_pairs(
    table: pd.DataFrame,
    protein_ids: Sequence[str],
    records: Iterable[SequenceRecord],
    on_error: OnError,
    skipped: list[InputError] | None,
) -> NamedPairs:
    """Look up the ids of a table of pairs.

    Args:
        table: with `protein_id` and `dna_id`, and `path` and `line` where it was a file.
        records: the DNA; read to its end.
        on_error: `skip` leaves a pair out whose protein or DNA is not there, and appends an error
            to `skipped`.

    Raises:
        InputError: an id that is not there.
    """
    taken, others = select_records(records, set(table["dna_id"]))
    sequences = {record.id: record.sequence for record in taken}
    known = {
        "protein_id": RecordIds("protein_id", protein_ids, skipped or ()),
        "dna_id": RecordIds("dna_id", [*sequences, *others], skipped or ()),
    }
    del taken, others
    protein_row = {name: row for row, name in enumerate(protein_ids)}
    dna_row = {name: row for row, name in enumerate(sequences)}
    protein, dna = table["protein_id"].map(protein_row), table["dna_id"].map(dna_row)
    absent = protein.isna() | dna.isna()
    for _, row in table[absent].iterrows():
        column = "protein_id" if row["protein_id"] not in protein_row else "dna_id"
        error = known[column].error(row[column], row.get("path"), row.get("line"))
        if on_error == "fail":
            raise error
        if skipped is not None:
            skipped.append(error)
    return NamedPairs(
        np.array(list(sequences), dtype=object),
        DNARecords.from_sequences(list(sequences.values())),
        protein[~absent].to_numpy(np.int64),
        dna[~absent].to_numpy(np.int64),
    )
