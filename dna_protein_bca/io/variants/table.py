"""Tables of variants: a header with chrom, pos, ref and alt, read as a stream."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import as_text

from .record import MISSING, Variant, make_variant

NEEDED = ("chrom", "pos", "ref", "alt")
IDS = ("variant_id", "id")
"""Names of a column of ids, which need not be there."""


class VariantTable:
    """A TSV or CSV file of variants, which can be iterated over once.

    Columns may stand in any order, and others are passed over. Alleles are those of VCF.

    Args:
        stream: from `open_bytes`, of which nothing was read yet; closed after the last variant.
        path: of the file, for errors.

    Raises:
        InputError: no such header; while iterating, rows of other widths, and those that
            `make_variant` refuses.
    """

    header: tuple[str, ...] = ()

    def __init__(self, stream: io.BufferedReader, path: str) -> None:
        self.path = path
        self._lines = as_text(stream, path)
        first = self._lines.readline().rstrip("\r\n")
        if not first:
            self._lines.close()
            raise InputError("the first line is empty: give a VCF file or a table", path, 1)
        self._delimiter = "\t" if "\t" in first else ","
        self._names = [
            name.strip().lower() for name in self._fields(first.removeprefix("#"), number=1)
        ]
        lacking = [name for name in NEEDED if name not in self._names]
        if lacking:
            self._lines.close()
            raise InputError(
                "this is neither a VCF file, which begins with ##fileformat=VCF, nor a table with "
                f"a header of {', '.join(NEEDED)}, of which it lacks {', '.join(lacking)}",
                path,
                1,
            )

    def __iter__(self) -> Iterator[Variant]:
        at = [self._names.index(name) for name in NEEDED]
        ids = next((self._names.index(name) for name in IDS if name in self._names), None)
        with self._lines as lines:
            for number, line in enumerate(lines, 2):
                text = line.rstrip("\r\n")
                if not text.strip():
                    continue
                fields = self._fields(text, number)
                if len(fields) != len(self._names):
                    raise InputError(
                        f"{len(fields)} columns, and the header has {len(self._names)}",
                        self.path,
                        number,
                    )
                chrom, pos, ref, alt = (fields[index] for index in at)
                name = MISSING if ids is None else fields[ids]
                yield make_variant((chrom, pos, name, ref, alt), self.path, number)

    def _fields(self, text: str, number: int) -> list[str]:
        if '"' not in text:
            return text.split(self._delimiter)
        try:
            return next(csv.reader([text], delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            raise InputError(f"quotation marks: {error}", self.path, number) from None
