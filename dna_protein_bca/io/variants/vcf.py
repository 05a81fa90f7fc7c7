"""VCF files, read as a stream. The format: https://samtools.github.io/hts-specs/VCFv4.3.pdf

Only the first five columns are read, and lines are kept as they stand, so that they can be written
again with more in them. Readers of all columns were tried: cyvcf2 0.35 crashes at a position that
is no number, pysam 0.24 opens no gzip but bgzip, and neither says which line is wrong.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import as_text

from .record import Variant, make_variant

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")

LONGEST_LINE = 1 << 26
"""Bytes of a line: one of half a million people, with likelihoods of their genotypes, has 20 to 60
million."""


class VCF:
    """A VCF file, whose variants can be iterated over once.

    Args:
        stream: from `open_bytes`, of which nothing was read yet; closed after the last variant.
        path: of the file, for errors.

    Attributes:
        header: its lines, the last one with the names of the columns, without line ends.

    Raises:
        InputError: no header, or one that is cut off; while iterating, lines with too few or too
            many columns, and those that `make_variant` refuses.
    """

    def __init__(self, stream: io.BufferedReader, path: str) -> None:
        self.path = path
        self._lines = as_text(stream, path, LONGEST_LINE)
        self.header: list[str] = []
        for number, line in enumerate(self._lines, 1):
            text = line.rstrip("\r\n")
            if text.startswith("##"):
                self.header.append(text)
                continue
            columns = text.split("\t")
            if tuple(columns[: len(COLUMNS)]) != COLUMNS:
                raise InputError(
                    "the header of a VCF file ends with a line of the columns' names, #CHROM POS "
                    "ID REF ALT QUAL FILTER INFO, separated by tabs, and here is another: add it",
                    path,
                    number,
                )
            self.header.append(text)
            self._width = len(columns)
            return
        raise InputError("the file ends within the header: copy it again", path)

    def __iter__(self) -> Iterator[Variant]:
        with self._lines as lines:
            for number, line in enumerate(lines, len(self.header) + 1):
                text = line.rstrip("\r\n")
                if not text.strip():
                    continue
                width = text.count("\t") + 1
                if width != self._width:
                    raise InputError(
                        f"{width} columns separated by tabs, and the header names {self._width}: "
                        "the line is broken or cut off",
                        self.path,
                        number,
                    )
                chrom, pos, name, ref, alt, _ = text.split("\t", 5)
                yield make_variant((chrom, pos, name, ref, alt), self.path, number, text)
