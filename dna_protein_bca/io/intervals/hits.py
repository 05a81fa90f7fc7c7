"""Hits, written as they are found: BED, or a table by the ending of the file's name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from dna_protein_bca.errors import STDIN, InputError
from dna_protein_bca.io.compression import compression_named
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.outputs import Output, StandardOutput, name_output, open_output
from dna_protein_bca.io.tables import TableWriter
from dna_protein_bca.io.tables.cells import text_cells

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.io.tables.writer import Writable

TABLES = (".tsv", ".csv", ".jsonl", ".parquet")
"""Endings of names of tables; any other name must end in .bed, or have no ending."""


def hit_writer(
    path: PathLike, columns: Sequence[str], notes: Mapping[str, str]
) -> BedWriter | TableWriter:
    """What writes hits to a file; a context manager.

    Args:
        path: `.bed` is BED, as is `-`, standard output; `TABLES` name tables. `.gz`, `.bz2` or
            `.xz` after the ending of a text compresses it.
        columns: of the hits, in order; in BED there is no line that names them as a header would.
        notes: how they were found: comments of a BED file, metadata of a Parquet file.

    Raises:
        InputError: an ending that is none of these.
    """
    name = os.fspath(path)
    packed = name != STDIN and compression_named(name) is not None
    ending = (Path(name).with_suffix("") if packed else Path(name)).suffix.lower()
    if name == STDIN or ending in ("", ".bed"):
        return BedWriter(name, columns, notes)
    if ending not in TABLES:
        raise InputError(
            f"the ending {ending} is not a format of hits: use .bed, .tsv, .csv, .jsonl (.gz after "
            "it compresses) or .parquet",
            name,
        )
    return TableWriter(name, columns, notes)


class BedWriter(Output):
    """Writes BED with more columns than its six, after comments; see `TableWriter`."""

    def __init__(self, path: str, columns: Sequence[str], notes: Mapping[str, str]) -> None:
        super().__init__(path)
        self._columns = list(columns)
        self._head = "".join(f"# {name}: {text}\n" for name, text in notes.items())
        self._head += f"# {' '.join(columns)}\n"
        self._file: Writable

    def _open(self, stack: ExitStack) -> None:
        if self.path == STDIN:
            self._file = StandardOutput()
        else:
            self._file = stack.enter_context(open_output(self.path))

    def write(self, table: pd.DataFrame) -> None:
        """Append rows."""
        columns = [text_cells(table[name]) for name in self._columns]
        lines = ("\t".join(map(str, row)) for row in zip(*columns, strict=True))
        self._put("".join(f"{line}\n" for line in lines))

    def _finish(self) -> None:
        self._put("")

    def _put(self, text: str) -> None:
        """Write text, after the comments where none was written before."""
        with name_output(self.path):
            self._file.write((self._head + text).encode("utf-8", "surrogateescape"))
        self._head = ""
