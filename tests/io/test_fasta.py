"""FASTA: read as it comes, and every problem named with its line."""

from __future__ import annotations

import gzip
import io
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from Bio.SeqIO.FastaIO import SimpleFastaParser
from hypothesis import assume, given
from hypothesis import strategies as st

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import LETTERS, Kind, SequenceRecord, _Hashes, as_records, read_fasta

PROTEIN = "MSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQIL"

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: str | bytes) -> Path:
        path = tmp_path / "x.fa"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def _error(path: Path, kind: Kind = "dna") -> str:
    with pytest.raises(InputError) as caught:
        list(read_fasta(path, kind))
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(path))
    return text.removeprefix(str(path))


def test_records(write: Write) -> None:
    path = write("\n>sp|P1|MAX a comment\nACG t\n\nnnU  \n>two\tx\nAC\n>three\nRYKMSWBDHVN\n\n")
    assert list(read_fasta(path, "dna")) == [
        SequenceRecord("sp|P1|MAX", "ACGtnnU", str(path), 2),
        SequenceRecord("two", "AC", str(path), 6),
        SequenceRecord("three", "RYKMSWBDHVN", str(path), 8),
    ]


def test_proteins_are_upper_case_without_their_stop(write: Write) -> None:
    path = write(">a\nmkv\nxbzjuo*\n>b\nMK\n")
    assert [record.sequence for record in read_fasta(path, "protein")] == ["MKVXBZJUO", "MK"]


def test_windows_file(write: Write) -> None:
    path = write(b"\xef\xbb\xbf>a b\r\nAC\r\nGT\r\n\r\n>b\r\nA-C\r\n")
    records = read_fasta(path, "dna")
    assert next(records) == SequenceRecord("a", "ACGT", str(path), 1)
    with pytest.raises(InputError, match=":6: "):
        next(records)


def test_one_line_of_a_megabase(write: Write) -> None:
    sequence = "ACGT" * 250_000
    (record,) = read_fasta(write(f">chr1\n{sequence}\n"), "dna")
    assert record.sequence == sequence


def test_no_line_end_at_the_end_of_the_file(write: Write) -> None:
    (record,) = read_fasta(write(">a\nACGT"), "dna")
    assert record.sequence == "ACGT"


def test_gzip_and_stdin(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    content = gzip.compress(b">a\nACGT\n", mtime=0)
    assert [record.id for record in read_fasta(write(content), "dna")] == ["a"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert list(read_fasta("-", "dna")) == [SequenceRecord("a", "ACGT", "-", 1)]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b">a\nAC9T\n")))
    with pytest.raises(InputError, match=r"^stdin:2: "):
        list(read_fasta("-", "dna"))


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="aB1|_é", min_size=1, max_size=8),
            st.lists(st.text(alphabet="ACGTNacgtnU", min_size=1), min_size=1, max_size=4),
        ),
        min_size=1,
        unique_by=lambda record: record[0],
    )
)
def test_as_biopython_reads_it(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, list[str]]]
) -> None:
    text = "".join(f">{id} comment\n" + "\n".join(lines) + "\n" for id, lines in records)
    path = tmp_path_factory.getbasetemp() / "any.fa"
    path.write_text(text, encoding="utf-8")
    # These stand for a missing value.
    assume(not any("".join(lines).upper() in ("NA", "NAN") for _, lines in records))
    expected = [(t.split()[0], s) for t, s in SimpleFastaParser(io.StringIO(text))]
    found = list(read_fasta(path, "dna"))
    assert [(record.id, record.sequence) for record in found] == expected
    lines = text.split("\n")
    assert all(lines[record.line - 1].startswith(f">{record.id} ") for record in found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty"),
        ("\n\n", ": the file is empty"),
        (gzip.compress(b"", mtime=0), ": the file is empty"),
        ("\nACGT\n>a\nACGT\n", ":2: not FASTA, it begins with 'ACGT'"),
        ("@read1\nACGT\n+\nIIII\n", ":1: not FASTA, .*FASTQ"),
        ("LOCUS       SCU49845\n", ":1: not FASTA, .*GenBank"),
        ("<!DOCTYPE html>\n", ":1: not FASTA"),
        (b"\xff\x00\xfe\x01", ": binary"),
        (
            gzip.compress(b">a\n" + random.Random(0).randbytes(9000).hex().encode(), mtime=0)[
                :5000
            ],
            "early",
        ),
    ],
)
@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_files_that_are_no_fasta(
    content: str | bytes, message: str, on_error: str, write: Write
) -> None:
    skipped: list[InputError] = []
    with pytest.raises(InputError, match=message):
        list(read_fasta(write(content), "dna", on_error=on_error, skipped=skipped))  # type: ignore[arg-type]


