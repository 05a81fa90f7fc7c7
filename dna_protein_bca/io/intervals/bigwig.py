"""bigWig tracks, written while their values are computed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.file_names import file_names
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.outputs import Output, atomic_path

from . import bigwig_process
from .bigwig_process import FRAME

ENDINGS = (".bw", ".bigwig")

DECIMALS = 3
"""Of the values; more make the file larger and the picture no different."""

LITTLE_ROOM = 1 << 20
"""Bytes left on a disk that count as none where writing failed."""


def check_track(path: PathLike) -> None:
    """Raise InputError where no bigWig can be written under this name; opens nothing."""
    if Path(path).suffix.lower() not in ENDINGS:
        raise InputError("a track is a bigWig file: give a name that ends in .bw", path)
    if find_spec("pybigtools") is None:
        raise InputError("a track needs pybigtools: pip install 'dna-protein-bca[tracks]'", path)


def track_paths(path: PathLike, ids: Sequence[str]) -> list[str]:
    """A file for each id: `path` itself for one, `OUT.ID.bw` for several (see `file_names`)."""
    if len(ids) == 1:
        return [os.fspath(path)]
    base = Path(path)
    names = (f"{base.stem}.{name}{base.suffix}" for name in file_names(ids))
    return [os.fspath(base.with_name(name)) for name in names]


class EmptyTrack(InputError):
    """No value was written, and there is no such bigWig."""


class BigWig(Output):
    """A bigWig file, written by a process of its own; a context manager.

    The process keeps what the library prints, such as its trace where a disk is full, away from
    the user. The file appears under its name when the block ends well.

    Args:
        path: of the file; see `check_track`.
        lengths: contig -> bp, in the order in which values are written.

    Raises:
        InputError: the file cannot be written.
        EmptyTrack: no value was written.
    """

    def __init__(self, path: PathLike, lengths: Mapping[str, int]) -> None:
        super().__init__(path)
        self._lengths = lengths
        self._numbers = {name: number for number, name in enumerate(lengths)}
        self._empty = True

    def _open(self, stack: ExitStack) -> None:
        sibling = stack.enter_context(atomic_path(self.path))
        command = [sys.executable, "-P", bigwig_process.__file__, os.fspath(sibling)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A key that interrupts this program is not for that one, which is stopped.
            start_new_session=True,
        )
        stack.callback(self._stop)
        self._send(json.dumps(dict(self._lengths)).encode() + b"\n")

    def write(self, contig: str, start: int, values: np.ndarray) -> None:
        """Append values of consecutive positions, in the order of contigs and positions.

        Args:
            values: float [n]; NaN stands for no value.
        """
        self._empty &= bool(np.isnan(values).all())
        data = np.round(values, DECIMALS).astype("<f4")
        self._send(FRAME.pack(self._numbers[contig], start, len(data)) + data.tobytes())

    def _finish(self) -> None:
        if self._empty:
            raise EmptyTrack("no position has a score, so that there is no track", self.path)
        self._send(FRAME.pack(bigwig_process.END, 0, 0))
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.wait():
            raise self._failure()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            raise self._failure() from None

    def _failure(self) -> InputError:
        free = shutil.disk_usage(os.path.dirname(os.path.abspath(self.path))).free
        reason = "No space left on device" if free < LITTLE_ROOM else "pybigtools failed"
        return InputError(f"cannot be written: {reason}", self.path)

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:
                return
