"""A genome's sequence by coordinates, and chromosomes that files name differently."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from dna_protein_bca.errors import InputError

from .files import PathLike, check_readable, open_text

_MITOCHONDRIAL = {"chrM": "MT", "M": "chrMT", "MT": "chrM"}

SHOWN = 5
"""Chromosome names that an error shows of each file."""


class Genome:
    """A FASTA file, read where it is asked for (with `pyfaidx`).

    An index is written beside the file, or where that folder is read-only into a temporary one.

    Attributes:
        path: of the file.
        lengths: chromosome -> bp.

    Raises:
        InputError: no such file, no FASTA, or compressed with gzip (bgzip can be read).
    """

    def __init__(self, path: PathLike) -> None:
        import pyfaidx

        check_readable(path)
        self.path = os.fspath(path)
        index = f"{self.path}.fai"
        self._folder = None
        if not os.path.exists(index) and not os.access(os.path.dirname(index) or ".", os.W_OK):
            self._folder = tempfile.TemporaryDirectory()
            index = str(Path(self._folder.name, "genome.fai"))
        try:
            self._fasta = pyfaidx.Fasta(self.path, as_raw=True, indexname=index)
        except pyfaidx.UnsupportedCompressionFormat:
            raise InputError(
                "compressed with gzip, in which no place can be found: unpack it (gunzip -k), or "
                "compress it with bgzip",
                path,
            ) from None
        except (pyfaidx.FastaIndexingError, pyfaidx.FetchError, ValueError, OSError) as error:
            raise InputError(f"not a FASTA file that can be indexed: {error}", path) from None
        self.lengths = {name: len(self._fasta[name]) for name in self._fasta.keys()}  # noqa: SIM118
        if not self.lengths:
            raise InputError("holds no sequence: give the genome as FASTA", path)

    def fetch(self, chrom: str, start: int, end: int) -> str:
        """Bases of `start`..`end` (0-based, half-open), as in the file."""
        return str(self._fasta[chrom][start:end])


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
