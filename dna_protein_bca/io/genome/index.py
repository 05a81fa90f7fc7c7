"""The index of a FASTA file (`.fai`): built, and checked against the file before it is used.

An index of an earlier version of the file would give bases of other positions without any error,
and the dates of the two files do not help: a copy, an unpacked archive or a restored backup may be
older than the index of the file that it replaces. The format: https://www.htslib.org/doc/faidx.html
"""

from __future__ import annotations

import errno
import re
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike

HEADER = ord(">")

LINE_ENDS_CHECKED = 4096
"""Line ends that are checked, evenly spread over all records; in a small file, every one."""

LONGEST_PIECE = 1 << 16
"""Bytes of a line that are read at once: a chromosome may stand on a single line."""

FARTHEST = 1 << 60
"""Largest number in an index, so that none of its positions is past what a file can have."""

LONGEST_LOOK = 1 << 10
"""Bytes before the end of a line that are looked at, in which another record may begin."""

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
        line, column = divmod(base, self.bases)
        return self.offset + line * self.width + column


def build_index(path: PathLike, file: BinaryIO) -> list[Entry]:
    """The index of a FASTA file, by reading all of it.

    Args:
        path: for errors.
        file: decompressed, at its beginning.

    Raises:
        InputError: text before the first header, a name twice or none, lines of different
            lengths within a record, no record at all.
    """
    builder = _Builder(path)
    position, whole, width = 0, 0, -1
    for number, line in enumerate(iter(partial(file.readline, LONGEST_PIECE), b""), 1):
        left_out = 0
        if len(line) == LONGEST_PIECE:
            line, left_out = _ends(line, file)
        size = len(line) + left_out
        # Nearly every line of a genome has the length of the line before it.
        if size == width and line[0] != HEADER and line.endswith(b"\r\n") == builder.windows:
            whole += 1
        else:
            builder.repeat(whole)
            builder.take(line, position, number, left_out)
            whole, width = 0, builder.width
        position += size
    builder.repeat(whole)
    if not builder.entries:
        raise InputError("this file holds no sequence: give the genome as FASTA", path)
    return builder.entries


def _ends(head: bytes, file: BinaryIO) -> tuple[bytes, int]:
    """Both ends of a long line that begins with `head`, and how many bytes between are left out."""
    tail, left_out = b"", 0
    while not (tail or head).endswith(b"\n") and (more := file.readline(LONGEST_PIECE)):
        # The two bytes that end a line may come in two pieces.
        left_out += max(0, len(tail) - 2)
        tail = tail[-2:] + more
    return head + tail, left_out


class _Builder:
    """The entries so far, the last of them still growing.

    Attributes:
        width: bytes of a further line like those of the last entry; -1 where none may follow.
        windows: whether such lines end in two bytes.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = path
        self.entries: list[Entry] = []
        self.width, self.windows = -1, False
        self._lines: dict[str, int] = {}
        self._ended = False

    def repeat(self, lines: int) -> None:
        """Add lines like those of the last entry."""
        if lines:
            entry = self.entries[-1]
            self.entries[-1] = entry._replace(length=entry.length + lines * entry.bases)

    def take(self, line: bytes, at: int, number: int, left_out: int) -> None:
        """Add any line, which begins at a byte; some bytes may be left out of its middle."""
        text = line.rstrip(b"\r\n")
        if line.startswith(b">") or (number == 1 and line.startswith(b"\xef\xbb\xbf>")):
            self.entries.append(Entry(self._name(line, number), 0, at + len(line) + left_out, 0, 0))
            self._ended = False
        elif not text.strip():
            self._ended = True
        elif self.entries:
            self._sequence(line, text, at, number, left_out)
        elif not text.startswith(b";"):  # a comment in the original format
            raise InputError("not FASTA: a record begins with a line '>name'", self.path, number)
        grows = self.entries and self.entries[-1].length and not self._ended
        self.width = self.entries[-1].width if grows else -1

    def _name(self, line: bytes, number: int) -> str:
        rest = line.partition(b">")[2]
        if not rest.strip() or rest[:1].isspace():
            raise InputError("a record without a name: give a name after '>'", self.path, number)
        name = rest.split()[0].decode("utf-8", "surrogateescape")
        if name in self._lines:
            raise InputError(
                f"a second record {name!r} (the first is at line {self._lines[name]}): remove "
                "one of them",
                self.path,
                number,
            )
        self._lines[name] = number
        return name

    def _sequence(self, line: bytes, text: bytes, at: int, number: int, left_out: int) -> None:
        entry = self.entries[-1]
        size, width = len(text) + left_out, len(line) + left_out
        if text != text.rstrip():
            raise InputError(
                "the line ends in a blank, which no position is counted for: remove the blanks at "
                "the ends of lines",
                self.path,
                number,
            )
        if not entry.length:
            self.entries[-1] = entry._replace(length=size, offset=at, bases=size, width=width)
            self.windows, self._ended = line.endswith(b"\r\n"), False
            return
        shorter = size < entry.bases
        last = not line.endswith(b"\n")
        alike = size == entry.bases and (last or width == entry.width)
        if self._ended or not (shorter or alike):
            raise InputError(
                f"the lines of {entry.name!r} differ in length before its last one, so that no "
                "position in it can be found: give all its lines the same length (such as "
                "seqkit seq -w 60)",
                self.path,
                number,
            )
        self.entries[-1] = entry._replace(length=entry.length + size)
        self._ended = shorter or last


def read_index(path: PathLike) -> list[Entry] | None:
    """The entries of a `.fai` file; None where there is none, or it is not one."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
        rows = [line.split("\t") for line in text.splitlines()]
        entries = [Entry(name, *map(int, rest)) for name, *rest in rows]
    except (OSError, ValueError, TypeError):
        return None
    if any(abs(number) > FARTHEST for entry in entries for number in entry[1:]):
        return None
    return entries or None


def write_index(path: PathLike, entries: list[Entry]) -> None:
    """Write a `.fai` file."""
    rows = ("\t".join(map(str, entry)) + "\n" for entry in entries)
    Path(path).write_text("".join(rows), encoding="utf-8", errors="surrogateescape")


def is_index_of(entries: list[Entry], file: BinaryIO) -> bool:
    """Whether an index belongs to a file, by what stands at the positions that it names.

    Each sequence must follow its header, with nothing else between two sequences; the last one must
    end the file; and lines must end where the index says. That takes a few reads for each record,
    whereas building an index reads the whole file.

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
    """Whether lines end where the index says: the first one, and about `most` others."""
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
        inside = min(entry.bases, LONGEST_LOOK)
        line = _read(file, at - inside, inside + size)
        ends_file = at == entry.end and len(line) == inside
        if re.search(rb"[\s>]", line[:inside]):
            return False
        if not (ends_file or line[inside:] in (b"\n", b"\r\n", b"")):
            return False
    return True


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    try:
        file.seek(at)
    except OSError as error:
        # The system has no file of that length.
        if error.errno != errno.EINVAL:
            raise
        return b""
    return file.read(size)
