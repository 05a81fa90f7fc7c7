"""JASPAR's own form: a header `>MA0002.3 Runx1`, then four rows of counts, of A, C, G and T.

Several programs write a similar form with a position in each row (HOMER, gimmemotifs), which gives
other motifs when it is read as JASPAR's. A motif that may be of either form is refused.

The form: https://jaspar.elixir.no/docs/
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import check_utf8, parse_float
from dna_protein_bca.io.files import PathLike, open_text

BASES = "ACGT"

EVEN = 1.02
"""Largest ratio of sums that count as equal; rounding of the counts makes them differ."""

CLEARLY = 2.0
"""How many times less uneven the sums of positions are than those of bases, to tell them apart."""

SPREAD = 20.0
"""Largest ratio of the sums of a motif's positions; in JASPAR they differ by a factor of 6."""

LARGEST = 1e12
"""Largest count; no experiment has as many, and the sum of larger numbers may be infinite."""

_ROW = re.compile(r"(?:([A-Za-z])(?=[\s\[|:]))?\s*[\[|:]?\s*([^\[\]|:]*?)\s*\]?$")
_HOMER = re.compile(r">\S*\t[^\t]*\t\s*-?\d")

_ADVICE = "give JASPAR's form, a header and four rows of counts: of A, C, G and T"


class Counts(NamedTuple):
    """A motif as it is in the file.

    Attributes:
        id, name: the first and the second word of its header; the name is the id where there is
            only one word.
        counts: float64 [width, 4], of A, C, G and T.
        line: of the header.
    """

    id: str
    name: str
    counts: np.ndarray
    line: int


class _Row(NamedTuple):
    label: str
    values: list[float]
    line: int
    commas: bool


def read_counts(path: PathLike) -> Iterator[Counts]:
    """The motifs of a file in JASPAR's form, with or without letters before the rows.

    Raises:
        InputError: a motif without exactly four rows of the same length, values that are not
            numbers, positions in rows, log-odds.
    """
    header, rows, start = "", list[_Row](), 0
    with open_text(path) as file:
        for number, text in enumerate(file, 1):
            line = text.strip()
            if line.startswith(">"):
                if start:
                    yield _motif(header, rows, start, path)
                header, rows, start = line, [], number
            elif line and not line.startswith("#"):
                rows.append(_row(line, path, number))
    if start:
        yield _motif(header, rows, start, path)


def check_counts(counts: np.ndarray, name: str, path: PathLike | None, line: int = 0) -> None:
    """Raise InputError unless the numbers of a motif can be counts or probabilities.

    A position may be without counts, as some in JASPAR are; the sums of the other positions may
    differ by a factor of `SPREAD` (in JASPAR they differ by a factor of six).
    """
    fault = None
    sums = counts.sum(1)[counts.any(1)] if np.abs(counts).max(initial=0) <= LARGEST else []
    if not np.isfinite(counts).all():
        fault = "has a number that is not finite: give counts"
    elif (counts < 0).any():
        fault = "has negative numbers, as log-odds have: give counts or probabilities"
    elif counts.size and not counts.any():
        fault = "has no counts at all: remove it"
    elif counts.size and not len(sums):
        fault = f"has a number above {LARGEST:g}, which is no count: give counts or probabilities"
    if fault:
        raise InputError(f"motif {name} {fault}", path, line)
    if len(sums) and max(sums) > SPREAD * min(sums):
        raise InputError(
            f"the positions of motif {name} sum to {min(sums):g} to {max(sums):g}, where counts "
            "sum to about the same: correct them, or give the form that JASPAR writes",
            path,
            line,
        )


def _row(line: str, path: PathLike, number: int) -> _Row:
    match = _ROW.match(line)
    words = re.split(r"[\s,]+", match[2]) if match and match[2] else []
    if match and _mixes_separators(match[2]):
        raise InputError(
            f"{line[:40]!r} has both commas and blanks between its numbers: give blanks alone, and "
            "a point in decimal numbers",
            path,
            number,
        )
    try:
        values = [parse_float(word) for word in words]
    except ValueError:
        values = []
    if not values or match is None:
        raise InputError(f"{line[:40]!r} is not a row of counts: {_ADVICE}", path, number)
    if not all(map(math.isfinite, values)):
        raise InputError(f"{line[:40]!r} has a number that is not finite", path, number)
    return _Row((match[1] or "").upper().replace("U", "T"), values, number, "," in match[2])


def _mixes_separators(numbers: str) -> bool:
    """Whether a comma may be of a decimal number: it has no blank beside it, and others have."""
    blanks = {bool(re.search(r"\s", gap)) for gap in re.findall(r"[\s,]+", numbers)}
    commas = {"," in gap for gap in re.findall(r"[\s,]+", numbers)}
    return True in commas and (len(blanks) > 1 or len(commas) > 1)


