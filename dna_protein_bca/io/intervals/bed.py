"""BED and narrowPeak files, read: regions of a genome with their summits."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import check_utf8, parse_float, parse_int
from dna_protein_bca.io.files import PathLike, open_text

NARROW_PEAK = 10
"""Columns of a narrowPeak file; the last is the summit's offset, -1 where none was called."""

FARTHEST = 2**62
"""Coordinates beyond do not fit in the arrays that hold them."""

IDR = 20
"""Columns of IDR's table of two replicates: those of narrowPeak, then those of each replicate."""

_BROWSER = re.compile(r"track([ \t].*=.*)?$|browser([ \t]+[^\d\s].*)?$")
"""Lines for the genome browser, and not a chromosome that begins with the same letters."""

_COLOUR = re.compile(r"\d+,\d+,\d+|0|\.")
"""The ninth column of BED."""


@dataclass(frozen=True)
class Regions:
    """Regions of a genome in the order of their file, 0-based and half-open.

    Attributes:
        path: of the file.
        names: of chromosomes.
        chrom: int64 [n], which of `names`.
        start, end, summit: int64 [n]; the summit is a position.
        line: int64 [n], of the file, from 1.
    """

    path: str
    names: list[str]
    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray
    summit: np.ndarray
    line: np.ndarray

    def __len__(self) -> int:
        return len(self.chrom)

    def first_lines(self) -> list[tuple[str, int]]:
        """Every chromosome, with the line of its first region."""
        present, rows = np.unique(self.chrom, return_index=True)
        return [
            (self.names[at], int(self.line[row])) for at, row in zip(present, rows, strict=True)
        ]

    def with_summits(self, offset: np.ndarray) -> Regions:
        """The same regions with summits at offsets from their starts; -1 leaves the middle."""
        return replace(self, summit=np.where(offset >= 0, self.start + offset, self.summit))


Bed: TypeAlias = "PathLike | Regions | Iterable[tuple[str, int, int]]"
"""Path of a BED or narrowPeak file, regions read before, or (chrom, start, end) from Python."""


def as_regions(source: Bed) -> Regions:
    """Regions of any of `Bed`; those from Python are checked as those of a file.

    Raises:
        InputError: see `read_bed`.
    """
    if isinstance(source, Regions):
        return source
    if isinstance(source, str | os.PathLike):
        return read_bed(source)
    rows = _Rows("")
    for number, row in enumerate(source, 1):
        rows.add([str(field) for field in row], number)
    return rows.regions()


def read_bed(path: PathLike) -> Regions:
    """Regions of a BED or narrowPeak file.

    A file of ten columns is narrowPeak, whose tenth column is the summit, unless columns 7 to 9 of
    every row are those of BED, an interval within the region and a colour; so are the first columns
    of IDR's table. Otherwise, and where the summit is -1, the middle of the region counts. Comments
    (`#`) and lines for the genome browser are passed over.

    Args:
        path: plain or compressed; `-` is standard input.

    Raises:
        InputError: fewer than three columns, rows of different widths, coordinates that are not
            numbers or not an interval, a summit outside its region, no region at all; a header, or
            a format that counts from 1 (GFF, the tables of MACS).
    """
    rows = _Rows(path)
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text or text.startswith("#") or _BROWSER.match(text):
                continue
            fields = line.rstrip("\n").split("\t")
            rows.add(fields if len(fields) >= 3 else line.split(), number)
    return rows.regions()


