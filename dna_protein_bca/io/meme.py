"""Motif files in MEME's minimal format: base probabilities, streamed.

The format: https://meme-suite.org/meme/doc/meme-format.html
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.errors import STDIN, InputError

from .fields import check_utf8, parse_float
from .files import PathLike, open_text
from .outputs import open_output, write_stdout

SUM_TOLERANCE = 0.02
"""How far a row of a file may be from summing to 1: four numbers rounded to two decimals."""

_EDGE = 1e-6
"""Error of a sum of decimal numbers in binary, so that a sum at the tolerance itself passes."""

_MATRIX = "letter-probability matrix"
_BLANKS = re.compile(r"[ \t]+")
"""What ends a name, as in FASTA headers: a no-break space is part of it."""

_OTHER_FORMATS = (
    (
        re.compile(r">\S+\t.*\t-?[\d.]"),
        "HOMER's format: write it in MEME's minimal format (universalmotif's write_meme does)",
    ),
    (re.compile(r">"), "JASPAR's format or FASTA: MEME's jaspar2meme turns the first into MEME"),
    (re.compile(r"(AC|VV|XX|ID)\b"), "TRANSFAC's format: MEME's transfac2meme turns it into MEME"),
)
"""How motif files of other formats begin, and how to convert them."""


class Motif(NamedTuple):
    """A motif.

    Attributes:
        name: the first word after `MOTIF`.
        matrix: float32 [width, 4], probabilities of A, C, G, T at each position, 5' to 3'; as in
            the file, where rounding may leave a row's sum a little above or below 1.
        alias: the second word after `MOTIF`, used only in messages; empty where there is none.
            In a predicted motif it tells the share, such as `share=0.82`.
    """

    name: str
    matrix: np.ndarray
    alias: str = ""


def motif_protein(name: str) -> str:
    """The protein that a motif is named after: `protein_id`, or anything`@protein_id`."""
    first, _, protein = name.partition("@")
    return protein or first


def motif_name(protein: str, which: str = "") -> str:
    """The name of a protein's motif, from which `motif_protein` gets the same id back.

    Args:
        protein: id.
        which: tells this motif from the protein's others, such as its id in a database; where it
            is empty, the name is the protein's id alone, unless that holds an `@`.
    """
    if not which and "@" not in protein:
        return protein
    prefix = re.sub(r"[@\s]+", "_", which) or "1"
    return f"{prefix}@{protein}"


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
        name, alias = None, ""
        for line in lines:
            if line.startswith("ALPHABET"):
                _check_alphabet(line, lines)
            elif _BLANKS.split(line, maxsplit=1)[0] == "MOTIF":
                if name is not None:
                    raise lines.error(f"motif {name} before this line has no '{_MATRIX}:'")
                name, alias = _names(line, lines)
            elif line.lower().startswith(_MATRIX):
                if name is None:
                    raise lines.error("a matrix without a 'MOTIF name' line before it")
                yield Motif(name, _matrix(line, name, lines), alias)
                name, count = None, count + 1
        if name is not None:
            raise lines.error(f"the file ends before the '{_MATRIX}:' of motif {name}")
        if count == 0:
            raise InputError("holds no motif: give a MEME file with 'MOTIF' entries", path)


def write_meme(path: PathLike, motifs: Iterable[Motif]) -> None:
    """Write motifs in MEME's minimal format, six decimals, with a uniform background.

    Nothing is said of the number of sites (`nsites`) or an E-value, which these motifs do not have;
    MEME's programs then take 20 sites and 0, and Biopython rounds probabilities to twentieths.

    Args:
        path: the file, compressed where its name ends in .gz, .bz2 or .xz, written beside it and
            renamed when complete; `-` is stdout.
        motifs: rows are scaled to sum to 1; an alias stands after the name.

    Raises:
        InputError: a name or alias with a blank in it, an empty name, or a matrix that is not
            [width, 4] of probabilities with at least one row.
    """
    if os.fspath(path) == STDIN:
        # Whole or not at all here, too.
        write_stdout("".join(_texts(motifs)))
        return
    with open_output(path) as file:
        file.writelines(text.encode() for text in _texts(motifs))


def _texts(motifs: Iterable[Motif]) -> Iterator[str]:
    yield "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
    yield "Background letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n\n"
    for motif in motifs:
        rows = checked_rows(motif)
        name = f"{motif.name} {motif.alias}".rstrip()
        yield f"MOTIF {name}\n{_MATRIX}: alength= 4 w= {len(rows)}\n"
        for row in rows:
            yield " ".join(f"{value:.6f}" for value in row) + "\n"
        yield "\n"


def checked_rows(motif: Motif) -> np.ndarray:
    """A motif's matrix, float64 [width, 4], its rows scaled to sum to 1.

    Raises:
        InputError: see `write_meme`.
    """
    name = motif.name
    if not name or re.search(r"[ \t\r\n]", name + motif.alias):
        raise InputError(f"motif name {name!r} is empty or has a blank in it")
    rows = np.asarray(motif.matrix, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4 or not len(rows):
        raise InputError(f"motif {name}: a matrix of shape {rows.shape}, not [width, 4]")
    if not (np.isfinite(rows).all() and (rows >= 0).all() and (rows.sum(1) > 0).all()):
        raise InputError(f"motif {name}: a row that is not four probabilities")
    scaled: np.ndarray = rows / rows.sum(1, keepdims=True)
    return scaled


class _Lines:
    """A file's lines without their ends, with the number of the last one for messages.

    Comments, which begin with `#`, are passed over.
    """

    def __init__(self, file: Iterable[str], path: str) -> None:
        self._file = iter(file)
        self._given_back: str | None = None
        self.path = path
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._given_back is not None:
            line, self._given_back = self._given_back, None
            return line
        while True:
            line = next(self._file).strip(" \t\r\n")
            self.number += 1
            if not line.startswith("#"):
                return line

    def give_back(self, line: str) -> None:
        """Let the last line be read again."""
        self._given_back = line

    def error(self, message: str) -> InputError:
        return InputError(message, self.path, self.number)


def _check_header(lines: _Lines) -> None:
    empty = True
    for line in lines:
        empty = empty and not line
        if line.startswith("MEME version"):
            return
        for pattern, advice in _OTHER_FORMATS:
            if pattern.match(line):
                raise lines.error(
                    "not a MEME motif file, which begins with 'MEME version 4'; it seems to be in "
                    + advice
                )
        # The text output of MEME itself opens with a rule of asterisks and a title.
        if line.strip("*") and not line.startswith("MEME - "):
            break
    if empty:
        raise InputError("the file is empty: give motifs in MEME's minimal format", lines.path)
    raise lines.error("not a MEME motif file: it should begin with 'MEME version 4'")


def _check_alphabet(line: str, lines: _Lines) -> None:
    """`ALPHABET= ACGT`, or the long form whose kind stands in its first line."""
    text = line.removeprefix("ALPHABET").strip()
    if text.startswith("="):
        if text[1:].strip().upper() not in ("ACGT", "ACGU"):
            raise lines.error(f"the alphabet is {text[1:].strip()}; only DNA (ACGT) is read")
    elif "PROTEIN" in text.upper():
        raise lines.error("the alphabet is protein; only DNA (ACGT) is read")


def _names(line: str, lines: _Lines) -> tuple[str, str]:
    words = _BLANKS.split(line)
    if len(words) < 2:
        raise lines.error("'MOTIF' without a name")
    check_utf8(words[1], lines.path, lines.number)
    return words[1], " ".join(words[2:3])


def _matrix(header: str, name: str, lines: _Lines) -> np.ndarray:
    """The rows that follow a matrix's header; they end at the first line that is not a row."""
    letters, width = _number(header, "alength", lines), _number(header, "w", lines)
    if letters not in (None, 4):
        raise lines.error(f"motif {name} has {letters} letters a position; DNA has 4")
    if width == 0:
        raise lines.error(f"motif {name} has no positions (w= 0)")
    rows: list[list[float]] = []
    for line in lines:
        if not line:
            continue
        if (rows and width is None) or len(rows) == width:
            if not _values(line.split()[0]):
                lines.give_back(line)
                break
            if width is not None:
                raise lines.error(f"motif {name} has more rows than the {width} that w= names")
        rows.append(_row(line, name, len(rows) + 1, width, lines))
    if not rows or (width is not None and len(rows) < width):
        raise lines.error(f"the file ends within motif {name}")
    return np.array(rows, dtype=np.float32)