def _motif(header: str, rows: list[_Row], line: int, path: PathLike) -> Counts:
    words = header[1:].split()
    if not words:
        raise InputError("a motif without a name: give one after '>'", path, line)
    id, name = words[0], (words[1] if len(words) > 1 else words[0])
    for word in (id, name):
        check_utf8(word, path, line)
    if _HOMER.match(header):
        raise InputError(f"motif {id} seems to be in HOMER's form: {_ADVICE}", path, line)
    labels = [row.label for row in rows]
    _check_shape(rows, id, path, line)
    order = _order(labels, id, path, line)
    counts = np.array([rows[number].values for number in order], np.float64).T
    check_counts(counts, id, path, line)
    _check_meaning(rows, counts, id, path, line)
    return Counts(id, name, counts, line)


def _check_shape(rows: list[_Row], id: str, path: PathLike, line: int) -> None:
    """Raise InputError unless there are four rows of the same length."""
    widths = {len(row.values) for row in rows}
    if len(rows) != len(BASES):
        if not any(row.label for row in rows) and widths == {len(BASES) + _are_numbered(rows)}:
            raise _positions_in_rows(id, path, line)
        raise InputError(f"motif {id} has {len(rows)} rows, and not four: {_ADVICE}", path, line)
    if len(widths) > 1:
        first = rows[0]
        other = next(row for row in rows if len(row.values) != len(first.values))
        raise InputError(
            f"a row of {len(other.values)} numbers, but the first of motif {id} has "
            f"{len(first.values)}",
            path,
            other.line,
        )


def _check_meaning(
    rows: list[_Row], counts: np.ndarray, id: str, path: PathLike, line: int
) -> None:
    """Raise InputError where the numbers of four rows may be others than the counts of bases."""
    if all(row.commas for row in rows) and _has_decimal_commas(counts):
        raise InputError(
            f"every second position of motif {id} sums to 0 or 1: if the commas are of decimal "
            "numbers, write points, and blanks between the numbers",
            path,
            line,
        )
    if any(row.label for row in rows):
        return
    if _are_numbered(rows) and _ratio(counts.sum(1)) > EVEN:
        raise InputError(
            f"the rows of motif {id} seem to begin with their numbers, {rows[0].values[0]:g} to "
            f"{rows[-1].values[0]:g}: {_ADVICE}",
            path,
            line,
        )
    if len(counts) == len(BASES):
        _check_square(counts, id, path, line)


def _are_numbered(rows: list[_Row]) -> bool:
    """Whether each row may begin with its number, from 0 or from 1."""
    first = [row.values[0] for row in rows]
    return len(rows) > 1 and first[0] in (0, 1) and bool((np.diff(first) == 1).all())


def _has_decimal_commas(counts: np.ndarray) -> bool:
    """Whether numbers such as `0,7` seem to have been read as two, by their sums."""
    whole, decimals = counts[::2].sum(1), counts[1::2].sum(1)
    return len(whole) == len(decimals) and bool((whole <= 1).all() and (decimals > 1).all())


def _order(labels: list[str], id: str, path: PathLike, line: int) -> list[int]:
    """The numbers of the rows of A, C, G and T."""
    if not any(labels):
        return list(range(len(BASES)))
    if sorted(labels) != list(BASES):
        named = ", ".join(label or "none" for label in labels)
        raise InputError(f"the rows of motif {id} are labelled {named}: {_ADVICE}", path, line)
    return [labels.index(base) for base in BASES]


def _check_square(counts: np.ndarray, id: str, path: PathLike, line: int) -> None:
    """Tell by the sums whether each of four rows of four numbers is a base or a position.

    The counts of positions have about the same sum, which those of bases have by chance alone.
    """
    if np.array_equal(counts, counts.T):
        return
    columns, rows = _ratio(counts.sum(1)), _ratio(counts.sum(0))
    if max(columns, rows) > EVEN:
        if math.isfinite(columns) and CLEARLY * (columns - 1) <= rows - 1:
            return
        if math.isfinite(rows) and CLEARLY * (rows - 1) <= columns - 1:
            raise _positions_in_rows(id, path, line)
    raise InputError(
        f"motif {id} is four rows of four numbers, of which each may be a base or a position: "
        "write A, C, G and T before its rows",
        path,
        line,
    )


def _ratio(sums: np.ndarray) -> float:
    """The largest of the sums over the smallest; infinite where one is 0."""
    return float(sums.max() / sums.min()) if sums.min() > 0 else math.inf


def _positions_in_rows(id: str, path: PathLike, line: int) -> InputError:
    return InputError(
        f"motif {id} has a position in each row, as HOMER and gimmemotifs write it: {_ADVICE}",
        path,
        line,
    )
