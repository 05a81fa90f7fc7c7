"""Backgrounds as files: in the user's cache, and beside weights for many proteins at once."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import lzma
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.io.files import check_readable
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.resources import cache_path

from .curve import monotone, thinned
from .dna import BackgroundDNA
from .table import Background

METHOD = 6
"""Of the simulation: raised with every change that moves p-values."""

COARSE = 0.05
"""Levels that curves in a file for many proteins may be off, to be half as large."""

FEWEST_KNOTS = 2
"""Of a curve, for it is a line between its knots; and the fewest lengths, for the same reason."""

UNREADABLE = (
    OSError,
    KeyError,
    ValueError,
    TypeError,
    ArithmeticError,
    EOFError,
    SyntaxError,
    RuntimeError,
    MemoryError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""What reading a broken archive raises."""

ENCODED = ("weights", "relatives", "precision")
"""What of `EncodedAs` backgrounds hang on: losses by substitutions are not part of them."""

log = logging.getLogger(__name__)


def background_key(encoded: Sequence[EncodedProteins], row: int, dna: BackgroundDNA) -> str:
    """What the background of a protein hangs on, as a checksum in hexadecimal.

    Args:
        encoded: the same proteins, as each member of an ensemble encoded them.
        row: of the protein.
    """
    members = [
        [getattr(each.encoded_as, name) for name in ENCODED] + [each.keys[row]] for each in encoded
    ]
    return hashlib.sha256(json.dumps([METHOD, members, dna.key]).encode()).hexdigest()[:32]


class Arrays(NamedTuple):
    """Backgrounds of the same lengths, the curves of each end to end.

    Attributes:
        keys: text [n], all different.
        lengths: whole numbers [m], rising.
        knots: whole numbers [n, 1 + m]: knots of the curve of sites, and of that of each length.
        score, level: float16 or float32 [sum of knots].
    """

    keys: np.ndarray
    lengths: np.ndarray
    knots: np.ndarray
    score: np.ndarray
    level: np.ndarray


