"""The DNA around sites, taken from records that pass by."""

from __future__ import annotations

import pandas as pd
import pytest

from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.reports.parts.cards import FLANK
from dna_protein_bca.reports.predictions.records import LONGEST, PassingRecords


def rows(*sites: tuple[str, int, int]) -> pd.DataFrame:
    table = pd.DataFrame(sites, columns=["dna_id", "start", "end"])
    return table.assign(strand="+").astype({"start": "Int64", "end": "Int64"})


def test_windows_are_cut_at_the_ends_of_their_record() -> None:
    records = PassingRecords()
    sequence = "a" * 30 + "CACGUG" + "t" * 3
    list(
        records.watch([SequenceRecord("x", sequence), SequenceRecord("long", "A" * LONGEST + "C")])
    )
    table = records.attach(rows(("x", 30, 36), ("x", 0, 4), ("long", 50, 60)))
    inner, edge, far = table["window"]
    assert inner.parts == ("A" * FLANK, "CACGTG", "TTT") and inner.first == 30 - FLANK
    assert edge.parts == ("", "AAAA", "A" * FLANK)
    assert inner.place == "31-36 (+)"
    assert far.parts[1] == "A" * 10
    assert table["sequence"].tolist() == [sequence, sequence, None]


@pytest.mark.parametrize("keep", [False, True])
def test_records_are_let_go_when_their_rows_have_come(keep: bool) -> None:
    records = PassingRecords(keep)
    list(records.watch([SequenceRecord("x", "ACGTACGT"), SequenceRecord("y", "ACGTACGT")]))
    records.forget(rows(("x", 0, 4)))
    assert len(records.attach(rows(("y", 0, 4)))) == 1
    if keep:
        assert len(records.attach(rows(("x", 0, 4)))) == 1
    else:
        with pytest.raises(KeyError):
            records.attach(rows(("x", 0, 4)))
