"""A genome's sequence by coordinates."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import BinaryIO

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.compression import compression_of
from dna_protein_bca.io.fields import check_utf8
from dna_protein_bca.io.files import HEAD_BYTES, PathLike, check_is_text, check_readable
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.io.sequence_checks import LETTERS

from .bgzip import is_bgzip, open_bgzip
from .forward import open_forward
from .index import Entry, build_index, is_index_of, read_index, write_index

_BASES = (LETTERS["dna"] + LETTERS["dna"].lower()).encode()
_ADVICE = {
    b" ": "remove the blanks",
    b"\t": "remove the blanks",
    b"-": "give an assembly without gaps",
    b".": "give an assembly without gaps",
}


class Genome:
    """A genome's FASTA file, of which any stretch can be read.

    Its index, `PATH.fai`, is checked against the file, and built again where there is none or where
    it belongs to another file; it is left beside the file if the folder can be written to. An index
    that is a link may be another genome's, and is not written. No index is read or written of a
    file that can be read only from front to back.

    Args:
        path: plain, or compressed with bgzip.
        forward: it will be read from front to back, going back by less than a megabyte: then any
            compression will do, and a stream (`-` is standard input), which is copied to a
            temporary file.

    Attributes:
        path: of the file.
        lengths: chromosome -> bp.

    Raises:
        InputError: no such file, no FASTA, lines of different lengths, or, unless `forward`,
            a stream, or compressed otherwise than with bgzip.
    """

    def __init__(self, path: PathLike, *, forward: bool = False) -> None:
        self.path = os.fspath(path)
        opened = open_forward(path) if forward else None
        if opened is None:
            self._file = _open(path)
            index = self._index()
        else:
            self._file = _checked(opened, path)
            index = build_index(path, self._file)
        self._entries = {entry.name: entry for entry in index}
        self.lengths = {name: entry.length for name, entry in self._entries.items()}
        for name in self.lengths:
            check_utf8(name, path, None)
        if not any(self.lengths.values()):
            raise InputError("this file holds no sequence: give the genome as FASTA", path)

    def fetch(self, chrom: str, start: int, end: int) -> str:
        """Bases of `start`..`end` (0-based, half-open), as in the file.

        Raises:
            InputError: a letter there that is no base, such as the gap of an alignment; or the
                file has changed since it was opened.
        """
        entry = self._entries[chrom]
        start, end = max(0, start), min(end, entry.length)
        if start >= end:
            return ""
        first, last = (entry.byte(position) for position in (start, end - 1))
        self._file.seek(first)
        lines = self._file.read(last + 1 - first).splitlines()
        bases = b"".join(lines)
        # The first line may begin in its middle, and the last one may end there.
        expected = [entry.bases - start % entry.bases, *[entry.bases] * (len(lines) - 2)]
        widths = [len(line) for line in lines[:-1]]
        if len(bases) != end - start or widths != expected[: len(widths)]:
            raise InputError(
                f"the lines of {chrom!r} are not those of its index: delete {self.path}.fai",
                self.path,
            )
        if others := bases.translate(None, _BASES):
            position = start + bases.index(others[:1])
            advice = _ADVICE.get(others[:1], "give DNA")
            raise InputError(
                f"{chr(others[0])!r} at {chrom}:{position}-{position + 1} is not a base: {advice}",
                self.path,
            )
        return bases.decode("ascii")

    def _index(self) -> list[Entry]:
        beside = f"{self.path}.fai"
        entries = read_index(beside)
        if entries is not None and is_index_of(entries, self._file):
            return entries
        self._file.seek(0)
        entries = build_index(self.path, self._file)
        if os.path.islink(beside):
            return entries
        # Where the folder is read-only, the next run builds it again.
        with suppress(InputError, OSError), atomic_path(beside) as sibling:
            write_index(sibling, entries)
        return entries


def _open(path: PathLike) -> BinaryIO:
    """The unpacked bytes of a genome, readable at any position."""
    check_readable(path)
    if not os.path.isfile(path):
        raise InputError("a genome is read at many positions: give a file, not a stream", path)
    try:
        if is_bgzip(path):
            return _checked(open_bgzip(path), path)
        file = open(path, "rb")  # noqa: SIM115 - open as long as the genome
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path) from None
    compression = compression_of(file.read(HEAD_BYTES))
    file.seek(0)
    if compression is not None:
        file.close()
        raise InputError(
            f"compressed with {compression.name}, which cannot be read at any position: unpack it "
            f"({compression.tool}), or compress it with bgzip",
            path,
        )
    return _checked(file, path)


def _checked(file: BinaryIO, path: PathLike) -> BinaryIO:
    """The same file at its beginning, which is text with line ends that an index can name."""
    try:
        head = file.read(HEAD_BYTES)
        check_is_text(head, path)
        if b"\r" in head[:-1] and b"\n" not in head:
            raise InputError(
                "the lines end as on old Macs, in CR alone: convert them (mac2unix)", path
            )
    except InputError:
        file.close()
        raise
    file.seek(0)
    return file
