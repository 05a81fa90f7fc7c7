"""FASTA files and sequences from Python, read as a stream and checked record by record."""

from __future__ import annotations

import io
import logging
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO, TypeAlias

from dna_protein_bca.errors import InputError, listed

from .files import LONGEST_LINE, PathLike, check_readable, open_text, too_long
from .remote import asked_accessions, fetch_proteins
from .sequence_checks import LETTERS, Fault, Kind, find_fault, may_be_dna, shown

__all__ = [
    "LETTERS",
    "Kind",
    "OnError",
    "SequenceRecord",
    "Sequences",
    "as_records",
    "open_text",
    "read_fasta",
    "read_fasta_text",
]

OnError = Literal["fail", "skip"]

SHOWN = 3
"""Proteins that a warning names."""

log = logging.getLogger(__name__)
# These warnings are about input that is likely wrong: --quiet does not silence them.
log.setLevel(logging.WARNING)


class SequenceRecord(NamedTuple):
    """One checked sequence.

    Attributes:
        id: the header up to the first blank, pipes included.
        sequence: a protein in upper case without its stop; DNA as in the file (case and U kept).
        path: the file, `-` for standard input; empty where the record came from Python.
        line: of the header, 1-based; 0 where the record came from Python.
    """

    id: str
    sequence: str
    path: str = ""
    line: int = 0


if TYPE_CHECKING:
    from Bio.SeqRecord import SeqRecord

Sequences: TypeAlias = """(
    str | os.PathLike[str] | Mapping[str, str] | Iterable[SequenceRecord]
    | Iterable[tuple[str, str]] | Iterable[SeqRecord] | Iterable[str]
)"""
"""FASTA path, dict of id to sequence, (id, sequence) pairs, records, Biopython's `SeqRecord`s, or
sequences alone."""


class _Item(NamedTuple):
    """A record, and the lines of its sequence in the file.

    `checked` is true for a record that was read, and so checked, before.
    """

    id: str
    sequence: str
    path: str
    line: int
    lines: list[str]
    checked: bool = False


def read_fasta(
    path: PathLike,
    kind: Kind,
    *,
    on_error: OnError = "fail",
    skipped: list[InputError] | None = None,
) -> Iterator[SequenceRecord]:
    """Records of a FASTA file, one at a time.

    Memory holds one record, and 16 to 32 bytes for every id: duplicates are found by 64-bit hashes
    (the chance of a false alarm among a million ids is 3 in 100 million).

    Args:
        path: plain, gzip, bzip2 or xz, recognised by content; `-` is standard input.
        kind: the letters to expect.
        on_error: `skip` leaves a broken record out and appends its error to `skipped`.

    Raises:
        InputError: at once where there is no such file. While reading, for a file that is not
            FASTA, empty, or truncated, whatever `on_error` is; and with `fail` for a broken record:
            a blank or duplicate id, an empty sequence, a character that is not a letter of `kind`,
            DNA given as protein or the reverse.
    """
    check_readable(path)
    return _checked(_parse(os.fspath(path), kind), kind, on_error, skipped)


def read_fasta_text(text: str, name: str, kind: Kind) -> list[SequenceRecord]:
    """Records of FASTA that is at hand as a text, such as what was typed into a form.

    Args:
        text: nothing in it is taken for a path.
        name: what messages call it in a file's place.
        kind: the letters to expect.

    Raises:
        InputError: see `read_fasta`.
    """
    lines = io.StringIO(text.removeprefix("\ufeff"), newline=None)
    return list(_checked(_parse_lines(lines, name), kind, "fail", None))


