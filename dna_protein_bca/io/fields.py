"""Numbers and names in the fields of text files."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dna_protein_bca.errors import InputError

from .files import PathLike

Record = TypeVar("Record")


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
    """Compare the fields of numbers of what was fitted with what they may be.

    Args:
        record: a dataclass whose annotations are texts. A field of whole numbers is a count.

    Raises:
        ValueError: a field holds no number, one that is not finite, or a count that is not whole or
            negative.
    """
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if field.type in ("int", "float") and not (
            type(value) in (int, float) and abs(value) < 2**63 and math.isfinite(value)
        ):
            raise ValueError(f"{field.name} must be a finite number, and is {value!r:.40}")
        if field.type == "int" and not (type(value) is int and value >= 0):
            raise ValueError(f"{field.name} must be a count, and is {value!r:.40}")


def read_fitted(path: Path, kind: str, build: Callable[[Any], Record]) -> Record | None:
    """What was fitted for weights and lies beside them as JSON; None where there is no such file.

    Args:
        kind: what it is, for the message.
        build: makes it of the file's value; raises ValueError, or what wrong types and missing keys
            raise, where it cannot.

    Raises:
        InputError: the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        return build(parse_json(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, OverflowError):
        raise InputError(f"not {kind}: these weights are damaged", str(path)) from None


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
