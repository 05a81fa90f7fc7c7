"""Tracks of several shards as one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.intervals.bigwig import BigWig

WIDEST = 1 << 20
"""Positions that are written together."""


def join_tracks(
    path: PathLike,
    lengths: Mapping[str, int],
    parts: Iterable[tuple[Path, Iterable[str]]],
) -> None:
    """Write one bigWig of several, of which each goes on where the one before ended.

    Args:
        lengths: contig -> bp, in the genome's order.
        parts: files, and the contigs that each has values of, in the genome's order.

    Raises:
        InputError: a file that is missing or damaged, or that cannot be written.
    """
    import pybigtools

    with ExitStack() as stack:
        track = stack.enter_context(BigWig(path, lengths))
        for part, contigs in parts:
            try:
                file = pybigtools.open(os.fspath(part))
                for contig in contigs:
                    for start, values in _runs(file.records(contig)):
                        track.write(contig, start, values)
            except (OSError, ValueError, KeyError, pybigtools.BBIReadError) as error:
                raise InputError(f"cannot be read: {error}: run the shard again", part) from None


def _runs(records: Iterable[tuple[int, int, float]]) -> Iterator[tuple[int, np.ndarray]]:
    """Where values begin, and the values of the positions from there on, NaN for none."""
    begin, end = 0, 0
    values = np.full(WIDEST, np.nan)
    for first, last, value in records:
        for start in range(first, last, WIDEST):
            stop = min(last, start + WIDEST)
            if stop - begin > WIDEST:
                if end > begin:
                    yield begin, values[: end - begin]
                values[:] = np.nan
                begin = start
            values[start - begin : stop - begin] = value
            end = stop
    if end > begin:
        yield begin, values[: end - begin]
