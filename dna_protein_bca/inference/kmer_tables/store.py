"""Tables as files of the user's cache, of which the oldest give way to new ones."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import time
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background.curve import Curve
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.resources import cache_path

from .lookup import COUNT
from .table import KmerTable, Reading

METHOD = 1
"""Of the tables: raised with every change that moves what is in them."""

MOST_BYTES = 12 << 30
"""Of all tables in the cache: those of 2,000 proteins with long motifs, which take 6 MB each, so
that runs with all transcription factors of a species do not remove each other's."""

OLD = 3600.0
"""Seconds after which a file that no writer finished is removed."""

log = logging.getLogger(__name__)


def load_table(key: str, name: str) -> KmerTable | None:
    """A table of the cache; None where it has none of this key, or one that is damaged.

    Args:
        key: what the table hangs on, see `background_key`.
        name: of the background DNA.
    """
    path = _path(key)
    try:
        with np.load(path, allow_pickle=False) as file:
            site = Curve(file["site_score"], file["site_level"])
            readings = tuple(
                Reading(
                    tuple(file[f"first_{place}"].tolist()), tuple(file[f"values_{place}"]), limits
                )
                for place, limits in enumerate(file["limits"])
            )
            table = KmerTable(int(file["width"]), readings, file["scores"], site, name)
        if any(values.shape != (COUNT,) for each in readings for values in each.values):
            return None
    except (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None
    with suppress(OSError):
        os.utime(path)  # those that are used stay
    return table


def save_table(key: str, table: KmerTable) -> None:
    """Put a table into the cache; where that cannot be written, a warning says so.

    The file appears when it is complete, so that several programs may write it at once.
    """
    path = _path(key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as sibling, open(sibling, "wb") as file:
            parts: dict[str, Any] = {}
            for place, reading in enumerate(table.readings):
                parts[f"first_{place}"] = np.array(reading.first)
                parts[f"values_{place}"] = np.stack(reading.values)
            np.savez(
                file,
                width=table.width,
                limits=np.stack([reading.limits for reading in table.readings]),
                scores=table.scores,
                site_score=table.site.score,
                site_level=table.site.level,
                **parts,
            )
        make_room(path.parent, MOST_BYTES)
    except (InputError, OSError) as error:
        _warn(f"tables of k-mers are not kept for later calls: {error}")


def make_room(folder: Path, most: int) -> None:
    """Remove the tables that were not used for longest, until what is left has `most` bytes."""
    held = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another program removed it
            status = path.stat()
            if path.name.startswith("."):
                if time.time() - status.st_mtime > OLD:
                    path.unlink()
                continue
            held.append((status.st_mtime, status.st_size, path))
    left = sum(size for _, size, _ in held)
    for _, size, path in sorted(held):
        if left <= most:
            return
        with suppress(FileNotFoundError):
            path.unlink()
        left -= size


def _path(key: str) -> Path:
    name = hashlib.sha256(f"{METHOD} {key}".encode()).hexdigest()[:32]
    return cache_path(f"kmer-tables/{name}.npz")


@functools.cache
def _warn(text: str) -> None:
    """Log a warning, once."""
    log.warning("%s", text)
