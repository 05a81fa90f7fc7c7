"""Sequences from Python: dicts, pairs, records and lists, checked as files are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord, as_records, read_fasta

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: str | bytes) -> Path:
        path = tmp_path / "x.fa"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def test_sources_from_python(write: Write) -> None:
    path = write(">a\nACGT\n>b\nTT\n")
    expected = [("a", "ACGT"), ("b", "TT")]
    for source in (path, str(path), dict(expected), expected, iter(map(list, expected))):
        found = list(as_records(source, "dna"))  # type: ignore[arg-type]
        assert [(record.id, record.sequence) for record in found] == expected
    records = list(read_fasta(path, "dna"))
    assert list(as_records(records, "dna")) == records


def test_sources_from_python_are_checked() -> None:
    with pytest.raises(InputError, match=r"^DNA 'b' has '-' at position 2"):
        list(as_records({"a": "AC", "b": "A-"}, "dna"))
    with pytest.raises(InputError, match=r"^duplicate id 'a'"):
        list(as_records([("a", "AC"), ("a", "AC")], "dna"))
    skipped: list[InputError] = []
    pairs = [("a", "AC"), ("b", ""), ("c", "mk*")]
    assert list(as_records(pairs, "protein", on_error="skip", skipped=skipped)) == [
        SequenceRecord("a", "AC"),
        SequenceRecord("c", "MK"),
    ]
    assert len(skipped) == 1


@pytest.mark.parametrize("source", [[("a", 1)], [("a", None)], [1], ("a", "ACGT")])
def test_sources_that_are_none(source: object) -> None:
    with pytest.raises(TypeError, match="pair of id and sequence"):
        list(as_records(source, "dna"))  # type: ignore[arg-type]