class Bundle:
    """Backgrounds of a file, by key; none where there is no such file.

    Args:
        path: of the file; None for no file.

    Raises:
        InputError: the file is damaged.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows: dict[str, int] = {}
        if path is None or not path.exists():
            return
        keys, lengths, self._knots, self._score, self._level = _read_arrays(path)
        self._rows = {key: row for row, key in enumerate(keys.tolist())}
        self._lengths = lengths.astype(np.int64)
        counts = self._knots.sum(1, dtype=np.int64)
        self._first = np.cumsum(counts) - counts

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str, name: str) -> Background | None:
        """The background of a key, or None.

        Args:
            name: of the background DNA.

        Raises:
            InputError: its knots are in no order of a curve. They are checked here, and not with
                the file, for a file of many proteins is read for a few.
        """
        row = self._rows.get(key)
        if self._path is None or row is None:
            return None
        ends = np.concatenate(([0], np.cumsum(self._knots[row], dtype=np.int64)))
        own = slice(int(self._first[row]), int(self._first[row] + ends[-1]))
        score, level = (values[own].astype(np.float64) for values in (self._score, self._level))
        if not _in_order(score, level, ends):
            raise _damaged(self._path, "the scores of a curve do not rise while its levels fall")
        site, *records = (
            monotone(score[start:end], level[start:end]) for start, end in pairwise(ends.tolist())
        )
        return Background(name, site, self._lengths, tuple(records))


def _read_arrays(path: Path) -> Arrays:
    """The arrays of a file. Nothing is unpickled.

    All of them are checked, but for the order of the knots: see `_in_order`.

    Raises:
        InputError: a folder, or a file that is damaged.
        OSError: the file cannot be opened.
    """
    check_readable(path)
    with open(path, "rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                found = Arrays(*(file[name] for name in Arrays._fields))
        except UNREADABLE:
            found = None
    # A part of the archive that is no array is read as its bytes.
    if found is None or not all(isinstance(each, np.ndarray) for each in found):
        raise _damaged(path, f"not an archive of the arrays {', '.join(Arrays._fields)}")
    fault = _fault(found)
    if fault:
        raise _damaged(path, fault)
    return found


def _damaged(path: Path, fault: str) -> InputError:
    """The error for a damaged file of backgrounds."""
    return InputError(f"damaged: {fault}; install or copy these weights again", path)


def _in_order(score: np.ndarray, level: np.ndarray, ends: np.ndarray) -> bool:
    """Whether the scores of each curve never fall, while its levels fall.

    Args:
        score, level: float [k], of curves end to end.
        ends: int [curves + 1]: 0, and where each curve ends.
    """
    inside = np.ones(len(score) - 1, bool)
    inside[ends[1:-1] - 1] = False
    wrong = (np.diff(score) < 0) | (np.diff(level) >= 0)
    return not (wrong & inside).any()


def _fault(arrays: Arrays) -> str:
    """What is wrong with arrays; empty where nothing is."""
    keys, lengths, knots, score, level = arrays
    if keys.dtype.kind != "U" or keys.ndim != 1 or len(np.unique(keys)) != len(keys):
        return "the keys are not a list of different texts"
    if not _is_whole(lengths, 1) or len(lengths) < FEWEST_KNOTS or not _rise(lengths):
        return "the lengths are not two or more whole numbers, each larger than the one before"
    shape = (len(keys), 1 + len(lengths))
    if not _is_whole(knots, 2) or knots.shape != shape or (knots < FEWEST_KNOTS).any():
        return "the knots are not a whole number from 2 up for each curve of each key"
    for name, values in (("score", score), ("level", level)):
        if not _has_one_each(values, knots):
            return f"{name} is not a list of one number (float16 or float32) for each knot"
        if not np.isfinite(values).all():
            return f"{name} holds NaN or infinite numbers"
    return ""


def _is_whole(values: np.ndarray, dimensions: int) -> bool:
    return values.dtype.kind in "iu" and values.ndim == dimensions


def _rise(lengths: np.ndarray) -> bool:
    """Whether whole numbers rise, from 1 or more on."""
    return bool((np.diff(lengths.astype(np.int64), prepend=0) > 0).all())


def _has_one_each(values: np.ndarray, knots: np.ndarray) -> bool:
    if values.dtype.kind != "f" or values.dtype.itemsize > 4 or values.ndim != 1:
        return False
    # First, lest the sum of numbers that no file holds runs over.
    return not (knots > len(values)).any() and int(knots.sum(dtype=np.int64)) == len(values)


def write_bundle(
    path: Path, backgrounds: Mapping[str, Background], *, coarse: bool = False
) -> None:
    """Write backgrounds of the same lengths to a file, which appears when it is complete.

    Args:
        backgrounds: by `background_key`; one or more.
        coarse: a quarter as large: in float16, and with fewer knots.

    Raises:
        InputError, OSError: the file cannot be written.
    """
    kind = np.float16 if coarse else np.float32
    every = [(each.site, *each.records) for each in backgrounds.values()]
    if coarse:
        every = [tuple(thinned(curve, COARSE) for curve in each) for each in every]
    curves = [curve for each in every for curve in each]
    with atomic_path(path) as sibling, open(sibling, "wb") as file:
        np.savez_compressed(
            file,
            keys=np.array(list(backgrounds)),
            lengths=next(iter(backgrounds.values())).lengths.astype(np.int32),
            knots=np.array([[len(curve.score) for curve in each] for each in every], np.int16),
            score=np.concatenate([curve.score for curve in curves]).astype(kind),
            level=np.concatenate([curve.level for curve in curves]).astype(kind),
        )


def load_cached(key: str, name: str) -> Background | None:
    """A background of the cache; None where it has none of this key, or one that is damaged.

    Args:
        name: of the background DNA.
    """
    path = _cached(key)
    try:
        return Bundle(path).get(key, name)
    except (InputError, OSError) as error:
        log.info("not read, and made anew: %s", error)
        return None


def save_cached(key: str, background: Background) -> None:
    """Put a background into the cache; where that cannot be written, a warning says so."""
    path = _cached(key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bundle(path, {key: background})
    except (InputError, OSError) as error:
        _warn(f"backgrounds are not kept for later calls: {error}")


def _cached(key: str) -> Path:
    return cache_path(f"backgrounds/{key}.npz")


@functools.cache
def _warn(text: str) -> None:
    """Log a warning, once."""
    log.warning("%s", text)
