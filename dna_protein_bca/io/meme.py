"""Motif files in MEME's minimal format: base probabilities, streamed.

The format: https://meme-suite.org/meme/doc/meme-format.html
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TextIO

import numpy as np

from dna_protein_bca.errors import STDIN, InputError

from .files import PathLike, atomic_path, open_text

SUM_TOLERANCE = 0.02
"""How far a row of a file may be from summing to 1: rounding to two decimals."""

NOMINAL_SITES = 10_000
"""Sites that a written motif claims. Readers such as Biopython turn probabilities into whole counts
of this many sites; fewer would round them."""

_COMPRESSIONS: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}

_MATRIX = "letter-probability matrix"
_WIDTH = re.compile(r"\bw=\s*(\d+)")
_ALPHABET_LENGTH = re.compile(r"\balength=\s*(\d+)")


class Motif(NamedTuple):
    """A motif.

    Attributes:
        name: the first word after `MOTIF`.
        matrix: float32 [width, 4], probabilities of A, C, G, T at each position, 5' to 3'; as in
            the file, where rounding may leave a row's sum a little off 1.
    """

    name: str
    matrix: np.ndarray


def motif_protein(name: str) -> str:
    """The protein that a motif is named after: `protein_id`, or anything`@protein_id`."""
    first, _, protein = name.partition("@")
    return protein or first


def read_meme(path: PathLike) -> Iterator[Motif]:
    """Read the motifs of a MEME file one by one.

    Takes the minimal format and the text output of MEME itself; other matrices in it are ignored.

    Args:
        path: a file, compressed or not, or `-` for stdin.

    Raises:
        InputError: not a MEME file of DNA motifs, one without motifs, or a broken matrix.
    """
    with open_text(path) as file:
        lines = _Lines(file, os.fspath(path))
        _check_header(lines)
        count = 0
        name: str | None = None
        for line in lines:
            if line.startswith("ALPHABET"):
                _check_alphabet(line, lines)
            elif line.split(maxsplit=1)[:1] == ["MOTIF"]:
                if name is not None:
                    raise lines.error(f"motif {name} before this line has no '{_MATRIX}:'")
                name = _name(line, lines)
            elif line.startswith(_MATRIX):
                if name is None:
                    raise lines.error("a matrix without a 'MOTIF name' line before it")
                yield Motif(name, _matrix(line, name, lines))
                name, count = None, count + 1
        if name is not None:
            raise lines.error(f"the file ends before the '{_MATRIX}:' of motif {name}")
        if count == 0:
            raise InputError("holds no motif: give a MEME file with 'MOTIF' entries", path)


def write_meme(path: PathLike, motifs: Iterable[Motif]) -> None:
    """Write motifs in MEME's minimal format, six decimals, with a uniform background.

    Args:
        path: the file, compressed where its name ends in .gz, .bz2 or .xz, written beside it and
            renamed when complete; `-` is stdout.
        motifs: rows are scaled to sum to 1.

    Raises:
        InputError: a name that is empty or has a blank in it, or a matrix that is not [width, 4]
            of probabilities with at least one row.
    """
    with _output(path) as file:
        file.write("MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n")
        file.write("Background letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n\n")
        for name, matrix in motifs:
            if not name or len(name.split()) != 1:
                raise InputError(f"motif name {name!r} is empty or has a blank in it")
            rows = np.asarray(matrix, dtype=np.float64)
            if rows.ndim != 2 or rows.shape[1] != 4 or not len(rows):
                raise InputError(f"motif {name}: a matrix of shape {rows.shape}, not [width, 4]")
            if not (np.isfinite(rows).all() and (rows >= 0).all() and (rows.sum(1) > 0).all()):
                raise InputError(f"motif {name}: a row that is not four probabilities")
            file.write(f"MOTIF {name}\n{_MATRIX}: alength= 4 w= {len(rows)} ")
            file.write(f"nsites= {NOMINAL_SITES} E= 0\n")
            for row in rows / rows.sum(1, keepdims=True):
                file.write(" ".join(f"{value:.6f}" for value in row) + "\n")
            file.write("\n")


@contextmanager
def _output(path: PathLike) -> Iterator[TextIO]:
    if os.fspath(path) == STDIN:
        yield sys.stdout
        return
    with atomic_path(path) as sibling:
        opener = _COMPRESSIONS.get(sibling.suffix, open)
        with opener(sibling, "wt", encoding="utf-8", newline="\n") as file:
            yield file


class _Lines:
    """A file's lines without their ends, with the number of the last one for messages."""

    def __init__(self, file: Iterable[str], path: str) -> None:
        self._file = iter(file)
        self.path = path
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.number += 1
        return line.rstrip("\n").strip()

    def error(self, message: str) -> InputError:
        return InputError(message, self.path, self.number)


def _check_header(lines: _Lines) -> None:
    for line in lines:
        if line.startswith("MEME version"):
            return
        # The text output of MEME itself opens with a rule of asterisks and a title.
        if line.strip("*") and not line.startswith("MEME - "):
            break
    raise lines.error("not a MEME motif file: it should begin with 'MEME version 4'")


def _check_alphabet(line: str, lines: _Lines) -> None:
    """`ALPHABET= ACGT`, or the long form whose kind stands in its first line."""
    text = line.removeprefix("ALPHABET").strip()
    if text.startswith("="):
        if text[1:].strip().upper() not in ("ACGT", "ACGU"):
            raise lines.error(f"the alphabet is {text[1:].strip()}; only DNA (ACGT) is read")
    elif "PROTEIN" in text.upper():
        raise lines.error("the alphabet is protein; only DNA (ACGT) is read")


def _name(line: str, lines: _Lines) -> str:
    words = line.split()
    if len(words) < 2:
        raise lines.error("'MOTIF' without a name")
    return words[1]


def _matrix(header: str, name: str, lines: _Lines) -> np.ndarray:
    """The rows that follow a matrix's header; without `w=` they end at the first other line."""
    letters = _ALPHABET_LENGTH.search(header)
    if letters and int(letters[1]) != 4:
        raise lines.error(f"motif {name} has {letters[1]} letters a position; DNA has 4")
    given = _WIDTH.search(header)
    width = int(given[1]) if given else None
    if width == 0:
        raise lines.error(f"motif {name} has no positions (w= 0)")
    rows: list[list[float]] = []
    for line in lines:
        if width is None and rows and (not line or line.startswith(("-", "URL"))):
            break
        rows.append(_row(line, name, len(rows) + 1, width, lines))
        if len(rows) == width:
            break
    if not rows or (width is not None and len(rows) < width):
        raise lines.error(f"the file ends within motif {name}")
    return np.array(rows, dtype=np.float32)


def _row(line: str, name: str, number: int, width: int | None, lines: _Lines) -> list[float]:
    where = f"row {number}{f' of {width}' if width else ''} of motif {name}"
    try:
        values = [float(word) for word in line.split()]
    except ValueError:
        values = []
    if len(values) != 4:
        raise lines.error(f"{where} should be four probabilities, and is {line[:40]!r}")
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in values):
        raise lines.error(f"{where} has a number outside 0 to 1")
    if abs(sum(values) - 1) > SUM_TOLERANCE:
        raise lines.error(f"{where} sums to {sum(values):.4f}, not to 1")
    return values
