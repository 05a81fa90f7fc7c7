"""Vectors with their ids as one file: arrays of numpy, or a Parquet table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def write_embeddings(path: Path, ids: Mapping[str, Sequence[str]], vectors: np.ndarray) -> None:
    """Write vectors.

    An `.npz` file holds each column of ids as text and `embedding`, float32 [rows, size], and is
    what `numpy.load` reads. In a Parquet table `embedding` is a list of a fixed size, null where
    all of a vector is missing.

    Args:
        path: ends in `.npz` or `.parquet`.
        ids: column -> text [rows].
        vectors: float32 [rows, size]; rows of NaN are missing.
    """
    if path.suffix == ".npz":
        arrays: dict[str, Any] = {name: np.array(each, dtype=str) for name, each in ids.items()}
        with open(path, "wb") as file:
            np.savez(file, **arrays, embedding=vectors)
        return
    import pyarrow as pa
    from pyarrow import parquet

    missing = pa.array(np.isnan(vectors).all(axis=1))
    lists = pa.FixedSizeListArray.from_arrays(
        pa.array(vectors.ravel()), vectors.shape[1], mask=missing
    )
    columns = {name: pa.array(list(values), pa.string()) for name, values in ids.items()}
    parquet.write_table(pa.table({**columns, "embedding": lists}), path)