def test_missing_file_is_found_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_fasta(tmp_path / "absent.fa", "dna")


FAULTS: list[tuple[Kind, str, str]] = [
    ("dna", ">a\nAC\n>\nACGT\n", ":3: a record without an id"),
    ("dna", ">a\nAC\n> a b\nACGT\n", ":3: a record without an id"),
    ("dna", ">a\nAC\n>b\nAC\n>a other\nACGT\n", ":5: duplicate id 'a'"),
    ("dna", ">a\n>b\nACGT\n", ":1: record 'a' has an empty sequence"),
    ("dna", ">b\nACGT\n>a\n\n", ":3: record 'a' has an empty sequence"),
    ("protein", ">a\n*\n", ":1: record 'a' has an empty sequence"),
    ("dna", ">a\nAC\nGT\n\nA CG-T\nAC-\n", ":5: DNA 'a' has '-' at position 8: .*gaps"),
    ("dna", ">a\n1 ACGT\n", ":2: DNA 'a' has '1' at position 1: .*numbers"),
    (
        "dna",
        ">a\nACGT*\n",
        ":2: DNA 'a' has '[*]' at position 5: remove it",
    ),
    ("dna", ">a\nACGT>b\nACGT\n", ":2: DNA 'a' has '>' at position 5: .*line end"),
    ("dna", ">a\nACG\x00\n", ":2: DNA 'a' has '.x00' at position 4"),
    ("dna", ">a\nACGTACGTACX\n", ":2: DNA 'a' has 'X' at position 11: the letters are A C G T U"),
    ("protein", ">a\nMKV*\nLL*\n", ":2: protein 'a' has '[*]' at position 4: a stop"),
    ("protein", ">a\nMK\nV-L\n", ":3: protein 'a' has '-' at position 4"),
    ("protein", ">a\nMKß\n", ":2: protein 'a' has 'ß' at position 3"),
    ("dna", f">a\n{PROTEIN}\n", r":1: DNA 'a' looks like a protein \(\d\d% of its letters"),
    ("protein", ">a\n" + "ACGTN" * 6 + "\n", r":1: protein 'a' looks like DNA \(100% of it"),
    ("protein", ">a\n" + "GA" * 20 + "\n", ":1: protein 'a' looks like DNA .* repeats, remove it"),
    ("protein", ">a\n" + "acgu" * 10 + "EFI\n", r":1: protein 'a' looks like DNA \(93% of it"),
    ("protein", ">a\n" + "ACGTRYSWKM" * 3 + "\n", ":1: protein 'a' looks like DNA .*IUPAC"),
    ("protein", ">a\nMK\n;note\n", ":3: protein 'a' has ';' at position 3: remove the comment"),
    ("protein", f">a\n{PROTEIN}/{PROTEIN}\n", ":2: protein 'a' has '/' .*each chain"),
    ("protein", f">P1;A\nA TITLE\n{PROTEIN}*\n", ":1: record 'P1;A' is in PIR format"),
    ("protein", f">F1;A\nsequence:A: : :\n{PROTEIN}*\n", ":1: record 'F1;A' is in PIR"),
    ("dna", ">DL;A x\nTATA TATA\nACGTACGT*\n", ":1: record 'DL;A' is in PIR format"),
]


@pytest.mark.parametrize(("kind", "content", "message"), FAULTS)
def test_broken_records(kind: Kind, content: str, message: str, write: Write) -> None:
    if "\x00" in content:  # past the head, where a file is no longer taken for binary
        content = ">long\n" + "A" * 5000 + "\n" + content
        message = message.replace(":2:", ":4:")
    assert re.match(message, _error(write(content), kind))


