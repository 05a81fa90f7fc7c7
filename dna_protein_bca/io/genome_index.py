"""The index of a FASTA file (`.fai`): built, and checked against the file before it is used.

An index that belongs to an earlier state of the file would give bases of other places without a
word, and the dates of the two files do not tell: a copy, an unpacked archive or a restored backup
may be older than the index of what it replaces. The format: https://www.htslib.org/doc/faidx.html
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dna_protein_bca.errors import InputError

from .files import PathLike

LINE_ENDS_CHECKED = 4096
"""Line ends that are looked at, over all records and evenly spread: each of a small file."""

LONGEST_GAP = 1 << 20
"""Bytes between two sequences (a header, blank lines) from which on an index counts as wrong."""


class Entry(NamedTuple):
    """A record of the index.

    Attributes:
        name: the header up to the first blank.
        length: bases.
        offset: byte of the first base, in the decompressed file.
        bases, width: of a line, without and with its end; 0 where there is no base.
    """

    name: str
    length: int
    offset: int
    bases: int
    width: int

    @property
    def end(self) -> int:
        """Byte after the last base."""
        if not self.length:
            return self.offset
        return self.byte(self.length - 1) + 1

    def byte(self, base: int) -> int:
        """Byte of a base, counted from 0."""
        line, place = divmod(base, self.bases)
        return self.offset + line * self.width + place


def build_index(path: PathLike, file: BinaryIO) -> list[Entry]:
    """The index of a FASTA file, by reading all of it.

    Args:
        path: for errors.
        file: decompressed, at its beginning.

    Raises:
        InputError: text before the first header, a name twice or none, lines of different
            lengths within a record, no record at all.
    """
    entries: list[Entry] = []
    lines: dict[str, int] = {}
    current: Entry | None = None
    last, position = False, 0
    for number, line in enumerate(file, 1):
        text = line.rstrip(b"\r\n")
        if line.startswith(b">") or (number == 1 and line.startswith(b"\xef\xbb\xbf>")):
            if current is not None:
                entries.append(current)
            name = _name(line, path, number)
            if name in lines:
                raise InputError(
                    f"a second record {name!r} (the first is at line {lines[name]}): take one out",
                    path,
                    number,
                )
            lines[name] = number
            current, last = Entry(name, 0, position + len(line), 0, 0), False
        elif not text.strip():
            last = True
        elif current is None:
            # Of old, a line that begins with a semicolon is a comment.
            if not text.startswith(b";"):
                raise InputError("no FASTA: a record begins with a line '>name'", path, number)
        else:
            current, last = _longer(current, position, line, text, last, path, number)
        position += len(line)
    if current is None:
        raise InputError("holds no sequence: give the genome as FASTA", path)
    return [*entries, current]


def _name(line: bytes, path: PathLike, number: int) -> str:
    words = line.partition(b">")[2].split()
    if not words or line.partition(b">")[2][:1].isspace():
        raise InputError("a record without a name: give one after '>'", path, number)
    return words[0].decode("utf-8", "surrogateescape")


def _longer(
    entry: Entry, at: int, line: bytes, text: bytes, last: bool, path: PathLike, number: int
) -> tuple[Entry, bool]:
    """The entry with one more line, and whether that line must be its last."""
    if not entry.length:
        return entry._replace(length=len(text), offset=at, bases=len(text), width=len(line)), False
    ended = not line.endswith(b"\n")
    alike = len(line) == entry.width or (ended and len(text) <= entry.bases)
    shorter = len(text) < entry.bases
    if last or len(text) > entry.bases or not (alike or shorter):
        raise InputError(
            f"the lines of {entry.name!r} differ in length before its last one, so that no place "
            "in it can be found: give all its lines the same length (such as seqkit seq -w 60)",
            path,
            number,
        )
    return entry._replace(length=entry.length + len(text)), shorter


def read_index(path: PathLike) -> list[Entry] | None:
    """The entries of a `.fai` file; None where there is none, or it is not one."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
        rows = [line.split("\t") for line in text.splitlines()]
        entries = [Entry(name, *map(int, rest)) for name, *rest in rows]
    except (OSError, ValueError, TypeError):
        return None
    return entries or None


def write_index(path: PathLike, entries: list[Entry]) -> None:
    """Write a `.fai` file."""
    rows = ("\t".join(map(str, entry)) + "\n" for entry in entries)
    Path(path).write_text("".join(rows), encoding="utf-8", errors="surrogateescape")


def is_index_of(entries: list[Entry], file: BinaryIO) -> bool:
    """Whether an index belongs to a file, by what stands at the places that it names.

    The header must stand before each sequence and nothing else between two of them, the last one
    must end the file, and the lines must end where the index says. That takes few reads a record,
    where building an index reads all of the file.

    Args:
        file: decompressed, with `seek` and `read`.
    """
    if len({entry.name for entry in entries}) < len(entries):
        return False
    most = max(1, LINE_ENDS_CHECKED // len(entries))
    end = 0
    for entry in entries:
        if not _possible(entry, end) or not _header_before(entry, end, file):
            return False
        if not _lines_end_where_they_should(entry, most, file):
            return False
        end = entry.end
    rest = _read(file, end, LONGEST_GAP)
    return len(rest) < LONGEST_GAP and not rest.strip()


def _possible(entry: Entry, end: int) -> bool:
    widths = 0 < entry.bases <= entry.width <= entry.bases + 2 if entry.length else True
    return widths and entry.length >= 0 and end <= entry.offset <= end + LONGEST_GAP


def _header_before(entry: Entry, end: int, file: BinaryIO) -> bool:
    name = re.escape(entry.name.encode("utf-8", "surrogateescape"))
    before = rb"(?:\xef\xbb\xbf)?(?:;[^\n]*\n|\s)*" if end == 0 else rb"\s*"
    header = before + b">" + name + rb"(?:[ \t\r\v\f][^\n]*)?\n\s*"
    return bool(re.fullmatch(header, _read(file, end, entry.offset - end)))


def _lines_end_where_they_should(entry: Entry, most: int, file: BinaryIO) -> bool:
    """Whether there are line ends after the first line, and after `most` others."""
    whole = entry.length // entry.bases if entry.bases else 0
    size = entry.width - entry.bases
    if re.search(rb"\s", _read(file, entry.offset, min(entry.bases, entry.length, LONGEST_GAP))):
        return False
    if entry.length > entry.bases and size == 0:
        return False
    if entry.length and not _read(file, entry.end - 1, 1).strip():
        return False
    step = max(1, -(-whole // most))
    for number in range(0, whole, step):
        at = entry.offset + number * entry.width + entry.bases
        found = _read(file, at - 1, size + 1)
        ends_file = at == entry.end and len(found) == 1
        if found[:1].isspace() or not (ends_file or found[1:] in (b"\n", b"\r\n", b"")):
            return False
    return True


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
