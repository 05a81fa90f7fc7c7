"""Numbers and names in the fields of text files."""

from __future__ import annotations

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
