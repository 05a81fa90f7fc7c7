"""Tables as they stand in a file, before any check of their values."""

from __future__ import annotations

import csv
import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO, TypeAlias

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, as_text, open_bytes

from .cells import objects
from .parquet import ParquetColumns

if TYPE_CHECKING:
    import pandas as pd

LONGEST_FIELD = (1 << 31) - 1
"""Characters of a field; the csv module's default limit of 131,072 is shorter than many sequences.
"""

NO_HEADER = "the first line is blank: it must be the header"

Values: TypeAlias = "Sequence[object] | pd.Series"
"""A column before any check."""


class RawTable(NamedTuple):
    """A table before any check.

    Attributes:
        columns: those that were asked for and are there.
        header: names of all columns.
        path: the file, for messages.
        lines: the line of each row, 1-based; of a Parquet file or a DataFrame, the row's number.
    """

    columns: dict[str, Values]
    header: list[str]
    path: str
    lines: Sequence[int]


def read_table(path: PathLike, wanted: Sequence[str], categories: Sequence[str] = ()) -> RawTable:
    """Read a TSV, CSV or Parquet file; columns that are not wanted are left out.

    Args:
        path: see `open_text`; Parquet is recognised by content, the delimiter of text by its
            header.
        wanted: names of columns.
        categories: columns of a Parquet file to hold as categories, batch by batch; then all
            columns are Series.

    Returns:
        Columns as lists of str, or of a Parquet file's values with None where one is missing.

    Raises:
        InputError: an empty file, no header, two columns of the same name, rows of different
            widths, a field that runs over the end of its line, damaged Parquet.
    """
    name = os.fspath(path)
    with open_bytes(name) as stream:
        if stream.peek(4).startswith(b"PAR1"):
            return _read_parquet(stream.read(), name, wanted, categories)
        with as_text(stream, name) as handle:
            return _read_text(handle, name, wanted)


def table_of_frame(frame: pd.DataFrame, wanted: Sequence[str], path: str) -> RawTable:
    """The wanted columns of a DataFrame, as lists in which None is a missing value.

    Args:
        path: how messages name the table.
    """
    columns: dict[str, Values] = {
        name: objects(frame[name]) for name in frame.columns if name in wanted
    }
    header = [str(name) for name in frame.columns]
    return RawTable(columns, header, path, range(1, len(frame) + 1))


def _read_parquet(
    data: bytes, name: str, wanted: Sequence[str], categories: Sequence[str]
) -> RawTable:
    import pyarrow as pa

    try:
        file = ParquetColumns(data, name, wanted)
        if categories:
            columns: dict[str, Values] = {**file.compact(categories)}
            return RawTable(columns, file.header, name, range(1, file.rows + 1))
        return table_of_frame(file.frame(), wanted, name)._replace(header=file.header)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        # Names and texts that are not UTF-8 are noticed only where they are used.
        raise InputError(f"damaged, or not a Parquet file: {error}", name) from None


class _Rows:
    """The rows of a text, each from a single line; blank lines are passed over.

    The csv module asks for another line in the middle of a row where a field in quotation marks is
    not closed. A stray mark would take all lines up to the next mark into a single field.

    Attributes:
        number: line of the last row, 1-based.
    """

    def __init__(self, first: str, handle: TextIO, name: str, delimiter: str) -> None:
        self.number = 0
        self._first = first
        self._handle = handle
        self._name = name
        self._delimiter = delimiter
        self._open = False

    def __iter__(self) -> Iterator[list[str]]:
        reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
        try:
            for row in reader:
                self._open = False
                if any(map(str.strip, row)):
                    yield row
        except csv.Error as error:
            raise InputError(_unreadable(str(error)), self._name, self.number) from None

    def _lines(self) -> Iterator[str]:
        line = self._first
        while line:
            self.number += 1
            self._open = True
            yield line
            if self._open:
                break
            line = self._handle.readline()
        if self._open:
            raise InputError(
                "a quotation mark opens a field that is not closed on this line: close it, or "
                "remove the mark (a field cannot run over the end of its line)",
                self._name,
                self.number,
            )


def _unreadable(error: str) -> str:
    if "expected after" in error:
        return (
            "text follows the quotation mark that closes a field: remove the marks, or put the "
            'whole field between marks and write each mark inside it twice ("")'
        )
    return f"this row cannot be read: {error}"


def _read_text(handle: TextIO, name: str, wanted: Sequence[str]) -> RawTable:
    first = handle.readline()
    if not first.strip():
        if not first and not handle.read(1):
            raise InputError("the file is empty: give a table with a header", name)
        raise InputError(NO_HEADER, name, 1)
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
    rows = _Rows(first, handle, name, _delimiter(first, name, wanted))
    reader = iter(rows)
    header = [field.strip() for field in next(reader, [])]
    if rows.number > 1 or not header:
        raise InputError(NO_HEADER, name, 1)
    twice = [field for field in header if field and header.count(field) > 1]
    if twice:
        raise InputError(f"two columns are named {twice[0]!r}: name each once", name, 1)
    columns: dict[str, list[str]] = {field: [] for field in header if field in wanted}
    lines = array("q")
    if columns:
        _append_rows(rows, reader, header, columns, lines, name)
    return RawTable({**columns}, header, name, lines)


def _append_rows(
    rows: _Rows,
    reader: Iterator[list[str]],
    header: list[str],
    columns: dict[str, list[str]],
    lines: array[int],
    name: str,
) -> None:
    """Append the rows to `columns`, each distinct text held once, and their lines to `lines`."""
    fields = [(header.index(field), values.append) for field, values in columns.items()]
    texts: dict[str, str] = {}
    # Spreadsheets end the header in delimiters of columns without a name, and not every row.
    named = max(index for index, field in enumerate(header, 1) if field)
    for row in reader:
        if not named <= len(row) <= len(header):
            raise InputError(
                f"{len(row)} column{'s' * (len(row) > 1)}, but the header has {len(header)}: "
                "give every row as many",
                name,
                rows.number,
            )
        for index, append in fields:
            append(texts.setdefault(row[index], row[index]))
        lines.append(rows.number)


def _delimiter(header: str, name: str, wanted: Sequence[str]) -> str:
    """The delimiter under which the header names the most columns that are wanted."""
    delimiters = ",\t;" if ".csv" in Path(name.lower()).suffixes[-2:] else "\t,;"

    def wanted_fields(delimiter: str) -> int:
        fields = {field.strip().strip('"') for field in header.split(delimiter)}
        return len(fields.intersection(wanted))

    return max(delimiters, key=wanted_fields)
