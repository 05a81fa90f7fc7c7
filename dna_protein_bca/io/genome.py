"""A genome's sequence by coordinates, and chromosomes that files name differently."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import BinaryIO

from dna_protein_bca.errors import InputError

from .bgzip import is_bgzip, open_bgzip
from .fasta import LETTERS
from .files import PathLike, atomic_path, check_readable, open_text
from .genome_index import Entry, build_index, is_index_of, read_index, write_index

_MITOCHONDRIAL = {"chrM": "MT", "M": "chrMT", "MT": "chrM"}

_PACKED = (
    (b"\x1f\x8b", "gzip", "gunzip -k"),
    (b"BZh", "bzip2", "bunzip2 -k"),
    (b"\xfd7zXZ\0", "xz", "unxz -k"),
)
"""How a file compressed so begins, and what unpacks it."""

SHOWN = 5
"""Chromosome names that an error shows of each file."""


_BASES = (LETTERS["dna"] + LETTERS["dna"].lower()).encode()


class Genome:
    """A FASTA file, read where it is asked for: the one way in which a genome is opened.

    Its index, `PATH.fai`, is checked against the file and built anew where there is none or it is
    another file's; it is left beside the file, where that folder can be written to.

    Args:
        path: plain, or compressed with bgzip.

    Attributes:
        path: of the file.
        lengths: chromosome -> bp.

    Raises:
        InputError: no such file, no FASTA, lines of different lengths, or compressed otherwise
            than with bgzip.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = os.fspath(path)
        self._file = _open(path)
        self._entries = {entry.name: entry for entry in self._index()}
        self.lengths = {name: entry.length for name, entry in self._entries.items()}
        if not any(self.lengths.values()):
            raise InputError("holds no sequence: give the genome as FASTA", path)

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
        first, last = (entry.byte(place) for place in (start, end - 1))
        self._file.seek(first)
        lines = self._file.read(last + 1 - first).splitlines()
        found = b"".join(lines)
        widths = [entry.bases - start % entry.bases, *[entry.bases] * (len(lines) - 2)]
        found_widths = [len(line) for line in lines[:-1]]
        if len(found) != end - start or found_widths != widths[: len(found_widths)]:
            raise InputError(
                f"the lines of {chrom!r} are not those of its index: delete {self.path}.fai",
                self.path,
            )
        if others := found.translate(None, _BASES):
            place = start + found.index(others[:1])
            raise InputError(
                f"{chr(others[0])!r} at {chrom}:{place}-{place + 1} is no base: give an assembly, "
                "as FASTA without gaps",
                self.path,
            )
        return found.decode("ascii")

    def _index(self) -> list[Entry]:
        beside = f"{self.path}.fai"
        entries = read_index(beside)
        if entries is not None and is_index_of(entries, self._file):
            return entries
        self._file.seek(0)
        entries = build_index(self.path, self._file)
        # Where the folder is read-only, the next run builds it again.
        with suppress(InputError, OSError), atomic_path(beside) as sibling:
            write_index(sibling, entries)
        return entries


def _open(path: PathLike) -> BinaryIO:
    """The unpacked bytes of a genome, at any place."""
    check_readable(path)
    if not os.path.isfile(path):
        raise InputError("a genome is read at many places: give a file, not a stream", path)
    try:
        if is_bgzip(path):
            return open_bgzip(path)
        file = open(path, "rb")  # noqa: SIM115 - open as long as the genome
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path) from None
    head = file.read(6)
    file.seek(0)
    for magic, name, tool in _PACKED:
        if head.startswith(magic):
            file.close()
            raise InputError(
                f"compressed with {name}, in which no place can be found: unpack it ({tool}), or "
                "compress it with bgzip",
                path,
            )
    return file


def read_aliases(path: PathLike) -> dict[str, str]:
    """A table of chromosome names: each row names one chromosome in two ways or more.

    Tab-separated, such as UCSC's chromAlias.txt; lines that begin with `#` are comments.

    Returns:
        Every name -> the other names of its chromosome, joined by tabs.

    Raises:
        InputError: a row with one name alone.
    """
    aliases: dict[str, str] = {}
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            names = [name.strip() for name in line.rstrip("\n").split("\t") if name.strip()]
            if not names or names[0].startswith("#"):
                continue
            if len(names) < 2:
                raise InputError(
                    f"one name alone, {names[0]!r}: give two or more a line, tab-separated",
                    path,
                    number,
                )
            for name in names:
                aliases[name] = "\t".join(other for other in names if other != name)
    return aliases


def match_chromosomes(
    names: Iterable[tuple[str, int]],
    genome: Mapping[str, int],
    aliases: Mapping[str, str] | None,
    *,
    path: str,
    genome_path: str,
) -> dict[str, str]:
    """The genome's name of each chromosome of another file.

    Args:
        names: the other file's, each with its line (0 for none).
        genome: chromosomes of the genome, by name.
        aliases: from `read_aliases`; an empty one adds or takes away `chr`; None: names as they
            are.
        path, genome_path: of the two files, for errors.

    Raises:
        InputError: a name that the genome does not have, with both files' names in it.
    """
    found: dict[str, str] = {}
    for name, line in names:
        if name in found:
            continue
        candidates = [name]
        if aliases:
            candidates += aliases.get(name, "").split("\t")
        elif aliases is not None:
            bare = name.removeprefix("chr")
            candidates += [bare, f"chr{bare}", *_MITOCHONDRIAL.get(name, "").split()]
        match = next((one for one in candidates if one in genome), None)
        if match is None:
            shown = ", ".join([*genome][:SHOWN])
            raise InputError(
                f"chromosome {name!r} is not in {genome_path}, whose names are {shown}...: where "
                "they differ by 'chr' alone pass --chrom-aliases auto, else --chrom-aliases FILE "
                "with both names on a line",
                path,
                line,
            )
        found[name] = match
    return found