class _Rows:
    """The rows so far, as columns of numbers: a million of them take 40 MB."""

    def __init__(self, path: PathLike) -> None:
        self._path = os.fspath(path)
        self._codes: dict[str, int] = {}
        self._columns = [array("q") for _ in range(5)]
        self._width = 0
        self._summits = False
        self._bed = self._narrow = True
        self._no_number: tuple[int, str] | None = None

    def add(self, fields: list[str], number: int) -> None:
        first = not self._width
        if first:
            self._width = len(fields)
            self._summits = self._width in (NARROW_PEAK, IDR)
        if len(fields) != self._width or self._width < 3:
            raise InputError(
                f"{len(fields)} columns: give every row at least chrom, start and end, and "
                f"as many as the first ({self._width})",
                self._path,
                number,
            )
        if fault := _other_form(fields, first):
            raise InputError(fault, self._path, number)
        start, end = self._interval(fields, number)
        name = fields[0].strip()
        if name not in self._codes:
            check_utf8(name, self._path, number)
            self._codes[name] = len(self._codes)
        offset = self._offset(fields[6:NARROW_PEAK], start, end, number) if self._summits else -1
        row = (self._codes[name], start, end, number, offset)
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)

    def regions(self) -> Regions:
        """All rows, with their summits where the file has some."""
        if not self._width:
            raise InputError("no region in it: give a BED or narrowPeak file", self._path)
        chrom, start, end, line, offset = (np.array(column) for column in self._columns)
        names = [*self._codes]
        found = Regions(self._path, names, chrom, start, end, (start + end) // 2, line)
        have_summits = not self._bed if self._width == NARROW_PEAK else self._narrow
        if not (self._summits and have_summits):
            return found
        outside = np.flatnonzero(offset >= end - start)
        first = int(line[outside[0]]) if len(outside) else 0
        if self._no_number is not None and not 0 < first < self._no_number[0]:
            number, text = self._no_number
            raise InputError(
                f"the summit in column 10 is {text!r}: give a whole number, -1 where there is none",
                self._path,
                number,
            )
        if first:
            row = outside[0]
            raise InputError(
                f"the summit lies {offset[row]} bp into a peak of {end[row] - start[row]} bp",
                self._path,
                first,
            )
        return found.with_summits(offset)

    def _interval(self, fields: list[str], number: int) -> tuple[int, int]:
        try:
            start, end = parse_int(fields[1]), parse_int(fields[2])
        except ValueError:
            raise InputError(
                f"start {fields[1]!r} and end {fields[2]!r} must be whole numbers",
                self._path,
                number,
            ) from None
        if not 0 <= start < end:
            wrong = "start must be below end" if start >= end else "BED counts from 0"
            raise InputError(f"{start}..{end} is not an interval: {wrong}", self._path, number)
        if end > FARTHEST:
            raise InputError(f"end {end} is past the end of any chromosome", self._path, number)
        return start, end

    def _offset(self, columns: list[str], start: int, end: int, number: int) -> int:
        """The summit's offset, -1 where the column has none; notes what the columns may be."""
        bed = (self._bed or self._width == IDR) and _is_bed(columns, start, end)
        self._bed &= bed
        if self._width == IDR and self._narrow:
            self._narrow = not bed and _is_narrow_peak(columns)
        try:
            return min(max(parse_int(columns[3]), -1), FARTHEST)
        except ValueError:
            self._no_number = self._no_number or (number, columns[3])
            return -1


def _other_form(fields: list[str], first: bool) -> str | None:
    """What a row seems to be, where it is not of a BED file; None where it may be.

    Args:
        first: no region came before.
    """
    numbers = [field.strip().isdecimal() for field in fields]
    if len(fields) >= 9 and numbers[3] and numbers[4] and not (numbers[1] or numbers[2]):
        return "seems to be GFF, which counts from 1: give a BED or narrowPeak file"
    if first and not any(numbers[1:3]) and all(re.match(r"[^\W\d]", text) for text in fields[1:3]):
        return (
            "seems to be a header, which BED does not have: remove it, or begin it with #; if the "
            "table is MACS's .xls, which counts from 1, give its narrowPeak file instead"
        )
    if len(fields) >= 5 and all(numbers[1:5]):
        start, end, length, summit = map(_number, fields[1:5])
        if length == end - start + 1 and start <= summit <= end:
            return "seems to be a row of MACS's .xls, which counts from 1: give its narrowPeak file"
    if len(fields) == NARROW_PEAK and fields[5].strip() not in ("+", "-", "."):
        return (
            "ten columns, but not narrowPeak, whose sixth column is the strand (+, - or .): here "
            f"it is {fields[5]!r}"
        )
    return None


def _is_bed(columns: list[str], start: int, end: int) -> bool:
    """Whether columns 7 to 9 are an interval within the region, and a colour."""
    thick = [_number(text) for text in columns[:2]]
    return start <= thick[0] <= thick[1] <= end and bool(_COLOUR.fullmatch(columns[2].strip()))


def _number(text: str) -> int:
    """The number that a field holds; -1 for anything else."""
    try:
        return max(parse_int(text), -1)
    except ValueError:
        return -1


def _is_narrow_peak(columns: list[str]) -> bool:
    """Whether columns 7 to 10 are numbers, the last of them whole."""
    try:
        *_, summit = [*map(parse_float, columns[:3]), parse_int(columns[3])]
    except ValueError:
        return False
    return summit >= -1