@pytest.mark.parametrize(
    ("kind", "sequence"),
    [
        ("protein", "ACGT" * 7 + "A"),  # 29 residues
        ("protein", "ACGT" * 9 + "EFIL"),  # just 90%
        ("dna", "ACGT" * 10),
        ("dna", "RYKMSWBDHVN"),
    ],
)
def test_doubtful_records_that_pass(kind: Kind, sequence: str, write: Write) -> None:
    (record,) = read_fasta(write(f">a\n{sequence}\n"), kind)
    assert record.sequence == sequence


NOTICES = [
    "Sequence unavailable",
    "SEQUENCE UNAVAILABLE",
    "sequence not available",
    "No hits found",
    "no\nhits\nfound",
    "None",
    "null",
    "N/A",
    "n/a",
    "Deleted entry",
    "DELETED ENTRY",
    "Error: no protein sequence",
    "No UTR is annotated for this transcript",
    "This entry was withdrawn by its authors",
    "retracted",
    "PSEUDOGENE",
    "pseudogene",
    "noncoding",
    "non-coding",
    "Placeholder",
    "pending",
    "TODO",
    "nan",
    "NaN",
    "NA",
    "TBD",
]


@pytest.mark.parametrize("text", NOTICES)
def test_text_in_place_of_a_protein(text: str, write: Write) -> None:
    path = write(f">b\n{PROTEIN}\n>a\n{text}\n")
    shown = re.escape(repr(text.replace("\n", " ")))
    assert re.match(f":4: protein 'a' looks like text, {shown}: give its ", _error(path, "protein"))
    skipped: list[InputError] = []
    (record,) = read_fasta(path, "protein", on_error="skip", skipped=skipped)
    assert record.id == "b" and len(skipped) == 1
    with pytest.raises(InputError, match=r"^protein 'a' looks like text"):
        list(as_records({"a": text.replace("\n", " ")}, "protein"))


@pytest.mark.parametrize("text", NOTICES)
def test_text_in_place_of_a_dna(text: str, write: Write) -> None:
    message = _error(write(f">b\nACGT\n>a\n{text}\n"))
    assert re.match(":4: DNA 'a' looks like text, ", message)


@pytest.mark.parametrize(
    "title", ["Alpha crystallin B chain", "PROTEIN OF MANY WORDS", "Max alpha"]
)
def test_a_title_before_the_sequence(title: str, write: Write) -> None:
    path = write(f">a\n{PROTEIN}\n>b\n{title}\n{PROTEIN}\n")
    assert f":4: protein 'b' looks like text, '{title}'" in _error(path, "protein")


@pytest.mark.parametrize(
    "lines",
    [
        ["MSDNDDIEVE SDEEQPRFQS AADKRAHHNA", "LERKRRDHIK DSF"],
        ["msdnddieve sdeeqprfqs", "aadk"],
        ["MSDNDDIEVESDEE ", " QPRFQSAADKR"],
        ["MSDNDDIEVE SDEEQPRF"],
        ["MSDNDDI EVESDEEQPRF"],
        ["MSD NDDIEVE SDEEQ PRF"],
        ["M"],
        ["XXXXXXXXXX"],
        ["GSGSGSGSGS" * 4],
        ["MKMKMKMKMK" * 4],
        ["SKSRSK" * 10],
    ],
)
def test_proteins_that_are_no_text(lines: list[str], write: Write) -> None:
    (record,) = read_fasta(write(">a\n" + "\n".join(lines) + "\n"), "protein")
    assert record.sequence == "".join(lines).replace(" ", "").upper()