def _number(header: str, key: str, lines: _Lines) -> int | None:
    """A whole number of a matrix's header, if it is there."""
    field = re.search(rf"\b{key}\s*=\s*([^\s=]*)", header)
    if field is None:
        return None
    try:
        value = parse_float(field[1])
    except ValueError:
        value = math.nan
    if not (value >= 0 and value.is_integer()):
        raise lines.error(f"{key}= {field[1]} is not a whole number")
    return int(value)


def _values(line: str) -> list[float] | None:
    """The numbers of a line; None where something else is in it."""
    try:
        return [parse_float(word) for word in line.split()]
    except ValueError:
        return None


def _row(line: str, name: str, number: int, width: int | None, lines: _Lines) -> list[float]:
    where = f"row {number}{f' of {width}' if width else ''} of motif {name}"
    values = _values(line) or []
    if len(values) != 4:
        raise lines.error(f"{where} should be four probabilities, and is {line[:40]!r}")
    if not all(math.isfinite(value) and 0 <= value <= 1 + _EDGE for value in values):
        advice = "" if not all(value >= 0 for value in values) else _divide(values)
        raise lines.error(f"{where} has a number outside 0 to 1{advice}")
    if not sums_to_one(values):
        raise lines.error(f"{where} sums to {sum(values):.4f}, not to 1")
    return values


def sums_to_one(values: Iterable[float]) -> bool:
    """Whether four probabilities sum to 1, allowing for numbers rounded to two decimals."""
    return abs(math.fsum(values) - 1) <= SUM_TOLERANCE + _EDGE


def _divide(values: Sequence[float]) -> str:
    total = sum(values)
    return f": counts or percentages? Divide each row by its sum ({total:g})"
