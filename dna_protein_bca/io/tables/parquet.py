"""Parquet files: columns read batch by batch, results written as groups of rows."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS = 1 << 16
"""Rows that are written as one group; those of several chunks are gathered."""

BATCH = 1 << 18
"""Rows that are read together."""

MOST_ROWS = 100
FEW_ROWS = 1_000_000
"""Rows for each byte that a Parquet file may have, and how many it may have in any case. Equal rows
are stored once, so that a few bytes can say that there are more than any memory holds."""

RESULT_TYPES = {
    "score": "float32",
    "probability": "float32",
    "start": "int64",
    "end": "int64",
    "nearest_identity": "float64",
    "p_value": "float64",
    "coverage": "float64",
    "score_ref": "float32",
    "score_alt": "float32",
    "delta_score": "float32",
    "p_value_ref": "float64",
    "p_value_alt": "float64",
    "delta_p": "float64",
    "start_ref": "int64",
    "end_ref": "int64",
    "start_alt": "int64",
    "end_alt": "int64",
    "pos": "int64",
}
"""Types of the columns of results, for one without any value that would show its type. Any other
such column is written as strings."""


def open_parquet(source: PathLike | io.BytesIO, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    """Open a Parquet file, none of whose rows was read yet; closed where it is refused.

    Args:
        dictionaries: columns to read as dictionaries.

    Raises:
        pa.ArrowException, OSError, UnicodeDecodeError: no such file, or damaged, or with more rows
            than such a file can be meant to have.
    """
    import pyarrow.parquet as pq

    size = len(source.getbuffer()) if isinstance(source, io.BytesIO) else os.path.getsize(source)
    with ExitStack() as stack:
        file = stack.enter_context(pq.ParquetFile(source, read_dictionary=[*dictionaries]))
        _check_rows(file.metadata, size)
        stack.pop_all()
    return file


def _check_rows(about: pq.FileMetaData, size: int) -> None:
    """Raise pa.ArrowInvalid for rows that a file of `size` bytes is not meant to have."""
    import pyarrow as pa

    groups = [about.row_group(at) for at in range(about.num_row_groups)]
    rows = sum(group.num_rows for group in groups)
    # Each row of a column has a value, or several where it holds a list.
    whole = all(
        group.num_rows <= group.column(at).num_values
        for group in groups
        for at in range(group.num_columns)
    )
    if rows != about.num_rows or not whole:
        raise pa.ArrowInvalid("its rows are counted differently in different places")
    if rows > max(FEW_ROWS, MOST_ROWS * size):
        raise pa.ArrowInvalid(f"{rows:,} rows in {size:,} bytes")


class ParquetColumns:
    """A Parquet file in memory, of which some columns are read.

    Args:
        data: the whole file.
        name: of the file, for errors.
        wanted: names of columns; those that the file has are read.

    Attributes:
        header: names of all columns.
        rows: how many.

    Raises:
        InputError: a damaged file.
    """

    def __init__(self, data: bytes, name: str, wanted: Sequence[str]) -> None:
        self._data = data
        self._name = name
        file = self._open([])
        self.header: list[str] = file.schema_arrow.names
        self.rows: int = file.metadata.num_rows
        self._names = [column for column in self.header if column in wanted]

    def frame(self) -> pd.DataFrame:
        """The columns at once.

        Raises:
            InputError: a damaged file.
        """
        import pyarrow as pa

        try:
            # An index of pandas is a column as any other, under its name.
            frame: pd.DataFrame = self._open([]).read(self._names).to_pandas(ignore_metadata=True)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None
        return frame

    def compact(self, categories: Sequence[str]) -> dict[str, pd.Series]:
        """The columns batch by batch, texts of `categories` as categories.

        Raises:
            InputError: a damaged file.
        """
        import pyarrow as pa

        texts = [column for column in self._names if column in categories]
        try:
            file = self._open(texts)
            return {column: _stream_column(file, column) for column in self._names}
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _open(self, dictionaries: list[str]) -> pq.ParquetFile:
        import pyarrow as pa

        try:
            return open_parquet(io.BytesIO(self._data), dictionaries)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InputError:
        return InputError(f"damaged, or not a Parquet file: {error}", self._name)


def _stream_column(file: pq.ParquetFile, column: str) -> pd.Series:
    """A column of a Parquet file batch by batch; texts as categories.

    Each group of rows has its own dictionary, and all of them at once would take more memory than
    the column.
    """
    import numpy as np
    import pandas as pd

    codes: dict[object, int] = {}
    numbers, parts = [], []
    for batch in file.iter_batches(BATCH, columns=[column]):
        values = batch.column(0)
        if not hasattr(values, "dictionary"):
            numbers.append(values.to_pandas())
            continue
        of_batch = [codes.setdefault(text, len(codes)) for text in values.dictionary.to_pylist()]
        at = values.indices.fill_null(len(of_batch)).to_numpy(zero_copy_only=False)
        parts.append(np.append(of_batch, -1).astype(np.int32)[at])
    if numbers:
        return pd.concat(numbers, ignore_index=True)
    if not parts:
        return pd.Series([], dtype=object)
    return pd.Series(pd.Categorical.from_codes(np.concatenate(parts), list(codes)))


class ParquetRows:
    """Rows written as groups of `ROWS` or more; the first chunk decides the types.

    Args:
        file: binary, writable.
        columns: names, in order.
        metadata: of the file, beside what pandas notes there.
    """

    def __init__(self, file: object, columns: Sequence[str], metadata: Mapping[str, str]) -> None:
        self._metadata = metadata
        self._file = file
        self._columns = columns
        self._writer: pq.ParquetWriter | None = None
        self._schema: pa.Schema | None = None
        self._waiting: list[pa.Table] = []

    def write(self, table: pd.DataFrame) -> None:
        """Append rows."""
        import pyarrow as pa

        if self._schema is None:
            self._schema = typed_schema(pa.Schema.from_pandas(table, preserve_index=False))
        part = pa.Table.from_pandas(table, schema=self._schema, preserve_index=False)
        self._waiting.append(part)
        if sum(map(len, self._waiting)) >= ROWS:
            self._flush()

    def finish(self) -> None:
        """Write what is left, and the end of the file."""
        import pyarrow as pa

        if self._schema is None:
            self._schema = typed_schema(pa.schema([(name, pa.null()) for name in self._columns]))
        self._flush().close()

    def abandon(self) -> None:
        """Let go of the file, which is not whole."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()

    def _flush(self) -> pq.ParquetWriter:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._writer is None:
            assert self._schema is not None
            noted = {**(self._schema.metadata or {}), **self._metadata}
            self._writer = pq.ParquetWriter(self._file, self._schema.with_metadata(noted or None))
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
            self._waiting = []
        return self._writer


def typed_schema(schema: pa.Schema) -> pa.Schema:
    """Every column with a type; strings of the kind that every reader knows."""
    import pyarrow as pa

    for index, field in enumerate(schema):
        if pa.types.is_null(field.type):
            kind = pa.type_for_alias(RESULT_TYPES.get(field.name, "string"))
            schema = schema.set(index, field.with_type(kind))
        elif pa.types.is_large_string(field.type):
            schema = schema.set(index, field.with_type(pa.string()))
    return schema
