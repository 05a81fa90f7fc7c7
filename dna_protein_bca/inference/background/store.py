"""Backgrounds as files: in the user's cache, and beside weights for many proteins at once."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.resources import cache_path

from .curve import monotone, thinned
from .dna import BackgroundDNA
from .table import Background

METHOD = 6
"""Of the simulation: raised with every change that moves p-values."""

COARSE = 0.05
"""Levels that curves in a file for many proteins may be off, to be half as large."""

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


class Bundle:
    """Backgrounds of a file, by key. A file that is absent or damaged has none.

    Args:
        path: of the file; None for no file.
    """

    def __init__(self, path: Path | None) -> None:
        self._rows: dict[str, int] = {}
        if path is None or not path.is_file():
            return
        try:
            with np.load(path, allow_pickle=False) as file:
                self._lengths, self._knots = file["lengths"], file["knots"]
                self._score, self._level = file["score"], file["level"]
                rows = {key: row for row, key in enumerate(file["keys"].tolist())}
        except (
            OSError,
            KeyError,
            ValueError,
            EOFError,
            RuntimeError,
            zipfile.BadZipFile,
            zlib.error,
        ):
            log.info("%s is damaged, and not read", path)
            return
        shape = (len(rows), 1 + len(self._lengths))
        if self._knots.shape == shape and self._knots.sum() == len(self._score):
            self._rows = rows
            counts = self._knots.sum(1, dtype=np.int64)
            self._first = np.cumsum(counts) - counts

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str, name: str) -> Background | None:
        """The background of a key, or None.

        Args:
            name: of the background DNA.
        """
        row = self._rows.get(key)
        if row is None:
            return None
        knots = self._knots[row].astype(np.int64)
        first = int(self._first[row])
        ends = first + np.concatenate(([0], np.cumsum(knots)))
        site, *records = (
            monotone(self._score[start:end].astype(np.float64), self._level[start:end])
            for start, end in pairwise(ends.tolist())
        )
        return Background(name, site, self._lengths.astype(np.int64), tuple(records))


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
    return Bundle(_cached(key)).get(key, name)


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
