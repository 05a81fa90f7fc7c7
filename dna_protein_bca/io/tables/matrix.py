"""Scores of all proteins on all DNA as arrays in one file, written as a stream."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import IO

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.outputs import Output, atomic_path, name_output

ENDING = ".npz"


class MatrixWriter(Output):
    """Writes arrays [proteins, dna] that come some DNA at a time; a context manager.

    The file is what `numpy.load` reads: `protein_id` and `dna_id` (text), and a float32 array
    [proteins, dna] for each of `names`. It appears under its name when the block ends well. Until
    then the values lie in a temporary file beside it, so that memory holds the ids alone.

    Args:
        path: ends in `.npz`.
        names: of the arrays.

    Raises:
        InputError: another ending; on entering the block, an output that cannot be written; in
            the block, a disk that is full.
    """

    def __init__(self, path: PathLike, names: Sequence[str]) -> None:
        super().__init__(path)
        if not self.path.endswith(ENDING):
            raise InputError(f"a matrix is a file of numpy: end its name in {ENDING}", self.path)
        self.names = list(names)
        self.protein_ids: list[str] = []
        self.dna_ids: list[str] = []
        self._values: dict[str, IO[bytes]] = {}

    def _open(self, stack: ExitStack) -> None:
        self._target = stack.enter_context(atomic_path(self.path))
        for name in self.names:
            file = tempfile.TemporaryFile(dir=self._target.parent)  # noqa: SIM115
            self._values[name] = stack.enter_context(file)

    def write(
        self,
        protein_ids: Sequence[str],
        dna_ids: Sequence[str],
        values: Mapping[str, np.ndarray],
    ) -> None:
        """Append some DNA.

        Args:
            protein_ids: of all proteins, the same each time.
            values: name -> float [dna, proteins].
        """
        self.protein_ids = list(protein_ids)
        self.dna_ids += dna_ids
        with name_output(self.path):
            for name, file in self._values.items():
                file.write(np.ascontiguousarray(values[name], "<f4").tobytes())

    def _finish(self) -> None:
        with zipfile.ZipFile(self._target, "w") as pack:
            for name, ids in (("protein_id", self.protein_ids), ("dna_id", self.dna_ids)):
                with pack.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.save(member, np.array(ids, dtype=str), allow_pickle=False)
            for name, file in self._values.items():
                file.seek(0)
                with pack.open(f"{name}.npy", "w", force_zip64=True) as member:
                    member.write(self._header())
                    shutil.copyfileobj(file, member)

    def _header(self) -> bytes:
        """Of an array whose values come one DNA after the other: in the order of Fortran."""
        out = io.BytesIO()
        shape = (len(self.protein_ids), len(self.dna_ids))
        header = {"descr": "<f4", "fortran_order": True, "shape": shape}
        np.lib.format.write_array_header_1_0(out, header)
        return out.getvalue()
