"""Tables as they stand in a file, before any check of what they hold."""

from __future__ import annotations

import csv
import io
import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from dna_protein_bca.errors import InputError

from .files import PathLike, as_text, open_bytes
from .table_writer import objects

if TYPE_CHECKING:
    import pandas as pd

BATCH = 1 << 18
"""Rows of a Parquet file that are read together."""

LONGEST_FIELD = (1 << 31) - 1
"""Characters of a field; the csv module's own limit of 131,072 is less than many a sequence."""

NO_HEADER = "the first line is blank: it must be the header"


class RawTable(NamedTuple):
    """A table before any check: the columns that were asked for, and where its rows stand."""

    columns: dict[str, Any]
    header: list[str]
    path: str
    lines: Sequence[int]


def read_table(path: PathLike, wanted: Sequence[str], categories: Sequence[str] = ()) -> RawTable:
    """Read a TSV, CSV or Parquet file; columns that are not wanted are left out.

    Args:
        path: see `open_text`; Parquet is told by content, the delimiter of text by its header.
        wanted: names of columns.
        categories: columns of a Parquet file to hold as categories, batch by batch; then all
            columns are Series.

    Returns:
        Columns as lists of str, or of a Parquet file's values with None where one is missing.

    Raises:
        InputError: an empty file, no header, a column that is named twice, rows of different
            widths, a field that runs over the end of its line, damaged Parquet.
    """
    name = os.fspath(path)
    with open_bytes(name) as stream:
        if stream.peek(4).startswith(b"PAR1"):
            return _read_parquet(stream.read(), name, wanted, categories)
        with as_text(stream, name) as handle:
            return _read_text(handle, name, wanted)


def from_frame(frame: pd.DataFrame, wanted: Sequence[str], path: str) -> RawTable:
    """The columns as lists in which None is a missing value."""
    columns = {name: objects(frame[name]) for name in frame.columns if name in wanted}
    header = [str(name) for name in frame.columns]
    return RawTable(columns, header, path, range(1, len(frame) + 1))


def _read_parquet(
    data: bytes, name: str, wanted: Sequence[str], categories: Sequence[str]
) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        header = file.schema_arrow.names
        names = [column for column in header if column in wanted]
        if categories:
            texts = [column for column in names if column in categories]
            file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
            columns = {column: _stream_column(file, column) for column in names}
            return RawTable(columns, header, name, range(1, file.metadata.num_rows + 1))
        frame = file.read(names).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"damaged, or no Parquet file: {error}", name) from None
    return from_frame(frame, wanted, name)._replace(header=header)


def _stream_column(file: Any, column: str) -> pd.Series:
    """A column of a Parquet file batch by batch; texts as categories.

    Each group of rows has a dictionary of its own, and all of them at once would take more memory
    than the column.
    """
    import numpy as np
    import pandas as pd

    codes: dict[Any, int] = {}
    numbers, parts = [], []
    for batch in file.iter_batches(BATCH, columns=[column]):
        values = batch.column(0)
        if not hasattr(values, "dictionary"):
            numbers.append(values.to_pandas())
            continue
        own = [codes.setdefault(text, len(codes)) for text in values.dictionary.to_pylist()]
        at = values.indices.fill_null(len(own)).to_numpy(zero_copy_only=False)
        parts.append(np.append(own, -1).astype(np.int32)[at])
    if numbers:
        return pd.concat(numbers, ignore_index=True)
    if not parts:
        return pd.Series([], dtype=object)
    return pd.Series(pd.Categorical.from_codes(np.concatenate(parts), list(codes)))


class _Rows:
    """The rows of a text, each from one line; blank lines are passed over.

    The csv module asks for another line in the middle of a row where a field in quotation marks is
    not closed. One stray mark would so take all lines up to the next mark into one field.

    Attributes:
        number: of the line of the last row, 1-based.
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
                "take the mark out (a field cannot run over the end of its line)",
                self._name,
                self.number,
            )


def _unreadable(error: str) -> str:
    if "expected after" in error:
        return (
            "text follows the quotation mark that closes a field: take the marks out, or put the "
            'whole field between marks and write each mark inside it twice ("")'
        )
    return f"not a readable row: {error}"


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
    columns: dict[str, list[Any]] = {field: [] for field in header if field in wanted}
    lines = array("q")
    twice = [field for field in header if field and header.count(field) > 1]
    if twice:
        raise InputError(f"two columns are named {twice[0]!r}: name each once", name, 1)
    if columns:
        _take(rows, reader, header, columns, lines, name)
    return RawTable(columns, header, name, lines)


def _take(
    rows: _Rows,
    reader: Iterator[list[str]],
    header: list[str],
    columns: dict[str, list[Any]],
    lines: array[int],
    name: str,
) -> None:
    """Append the rows to `columns`, one copy of each text, and their lines to `lines`."""
    taken = [(header.index(field), values.append) for field, values in columns.items()]
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
        for index, append in taken:
            append(texts.setdefault(row[index], row[index]))
        lines.append(rows.number)


def _delimiter(header: str, name: str, wanted: Sequence[str]) -> str:
    """The mark between fields under which the header names the most columns that are wanted."""
    marks = ",\t;" if ".csv" in Path(name.lower()).suffixes[-2:] else "\t,;"

    def known(mark: str) -> int:
        fields = {field.strip().strip('"') for field in header.split(mark)}
        return len(fields.intersection(wanted))

    return max(marks, key=known)
