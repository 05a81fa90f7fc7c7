"""JASPAR's own form: a header `>MA0002.3 Runx1`, then four rows of counts, of A, C, G and T.

Several programs write a like form with a position in each row (HOMER, gimmemotifs); read as
JASPAR's it gives other motifs. What cannot be told apart is refused.

The form: https://jaspar.elixir.no/docs/
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, open_text

BASES = "ACGT"

EVEN = 1.02
"""Largest ratio of sums that count as the same: what rounding does."""

SPREAD = 20.0
"""Largest ratio of the sums of a motif's positions; in JASPAR they differ by a factor of 6."""

_ROW = re.compile(r"(?:([A-Za-z])(?=[\s\[|:]))?\s*[\[|:]?\s*([^\[\]|:]*?)\s*\]?$")
_HOMER = re.compile(r">\S*\t[^\t]*\t\s*-?\d")

_ADVICE = "give JASPAR's form, a header and four rows of counts: of A, C, G and T"


class Counts(NamedTuple):
    """A motif as the file has it.

    Attributes:
        id, name: the first and the second word of its header; the id twice where there is one.
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


def read_counts(path: PathLike) -> Iterator[Counts]:
    """The motifs of a file in JASPAR's form, with or without letters before the rows.

    Raises:
        InputError: a motif that has not four rows of the same length, numbers that are none,
            positions in rows, log-odds.
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
    """Raise InputError unless a motif is of numbers that can be counts, or shares.

    A position without any is left, as JASPAR has some; the sums of the others may differ (they do
    by a factor of six in JASPAR).
    """
    fault = None
    if not np.isfinite(counts).all():
        fault = "has a number that is not finite: give counts"
    elif (counts < 0).any():
        fault = "has negative numbers, as log-odds have: give counts or probabilities"
    elif counts.size and not counts.any():
        fault = "has no counts at all: take it out"
    if fault:
        raise InputError(f"motif {name} {fault}", path, line)


def _row(line: str, path: PathLike, number: int) -> _Row:
    found = _ROW.match(line)
    words = re.split(r"[\s,]+", found[2]) if found and found[2] else []
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if not values or found is None:
        raise InputError(f"{line[:40]!r} is no row of counts: {_ADVICE}", path, number)
    if not all(map(math.isfinite, values)):
        raise InputError(f"{line[:40]!r} has a number that is not finite", path, number)
    return _Row((found[1] or "").upper().replace("U", "T"), values, number)


def _motif(header: str, rows: list[_Row], line: int, path: PathLike) -> Counts:
    words = header[1:].split()
    if not words:
        raise InputError("a motif without a name: give one after '>'", path, line)
    id, name = words[0], (words[1] if len(words) > 1 else words[0])
    if _HOMER.match(header):
        raise InputError(f"motif {id} seems to be in HOMER's form: {_ADVICE}", path, line)
    widths = {len(row.values) for row in rows}
    labels = [row.label for row in rows]
    if not any(labels) and len(rows) != len(BASES) and widths == {len(BASES)}:
        raise _in_rows(id, path, line)
    if len(rows) != len(BASES):
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
    order = _order(labels, id, path, line)
    counts = np.array([rows[place].values for place in order], np.float64).T
    check_counts(counts, id, path, line)
    sums = counts.sum(1)[counts.any(1)]
    if sums.max() > SPREAD * sums.min():
        raise InputError(
            f"the positions of motif {id} sum to {sums.min():g} to {sums.max():g}, where counts "
            f"sum to about the same: {_ADVICE}",
            path,
            line,
        )
    if not any(labels) and len(counts) == len(BASES):
        _check_square(counts, id, path, line)
    return Counts(id, name, counts, line)


def _order(labels: list[str], id: str, path: PathLike, line: int) -> list[int]:
    """The rows of A, C, G and T."""
    if not any(labels):
        return list(range(len(BASES)))
    if sorted(labels) != list(BASES):
        found = ", ".join(label or "none" for label in labels)
        raise InputError(f"the rows of motif {id} are labelled {found}: {_ADVICE}", path, line)
    return [labels.index(base) for base in BASES]


def _check_square(counts: np.ndarray, id: str, path: PathLike, line: int) -> None:
    """Four rows of four numbers: the sums tell whether a row is a base or a position."""
    if not _even(counts.sum(0)) or np.array_equal(counts, counts.T):
        return
    if not _even(counts.sum(1)):
        raise _in_rows(id, path, line)
    raise InputError(
        f"motif {id} is four rows of four numbers, of which each may be a base or a position: "
        "write A, C, G and T before its rows",
        path,
        line,
    )


def _even(sums: np.ndarray) -> bool:
    return bool(sums.min() > 0 and sums.max() <= EVEN * sums.min())


def _in_rows(id: str, path: PathLike, line: int) -> InputError:
    return InputError(
        f"motif {id} has a position in each row, as HOMER and gimmemotifs write it: {_ADVICE}",
        path,
        line,
    )