def as_records(
    source: Sequences,
    kind: Kind,
    *,
    on_error: OnError = "fail",
    skipped: list[InputError] | None = None,
) -> Iterator[SequenceRecord]:
    """Records of any of `Sequences`.

    Args:
        source: a string is a path, or of proteins `uniprot:P61244,...`, which are fetched from
            UniProt. Sequences without ids are called `seq_1`, `seq_2`, ...
        kind, on_error, skipped: see `read_fasta`; every source is checked alike.

    Raises:
        InputError: see `read_fasta`.
        TypeError: `source` holds something else.
    """
    accessions = asked_accessions(source) if kind == "protein" else None
    if accessions is not None:
        return _checked(_items(fetch_proteins(accessions)), kind, on_error, skipped)
    if isinstance(source, str | os.PathLike):
        if isinstance(source, str) and _is_a_sequence(source, kind):
            raise InputError(
                f"no such file: if {source:.12} is a sequence, give a list of sequences, "
                f'["{source:.12}{"..." if len(source) > 12 else ""}"]',
                f"{source:.60}",
            )
        return read_fasta(source, kind, on_error=on_error, skipped=skipped)
    return _checked(_items(source), kind, on_error, skipped)


def _is_a_sequence(text: str, kind: Kind) -> bool:
    """Whether a text that names no file reads as a sequence."""
    letters = {*LETTERS[kind], *LETTERS[kind].lower()}
    return len(text) > 3 and letters.issuperset(text) and not os.path.lexists(text)


def _items(source: Mapping[str, str] | Iterable[object]) -> Iterator[_Item]:
    items: Iterable[object] = source.items() if isinstance(source, Mapping) else source
    for number, item in enumerate(items, 1):
        # A tuple of texts is a single pair, which should stand in a list.
        pair = isinstance(source, tuple) and isinstance(item, str)
        record = None if pair else _record(item, number)
        if record is None or not isinstance(record.id, str) or not isinstance(record.sequence, str):
            raise TypeError(
                f"item {number} is neither a sequence nor a pair of id and sequence, both str: "
                f"{item!r:.60}"
            )
        yield _Item(*record, [], checked=record is item)


def _record(item: object, number: int) -> SequenceRecord | None:
    """A record, a Biopython `SeqRecord`, a pair or a sequence alone; None for anything else."""
    if isinstance(item, SequenceRecord):
        return item
    if isinstance(item, str):
        return SequenceRecord(f"seq_{number}", item)
    if isinstance(item, tuple | list):
        return SequenceRecord(*item) if len(item) == 2 else None
    from Bio.SeqRecord import SeqRecord

    return SequenceRecord(str(item.id), str(item.seq)) if isinstance(item, SeqRecord) else None


def _parse(path: str, kind: Kind) -> Iterator[_Item]:
    # A chromosome may stand on one line.
    with open_text(path, None if kind == "dna" else LONGEST_LINE) as handle:
        yield from _parse_lines(handle, path)


def _parse_lines(handle: TextIO, path: str) -> Iterator[_Item]:
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    lines = _Lines(handle, path)
    for title, sequence in SimpleFastaParser(lines.read()):
        id = title.partition(" ")[0].partition("\t")[0]
        yield _Item(id, sequence, path, lines.header, lines.body)
    if not lines.header:
        raise InputError("the file is empty: give a FASTA file with records in it", path)


class _Lines:
    """Gives lines to the FASTA parser, and remembers where the record stands that it yields.

    The parser yields a record when it has read the header of the next.

    Attributes:
        header: line of the header of the last complete record; 0 before the first.
        body: the lines of its sequence, without their ends.
    """

    def __init__(self, handle: TextIO, path: str) -> None:
        self._handle = handle
        self._path = path
        self.header = 0
        self.body: list[str] = []

    def read(self) -> Iterator[str]:
        header = 0
        body: list[str] = []
        for number, line in enumerate(self._handle, 1):
            line = line.rstrip()
            if line.startswith(">"):
                if len(line) > LONGEST_LINE:
                    raise too_long(self._path, number)
                self.header, self.body = header, body
                header, body = number, []
            elif header:
                body.append(line)
            elif line:
                raise InputError(_not_fasta(line), self._path, number)
            # The parser looks at the first character of every line.
            yield line or "\n"
        self.header, self.body = header, body