def test_proteins_of_x_alone(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    path = write(f">a\n{PROTEIN}\n>b\nXXXX\nxx\n>c\nX*\n>d\nMXXX\n")
    assert len(list(read_fasta(path, "protein"))) == 4
    (message,) = caplog.messages
    assert message.startswith(f"{path}: 2 proteins of X alone, no residue of which is known: 'b' (")


def test_short_proteins_of_the_letters_of_dna(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    chains = [f"ACGTRYACGT{'N' * size}" for size in range(5)]
    records = "".join(f">c{row}\n{chain}\n" for row, chain in enumerate(chains))
    path = write(f">a\n{PROTEIN}\n{records}>b\nMK\n>d\n{'ACGT' * 4}E\n")
    found = list(read_fasta(path, "protein"))
    assert len(found) == 8
    (said,) = caplog.messages
    names = "'c0' (line 3), 'c1' (line 5), 'c2' (line 7) and 2 more"
    assert said.startswith(f"{path}: 5 proteins of the letters of DNA alone: {names}. ")
    caplog.clear()
    # It was said of these.
    assert len(list(as_records(found, "protein"))) == 8
    assert not caplog.messages
    list(as_records({"x": "CACGTG"}, "protein"))
    assert caplog.messages[0].startswith("1 protein of the letters of DNA alone: 'x'. ")
    caplog.clear()
    list(as_records({"x": "CACGTG"}, "dna"))
    assert not caplog.messages


def test_letters_of_proteins_in_dna(write: Write) -> None:
    # Just 10% E F I L P Q is a wrong letter, more is a protein.
    assert "'E' at position 10" in _error(write(">a\nACGTACGTAE\n"))
    assert "looks like a protein" in _error(write(">a\nACGTACGTE\n"))


def test_latin_1(write: Write) -> None:
    path = write(">a Müller\nACGT\n>bé\nACGT\n".encode("latin-1"))
    records = read_fasta(path, "dna")
    assert next(records).id == "a"
    with pytest.raises(InputError, match=r":3: the id .* is not UTF-8"):
        next(records)
    (record,) = read_fasta(write(">bé|1 x\nACGT\n"), "dna")
    assert record.id == "bé|1"


def test_skip(write: Write) -> None:
    path = write(">a\nAC\n>b\nA-\n>c\n>a\nGG\n>\nAC\n>d\nGT\n")
    skipped: list[InputError] = []
    records = list(read_fasta(path, "dna", on_error="skip", skipped=skipped))
    assert [record.id for record in records] == ["a", "d"]
    assert [(error.path, error.line) for error in skipped] == [
        (str(path), line) for line in (4, 5, 6, 8)
    ]
    assert len(list(read_fasta(path, "dna", on_error="skip"))) == 2


def test_fail_stops_at_the_first(write: Write) -> None:
    records = read_fasta(write(">a\nAC\n>b\nA-\n>c\nAC\n"), "dna")
    assert next(records).id == "a"
    with pytest.raises(InputError, match=":4: "):
        next(records)
    assert list(records) == []


def test_arguments_that_are_none(write: Write) -> None:
    path = write(">a\nACGT\n")
    with pytest.raises(ValueError, match="on_error"):
        read_fasta(path, "dna", on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kind"):
        read_fasta(path, "rna")  # type: ignore[arg-type]


@given(st.sampled_from(["protein", "dna"]), st.text(min_size=1))
def test_letters(kind: Kind, text: str) -> None:
    accepted = LETTERS[kind] + LETTERS[kind].lower()
    right = all(letter in accepted for letter in text.rstrip("*" if kind == "protein" else ""))
    skipped: list[InputError] = []
    records = list(as_records([("a", text)], kind, on_error="skip", skipped=skipped))
    if not right:
        assert not records and len(skipped) == 1
    elif records:
        assert records[0].sequence.upper() == text.upper().rstrip("*")
    else:
        assert "looks like" in str(skipped[0]) or "empty" in str(skipped[0])


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_hashes_are_a_set(values: list[int]) -> None:
    # 0 and 1 share a slot's mark: a hash of either is as unlikely as any other.
    hashes, expected = _Hashes(), set()
    for value in values:
        assert hashes.add(value) == ((value or 1) not in expected)
        expected.add(value or 1)


def test_hashes_grow() -> None:
    hashes, random_numbers = _Hashes(), random.Random(0)
    values = [random_numbers.getrandbits(63) for _ in range(5000)]
    # All begin their search at the same slot.
    values += [value << 40 for value in range(2, 300)]
    assert all(hashes.add(value) for value in values)
    assert not any(hashes.add(value) for value in values)
