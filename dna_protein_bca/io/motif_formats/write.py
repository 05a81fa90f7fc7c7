"""Motifs with their shares, written in MEME's minimal format, in JASPAR's, or as a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.errors import STDIN
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.meme import Motif, checked_rows, motif_name, write_meme
from dna_protein_bca.io.outputs import open_output, write_stdout
from dna_protein_bca.io.tables import TableWriter

BASES = "ACGT"

COLUMNS = ("protein_id", "motif", "share", "position", *BASES)
"""Of a table: one row for each position, from 1."""


class NamedMode(NamedTuple):
    """One of a protein's motifs.

    Attributes:
        protein_id: the protein.
        number: from 1, best first.
        matrix: base probabilities, float [width, 4].
        share: of all that the model knows of the protein, 0 to 1.
        more: further columns of a table, by name.
    """

    protein_id: str
    number: int
    matrix: np.ndarray
    share: float
    more: Mapping[str, object] = {}

    @property
    def name(self) -> str:
        """`protein_id` of the first motif, `2@protein_id` of the second."""
        return motif_name(self.protein_id, "" if self.number == 1 else str(self.number))


def write_modes(
    path: PathLike, modes: Sequence[NamedMode], form: str, more: Sequence[str] = ()
) -> None:
    """Write motifs; a file appears under its name when it is complete.

    Args:
        path: `-` is standard output.
        modes: a protein's one after the other.
        form: from `motif_format`.
        more: the names of further columns of a table.

    Raises:
        InputError: an ending that no table has, or an output that cannot be written.
    """
    motifs = [Motif(mode.name, mode.matrix, f"share={mode.share:.2f}") for mode in modes]
    if form == "meme":
        write_meme(path, motifs)
    elif form == "jaspar":
        _write_jaspar(path, motifs)
    else:
        _write_table(path, modes, more)


def _write_jaspar(path: PathLike, motifs: Iterable[Motif]) -> None:
    """JASPAR's format (https://jaspar.elixir.no/faq), of probabilities, for there are no counts."""
    texts = _jaspar_texts(motifs)
    if os.fspath(path) == STDIN:
        write_stdout("".join(texts))
        return
    with open_output(path) as file:
        file.writelines(text.encode() for text in texts)


def _jaspar_texts(motifs: Iterable[Motif]) -> Iterator[str]:
    for motif in motifs:
        yield f">{motif.name}\t{motif.alias}\n"
        for base, values in zip(BASES, checked_rows(motif).T, strict=True):
            yield f"{base}  [ {' '.join(f'{value:.6f}' for value in values)} ]\n"
        yield "\n"


def _write_table(path: PathLike, modes: Iterable[NamedMode], more: Sequence[str]) -> None:
    import pandas as pd

    columns = [*COLUMNS[:3], *more, *COLUMNS[3:]]
    with TableWriter(path, columns) as writer:
        for mode in modes:
            table = pd.DataFrame(mode.matrix, columns=list(BASES))
            table["protein_id"], table["motif"] = mode.protein_id, mode.name
            table["share"], table["position"] = mode.share, np.arange(1, len(table) + 1)
            for name in more:
                table[name] = mode.more[name]
            writer.write(table)
