"""Numbers and names in the fields of text files."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from dna_protein_bca.errors import InputError

from .files import PathLike


def parse_float(text: str) -> float:
    """A number as files write it; `2_0`, which Python's own `float` reads as 20, is none.

    Raises:
        ValueError: not a number.
    """
    _check_digits(text)
    return float(text)


def parse_int(text: str) -> int:
    """A whole number as files write it; see `parse_float`.

    Raises:
        ValueError: not a whole number.
    """
    _check_digits(text)
    return int(text)


def parse_json(text: str) -> Any:
    """The value of a text of JSON.

    Raises:
        ValueError: not JSON (`json.JSONDecodeError` where it has a line), a number of thousands of
            digits, or parts within parts so deep that no reader follows.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("parts within parts, too deep to be read") from None


def check_numbers(record: Any) -> None:
    """Raise ValueError where a dataclass's field of a number holds none, or one that is not finite.

    Args:
        record: a dataclass whose annotations are texts.
    """
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if field.type in ("int", "float") and not (
            type(value) in (int, float) and abs(value) < 2**63 and math.isfinite(value)
        ):
            raise ValueError(f"{field.name} must be a finite number, and is {value!r:.40}")


def is_utf8(text: str) -> bool:
    """Whether a text that `open_text` read holds no byte that is not UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def check_utf8(text: str, path: PathLike | None, line: int | None) -> None:
    """Raise InputError where a name from a file holds a byte that is not UTF-8."""
    if not is_utf8(text):
        shown = text if len(text) <= 80 else text[:77] + "..."
        raise InputError(f"{shown!r} is not UTF-8: save the file as UTF-8", path, line)


def _check_digits(text: str) -> None:
    if "_" in text or not text.isascii():
        raise ValueError(f"not a number: {text!r}")
