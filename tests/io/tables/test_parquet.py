"""Parquet files that say that they hold more than they do."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest
from pyarrow import parquet

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.tables.parquet import ParquetColumns, open_parquet


def packed(columns: Mapping[str, Sequence[object] | pa.Array]) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(dict(columns)), file, compression="zstd")
    return file.getvalue()


def test_equal_rows_that_a_memory_would_be_filled_with_are_refused() -> None:
    data = packed({"label": pa.repeat(pa.scalar(1), 2_000_000)})
    assert len(data) < 20_000
    with pytest.raises(InputError, match=r"p\.parquet: damaged, .*: 2,000,000 rows in [\d,]+ byt"):
        ParquetColumns(data, "p.parquet", ["label"])
    few = ParquetColumns(packed({"label": pa.repeat(pa.scalar(1), 900_000)}), "p", ["label"])
    assert few.rows == len(few.frame()) == 900_000


def test_rows_that_are_counted_differently_are_refused() -> None:
    data = packed({"protein_id": ["a", "b"], "label": [0, 1]})
    assert open_parquet(io.BytesIO(data)).read().num_rows == 2
    # Of a group: two rows (4, as Thrift writes it), which begin at byte 4 (8).
    count = b"\x16\x04&\x08"
    assert data.count(count) == 1
    with pytest.raises(pa.ArrowInvalid, match="counted differently"):
        open_parquet(io.BytesIO(data.replace(count, b"\x16\x7e&\x08")))
