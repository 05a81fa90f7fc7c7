"""Tables of results, written as a stream: TSV, CSV, JSON Lines or Parquet."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from json.encoder import encode_basestring
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

from dna_protein_bca.errors import STDIN, InputError

from .files import PathLike, atomic_path

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ROWS = 1 << 16
"""Rows that are formatted, or written as one group of a Parquet file, together."""

DIGITS = "%.7g"
"""How numbers are written as text: as many digits as a float32 holds, so that a score of 10 or
more is still right to 1e-5."""

RESULT_TYPES = {
    "score": "float32",
    "probability": "float32",
    "start": "int64",
    "end": "int64",
    "nearest_identity": "float64",
}
"""Parquet types of the columns of results, for one that holds no value to tell it from. Any other
is a string then."""

_FORMATS = {
    "": "tsv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}

_COMPRESSORS: dict[str, Callable[[BinaryIO], Any]] = {
    # No name and no time inside, so that the same table gives the same bytes.
    ".gz": lambda file: gzip.GzipFile("", "wb", 5, file, mtime=0),
    ".bz2": partial(bz2.BZ2File, mode="wb"),
    ".xz": partial(lzma.LZMAFile, mode="wb", preset=3),
}


class TableWriter:
    """Writes one table in chunks; a context manager.

    A file appears under its name when the block ends well, whole; when it does not, nothing is
    left of it, and a file that was there before is untouched. Standard output is a stream of TSV.
    Missing values are empty (null in JSON Lines and Parquet); numbers have `DIGITS` as text, and
    the bits of the first chunk's in Parquet. Memory holds `ROWS` rows and the chunk at hand.

    Args:
        path: its ending names the format: `.tsv`, `.csv`, `.jsonl` or `.parquet`, and for text a
            compression: `.gz`, `.bz2` or `.xz`; `-` is standard output.
        columns: names, in order.

    Raises:
        InputError: an unknown ending; on entering the block, an output that cannot be written; in
            the block, a disk that is full.
    """

    def __init__(self, path: PathLike, columns: Sequence[str]) -> None:
        self.path = os.fspath(path)
        self.columns = list(columns)
        self._format, self._compressor = _format_of(self.path)
        self._stack = ExitStack()
        self._put: Any = None

    def __enter__(self) -> TableWriter:
        live = self.path == STDIN
        with ExitStack() as stack, _named(self.path):
            if live:
                file: Any = _StandardOutput()
            else:
                target = stack.enter_context(atomic_path(self.path))
                file = stack.enter_context(open(target, "wb"))
            if self._compressor is not None:
                file = stack.enter_context(self._compressor(file))
            if self._format == "parquet":
                self._put = _Parquet(file, self.columns)
            else:
                self._put = _Text(file, self._format, self.columns)
            stack.push(self._finish)
            self._stack = stack.pop_all()
        return self

    def write(self, table: pd.DataFrame) -> None:
        """Append rows.

        Args:
            table: has all of `columns`, in any order; others are left out.

        Raises:
            KeyError: a column is not there.
        """
        table = table[self.columns]
        with _named(self.path):
            for first in range(0, len(table), ROWS):
                self._put.write(table.iloc[first : first + ROWS])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _named(self.path):
            self._stack.__exit__(kind, error, trace)

    def _finish(self, kind: type[BaseException] | None, *_: Any) -> None:
        if kind is None:
            self._put.finish()
        else:
            self._put.abandon()


def _format_of(name: str) -> tuple[str, Callable[[BinaryIO], Any] | None]:
    ending = Path(name).suffix.lower()
    compressor = _COMPRESSORS.get(ending)
    if compressor is not None:
        ending = Path(name).with_suffix("").suffix.lower()
    form = _FORMATS.get(ending)
    if form is None:
        raise InputError(
            f"the ending {ending} is no format of tables here: "
            "use .tsv, .csv, .jsonl (.gz after it compresses) or .parquet",
            name,
        )
    if form == "parquet" and compressor is not None:
        raise InputError("Parquet is compressed in itself: end the name in .parquet", name)
    return form, compressor


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Name the output where the operating system refuses to write it."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of a pipe has left, which is not the user's error
    except OSError as error:
        place = "stdout" if name == STDIN else name
        raise InputError(f"cannot be written: {error.strerror or error}", place) from error


class _StandardOutput:
    """`sys.stdout` for bytes, as it is at this moment; never closed, flushed at every write."""

    def write(self, data: bytes) -> None:
        stream = sys.stdout
        stream.flush()
        if hasattr(stream, "buffer"):
            stream.buffer.write(data)
        else:  # a notebook's
            stream.write(data.decode())
        stream.flush()


class _Text:
    """Rows as lines of text. The header waits for the first rows, or the end."""

    def __init__(self, file: Any, form: str, columns: Sequence[str]) -> None:
        self._file = file
        self._delimiter = "," if form == "csv" else "\t"
        self._head = b""
        self._template = ""
        if form == "jsonl":
            names = (encode_basestring(name).replace("%", "%%") for name in columns)
            self._template = "{" + ", ".join(f"{name}: %s" for name in names) + "}\n"
        else:
            self._head = self._lines([columns])

    def write(self, table: pd.DataFrame) -> None:
        columns = (table.iloc[:, index] for index in range(table.shape[1]))
        if self._template:
            rows = zip(*map(_json_cells, columns), strict=True)
            data = "".join(map(self._template.__mod__, rows)).encode()
        else:
            data = self._lines(zip(*map(_cells, columns), strict=True))
        self._file.write(self._head + data)
        self._head = b""

    def finish(self) -> None:
        self._file.write(self._head)

    def abandon(self) -> None:
        pass

    def _lines(self, rows: Iterable[Sequence[Any]]) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=self._delimiter, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()


class _Parquet:
    """Rows as groups of `ROWS` or more; the first chunk decides the types."""

    def __init__(self, file: Any, columns: Sequence[str]) -> None:
        self._file = file
        self._columns = columns
        self._writer: Any = None
        self._schema: pa.Schema | None = None
        self._waiting: list[pa.Table] = []

    def write(self, table: pd.DataFrame) -> None:
        import pyarrow as pa

        if self._schema is None:
            self._schema = _schema(pa.Schema.from_pandas(table, preserve_index=False))
        part = pa.Table.from_pandas(table, schema=self._schema, preserve_index=False)
        self._waiting.append(part)
        if sum(map(len, self._waiting)) >= ROWS:
            self._flush()

    def finish(self) -> None:
        import pyarrow as pa

        if self._schema is None:
            self._schema = _schema(pa.schema([(name, pa.null()) for name in self._columns]))
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, self._schema)
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
            self._waiting = []


def _schema(found: pa.Schema) -> pa.Schema:
    """Every column with a type; strings of the kind that every reader knows."""
    import pyarrow as pa

    for index, field in enumerate(found):
        if pa.types.is_null(field.type):
            kind = pa.type_for_alias(RESULT_TYPES.get(field.name, "string"))
            found = found.set(index, field.with_type(kind))
        elif pa.types.is_large_string(field.type):
            found = found.set(index, field.with_type(pa.string()))
    return found


def objects(column: pd.Series) -> list[Any]:
    """A column's Python values, None where one is missing."""
    values = column.astype(object).to_numpy(copy=True)
    values[column.isna().to_numpy()] = None
    items: list[Any] = values.tolist()
    return items


def _cells(column: pd.Series) -> list[Any]:
    """What the csv module writes: text, numbers, None for an empty field."""
    if column.dtype.kind != "f":
        return objects(column)
    values = column.to_numpy(dtype="float64", na_value=math.nan)
    return [None if value != value else DIGITS % value for value in values.tolist()]


def _json_cells(column: pd.Series) -> list[str]:
    """JSON values; null also for an infinite number, which JSON lacks."""
    if column.dtype.kind != "f":
        return [_json(value) for value in objects(column)]
    values = column.to_numpy(dtype="float64", na_value=math.nan)
    return [DIGITS % value if math.isfinite(value) else "null" for value in values.tolist()]


def _json(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, float):
        return DIGITS % value if math.isfinite(value) else "null"
    if type(value) is int:
        return str(value)
    return "null" if value is None else json.dumps(value)
