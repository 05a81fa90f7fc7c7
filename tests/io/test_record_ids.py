"""An id of a table that no record has: the message shows which record is most likely meant."""

from __future__ import annotations

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import as_records
from dna_protein_bca.io.record_ids import RecordIds, select_records

PROTEINS = ["sp|P61244|MAX_HUMAN", "sp|P15976-2|GATA1_HUMAN", "ENSP00000358490.4", "CTCF"]
DNA = ["chr1:100-201", "chr2:100-201", "NC_000001.11:5-9", "peak_17"]


@pytest.mark.parametrize(
    ("id", "near"),
    [
        ("P61244", PROTEINS[0]),
        ("MAX_HUMAN", PROTEINS[0]),
        ("MAX", PROTEINS[0]),
        ("sp|P61244|max_human", PROTEINS[0]),
        ("sp|P61244|MAX_HUMAN Protein max OS=Homo sapiens", PROTEINS[0]),
        ("tr|P61244|SOMETHING", PROTEINS[0]),
        ("P15976", PROTEINS[1]),
        ("ENSP00000358490", PROTEINS[2]),
        ("ENSP00000358490.2", PROTEINS[2]),
        ("ctcf", PROTEINS[3]),
        ("'CTCF'", PROTEINS[3]),
        ("sp|P99999|NONE_HUMAN", None),
        ("CTFC", None),
        ("ENSP0000358490.4", None),
        ("GATA1", PROTEINS[1]),
        ("LHX2", None),
    ],
)
def test_nearest_protein(id: str, near: str | None) -> None:
    assert RecordIds("protein_id", PROTEINS).nearest(id) == near


@pytest.mark.parametrize(
    ("id", "near"),
    [
        ("chr1:100-201 peak 7", DNA[0]),
        ("CHR2:100-201", DNA[1]),
        ("chr1_100_201", DNA[0]),
        ("1:100-201", DNA[0]),
        ("peak17", DNA[3]),
        ("elsewhere", None),
        ("chr1:100-202", None),
        ("chr1:100-2", None),
        ("peak_18", None),
    ],
)
def test_nearest_dna(id: str, near: str | None) -> None:
    assert RecordIds("dna_id", DNA).nearest(id) == near


def test_the_message_says_what_an_id_is() -> None:
    known = RecordIds("protein_id", PROTEINS)
    rule = "an id is the header up to the first blank"
    text = str(known.error("P61244", "pairs.tsv", 2))
    assert text.startswith("pairs.tsv:2: protein_id 'P61244' is not in the protein file, and ")
    assert "'sp|P61244|MAX_HUMAN' is" in text and rule in text
    text = str(known.error("sp|P61244|MAX_HUMAN Protein max"))
    assert text.endswith(f"'sp|P61244|MAX_HUMAN' is: {rule}")
    assert "same upper-case and lower-case" in str(known.error("sp|p61244|max_human"))
    text = str(known.error("LHX2"))
    shown = "'sp|P61244|MAX_HUMAN', 'sp|P15976-2|GATA1_HUMAN', 'ENSP00000358490.4'"
    assert f"which has {shown} and others: " in text
    assert text.endswith("add its sequence, or remove the row")


def test_a_record_that_was_left_out_is_in_the_file() -> None:
    skipped: list[InputError] = []
    records = list(as_records({"a": "ACGT", "b": "A-"}, "dna", on_error="skip", skipped=skipped))
    known = RecordIds("dna_id", [record.id for record in records], skipped)
    assert str(known.error("b")) == "dna_id 'b' is of a record that was left out of the dna file"


def test_records_that_are_wanted() -> None:
    records = as_records({"a": "ACGT", "b": "AC", "c": "AA"}, "dna")
    kept, others = select_records(records, {"c", "a", "d"})
    assert [record.id for record in kept] == ["a", "c"]
    assert others == ["b"]
