"""The values of a table's columns: as Python's own, as fields of a text, as JSON."""

from __future__ import annotations

import json
import math
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DIGITS = "%.7g"
"""How numbers are written as text: as many digits as a float32 holds, so that a score of 10 or
more is still right to 1e-5."""


def objects(column: pd.Series) -> list[object]:
    """A column's Python values, None where one is missing."""
    values = column.astype(object).to_numpy(copy=True)
    values[column.isna().to_numpy()] = None
    items: list[object] = values.tolist()
    return items


def text_cells(column: pd.Series) -> list[object]:
    """What the csv module writes: text, numbers, None (an empty field) for what is not finite."""
    if column.dtype.kind != "f":
        return objects(column)
    values = column.to_numpy(dtype="float64", na_value=math.nan)
    return [DIGITS % value if math.isfinite(value) else None for value in values.tolist()]


def json_cells(column: pd.Series) -> list[str]:
    """JSON values; null also for an infinite number, which JSON lacks."""
    if column.dtype.kind != "f":
        return [_json(value) for value in objects(column)]
    values = column.to_numpy(dtype="float64", na_value=math.nan)
    return [DIGITS % value if math.isfinite(value) else "null" for value in values.tolist()]


def _json(value: object) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, float):
        return DIGITS % value if math.isfinite(value) else "null"
    if type(value) is int:
        return str(value)
    return "null" if value is None else json.dumps(value)
