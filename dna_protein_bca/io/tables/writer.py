"""Tables of results, written as a stream: TSV, CSV, JSON Lines or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dna_protein_bca.errors import STDIN, InputError
from dna_protein_bca.io.compression import compression_named
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.outputs import Output, StandardOutput, name_output, open_output

from .cells import json_cells, text_cells
from .parquet import ParquetRows

if TYPE_CHECKING:
    import pandas as pd

ROWS = 1 << 16
"""Rows that are formatted together."""

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


class TableWriter(Output):
    """Writes a table in chunks; a context manager.

    A file appears under its name when the block ends well, whole; when it does not, nothing is
    left of it, and a file that was there before is untouched. Standard output is a stream of TSV.
    Missing values are empty (null in JSON Lines and Parquet); numbers have seven digits as text,
    and the bits of the first chunk's in Parquet. Memory holds `ROWS` rows and the chunk at hand.

    Args:
        path: its ending names the format: `.tsv`, `.csv`, `.jsonl` or `.parquet`, and for text a
            compression: `.gz`, `.bz2` or `.xz`; `-` is standard output.
        columns: names, in order.
        metadata: what a Parquet file says of the table, by names; no line of text says it.

    Raises:
        InputError: an unknown ending; on entering the block, an output that cannot be written; in
            the block, a disk that is full.
    """

    def __init__(
        self,
        path: PathLike,
        columns: Sequence[str],
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(path)
        self.columns = list(columns)
        self._metadata = dict(metadata or {})
        self._format = _format_of(self.path)
        self._rows: _Rows

    def _open(self, stack: ExitStack) -> None:
        file: Writable
        if self.path == STDIN:
            file = StandardOutput()
        else:
            file = stack.enter_context(open_output(self.path))
        if self._format == "parquet":
            self._rows = ParquetRows(file, self.columns, self._metadata)
        else:
            self._rows = _TextRows(file, self._format, self.columns)

    def write(self, table: pd.DataFrame) -> None:
        """Append rows.

        Args:
            table: has all of `columns`, in any order; others are left out.

        Raises:
            KeyError: a column is not there.
        """
        table = table[self.columns]
        with name_output(self.path):
            for first in range(0, len(table), ROWS):
                self._rows.write(table.iloc[first : first + ROWS])

    def _finish(self) -> None:
        self._rows.finish()

    def _abandon(self) -> None:
        self._rows.abandon()


class Writable(Protocol):
    """What rows are written to."""

    def write(self, data: bytes, /) -> int: ...


class _Rows(Protocol):
    """What a format does with rows."""

    def write(self, table: pd.DataFrame) -> None: ...

    def finish(self) -> None: ...

    def abandon(self) -> None: ...


def _format_of(name: str) -> str:
    compressed = compression_named(name) is not None
    ending = (Path(name).with_suffix("") if compressed else Path(name)).suffix.lower()
    form = _FORMATS.get(ending)
    if form is None:
        raise InputError(
            f"the ending {ending} is not a format of tables: "
            "use .tsv, .csv, .jsonl (.gz after it compresses) or .parquet",
            name,
        )
    if form == "parquet" and compressed:
        raise InputError("Parquet is compressed in itself: end the name in .parquet", name)
    return form


class _TextRows:
    """Rows as lines of text. The header waits for the first rows, or the end."""

    def __init__(self, file: Writable, form: str, columns: Sequence[str]) -> None:
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
            rows = zip(*map(json_cells, columns), strict=True)
            data = "".join(map(self._template.__mod__, rows)).encode()
        else:
            data = self._lines(zip(*map(text_cells, columns), strict=True))
        self._file.write(self._head + data)
        self._head = b""

    def finish(self) -> None:
        self._file.write(self._head)

    def abandon(self) -> None:
        pass

    def _lines(self, rows: Iterable[Sequence[object]]) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=self._delimiter, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()