def _not_fasta(line: str) -> str:
    advice = "give a file whose records begin with '>'"
    if line.startswith("@"):
        advice = "is it FASTQ? convert it to FASTA"
    elif line.startswith(("LOCUS ", "ID   ")):
        advice = "is it a GenBank or EMBL file? convert it to FASTA"
    return f"not FASTA, it begins with {shown(line[:30])}: {advice}"


def _checked(
    items: Iterable[_Item], kind: Kind, on_error: OnError, skipped: list[InputError] | None
) -> Iterator[SequenceRecord]:
    if on_error not in ("fail", "skip"):
        raise ValueError(f"on_error is {on_error!r}, and must be 'fail' or 'skip'")
    if kind not in LETTERS:
        raise ValueError(f"kind is {kind!r}, and must be 'protein' or 'dna'")
    return _check_items(items, kind, on_error == "fail", skipped)


def _check_items(
    items: Iterable[_Item], kind: Kind, fail: bool, skipped: list[InputError] | None
) -> Iterator[SequenceRecord]:
    ids = _Hashes()
    doubtful: list[SequenceRecord] = []
    unknown: list[SequenceRecord] = []
    for id, sequence, path, line, lines, checked in items:
        sequence = sequence.rstrip("*") if kind == "protein" else sequence
        fault = find_fault(id, sequence, kind, lines)
        if id and not ids.add(hash(id)):
            fault = Fault(f"duplicate id {shown(id)}: give every record a different id")
        if fault is None:
            # Case is changed only now: the upper case of a letter outside ASCII may be two letters.
            sequence = sequence.upper() if kind == "protein" else sequence
            record = SequenceRecord(id, sequence, path, line)
            if kind == "protein" and not checked:
                if may_be_dna(sequence):
                    doubtful.append(record)
                elif not sequence.strip("X"):
                    unknown.append(record)
            yield record
            continue
        error = InputError(fault.message, path, _line_of(fault.offset, line, lines), id)
        if fail:
            raise error
        if skipped is not None:
            skipped.append(error)
    if doubtful:
        advice = "Remove those that are DNA: they get no score as proteins"
        _warn(doubtful, "of the letters of DNA alone", advice)
    if unknown:
        _warn(
            unknown, "of X alone, no residue of which is known", "Give the sequence, or remove it"
        )


def _warn(proteins: list[SequenceRecord], what: str, advice: str) -> None:
    names = [
        f"{shown(protein.id)}{f' (line {protein.line})' * bool(protein.line)}"
        for protein in proteins
    ]
    text = f"{len(names)} protein{'s' * (len(names) > 1)} {what}: {listed(names, SHOWN)}. {advice}"
    log.warning("%s", InputError(text, proteins[0].path))


def _line_of(offset: int | None, header: int, lines: list[str]) -> int:
    """Line of the letter at an offset in a sequence, or that of the header."""
    if offset is not None:
        for number, line in enumerate(lines, header + 1):
            offset -= len(line) - line.count(" ")
            if offset < 0:
                return number
    return header


class _Hashes:
    """A set of 64-bit integers in 16 to 32 bytes each: an open-addressing table of machine words.

    Python's own set takes about 100 bytes an integer.
    """

    def __init__(self) -> None:
        self._slots = array("q", [0]) * 1024
        self._count = 0

    def add(self, value: int) -> bool:
        """Add a value; False where it was there already."""
        value = value or 1  # 0 marks an empty slot
        slots = self._slots
        last = len(slots) - 1
        at = value & last
        while slot := slots[at]:
            if slot == value:
                return False
            at = (at + 1) & last
        slots[at] = value
        self._count += 1
        if 2 * self._count > len(slots):
            self._grow()
        return True

    def _grow(self) -> None:
        old = self._slots
        self._slots = slots = array("q", [0]) * (2 * len(old))
        last = len(slots) - 1
        for value in old:
            if value:
                at = value & last
                while slots[at]:
                    at = (at + 1) & last
                slots[at] = value
