"""CIS-BP: TF_Information.txt, the PWM files and prot_seq.txt, as CIS-BP distributes them.

The files of a cart and of the bulk downloads differ. In a cart, all motifs of a TF are in one row
(`M06919_2.00,`, a column for each motif); in a bulk download, each motif has a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dna_protein_bca.datasets.motif_sets import SourceMotif, check_probabilities
from dna_protein_bca.datasets.protein_names import ProteinNames
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import check_utf8, parse_float
from dna_protein_bca.io.files import PathLike, check_readable, open_text

_STATUS = ("TF_Status", "Status")
_SPECIES = ("TF_Species", "Species_Name", "Species")


class _Table(NamedTuple):
    header: list[str]
    path: str

    def column(self, *names: str) -> int:
        """Index of the column that has one of the names."""
        for name in names:
            if name in self.header:
                return self.header.index(name)
        raise InputError(
            f"no column {' or '.join(names)}: the first line names {', '.join(self.header[:8])}",
            self.path,
            1,
        )


def read_proteins(path: PathLike) -> ProteinNames:
    """`prot_seq.txt`: the longest isoform of each TF, by its `TF_ID`.

    Raises:
        InputError: a missing column, or a row of another width.
    """
    longest: dict[str, str] = {}
    rows = _rows(path, least=2)
    table = _Table(next(rows)[1], str(path))
    at, sequence = table.column("TF_ID"), table.column("Protein_seq")
    for line, row in rows:
        if len(row) != len(table.header):
            raise InputError(
                f"{len(row)} columns, but the header has {len(table.header)}", path, line
            )
        check_utf8(row[at], path, line)
        residues = row[sequence].strip().rstrip("*").upper()
        if residues and len(residues) > len(longest.get(row[at], "")):
            longest[row[at]] = residues
    return ProteinNames({id: id for id in longest}, longest)


def read_motifs(
    information: PathLike, pwms: PathLike, *, inferred: bool = False, species: str | None = None
) -> Iterator[SourceMotif]:
    """The motifs of each TF.

    Args:
        information: `TF_Information.txt` or `TF_Information_all_motifs.txt`.
        pwms: the folder of `M00116_2.00.txt`, ... or the one file `PWM.txt` of a cart.
        inferred: also motifs that CIS-BP infers from a similar TF (status `I`), which were not
            measured for this TF.
        species: such as `Homo_sapiens`; all where None.

    Raises:
        InputError: a missing column or file, a broken matrix.
    """
    matrices = _Matrices(pwms)
    read = set()
    for tf, motif, line in _pairs(information, inferred, species):
        if (tf, motif) in read:
            continue
        read.add((tf, motif))
        matrix = matrices.get(motif)
        if matrix is None:
            raise InputError(
                f"motif {motif} has no PWM in {pwms}: give the PWMs of the same download",
                information,
                line,
            )
        yield SourceMotif(motif, ((tf,),), matrix)


def _pairs(path: PathLike, inferred: bool, species: str | None) -> Iterator[tuple[str, str, int]]:
    """TF, motif and line of every motif of the species and evidence that are asked for."""
    rows = _rows(path, least=2)
    table = _Table(next(rows)[1], str(path))
    tf, motif = table.column("TF_ID"), table.column("Motif_ID")
    status, organism = table.column(*_STATUS), table.column(*_SPECIES)
    cart = motif == len(table.header) - 1
    empty = True
    for line, row in rows:
        if len(row) < len(table.header) or (len(row) > len(table.header) and not cart):
            raise InputError(
                f"{len(row)} columns, but the header has {len(table.header)}", path, line
            )
        wanted = row[status] == "D" or (inferred and row[status] == "I")
        if not wanted or (species and row[organism] != species):
            continue
        for name in row[motif:] if cart else [row[motif]]:
            for motif_id in map(str.strip, name.split(",")):
                if motif_id not in ("", "."):
                    empty = False
                    check_utf8(row[tf], path, line)
                    check_utf8(motif_id, path, line)
                    yield row[tf], motif_id, line
    if empty:
        kind = "no motif, direct or inferred," if inferred else "no motif of direct evidence"
        raise InputError(f"{kind} of {species or 'any species'} in it", path)


def _rows(path: PathLike, least: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Line and fields of every row, the header first.

    Raises:
        InputError: fewer than `least` rows, the header included.
    """
    with open_text(path) as file:
        count = 0
        for line, text in enumerate(file, 1):
            if text.strip():
                count += 1
                yield line, text.rstrip("\n").split("\t")
        if count < least:
            what = "no rows under the header" if count else "the file is empty"
            raise InputError(f"{what}: give the file as CIS-BP distributes it", path)


class _Matrices:
    """Matrices by motif; those of a folder are read when they are needed."""

    def __init__(self, path: PathLike) -> None:
        self.folder = Path(path)
        self._matrices: dict[str, np.ndarray] = {}
        if not self.folder.is_dir():
            check_readable(path)
            self._matrices = dict(_blocks(path, ""))

    def get(self, motif: str) -> np.ndarray | None:
        if motif not in self._matrices and self.folder.is_dir():
            path = self.folder / f"{motif}.txt"
            if not path.is_file():
                return None
            self._matrices |= dict(_blocks(path, motif))
        return self._matrices.get(motif)


def _blocks(path: PathLike, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Motifs of a file of blocks: `Motif`, then `Pos A C G T` and a row a position.

    A block has no rows where CIS-BP may not distribute the motif.
    """
    rows: list[list[float]] | None = None
    for line, fields in _rows(path):
        if fields[0] == "Pos":
            if [field.strip() for field in fields[1:]] != list("ACGT"):
                raise InputError("the columns of a DNA motif are Pos, A, C, G, T", path, line)
            rows = []
        elif fields[0].strip().isdigit() and rows is not None:
            try:
                rows.append([parse_float(field) for field in fields[1:]])
            except ValueError:
                raise InputError("a row of a motif that is not of numbers", path, line) from None
            check_probabilities(rows[-1:], name, str(path), line)
        elif len(fields) == 2:
            if rows is not None:
                yield name, np.array(rows, np.float32).reshape(-1, 4)
                rows = None
            if fields[0] == "Motif":
                name = fields[1].strip()
        else:
            raise InputError(f"{fields[0]!r} is not a line of a PWM file", path, line)
    if rows is not None:
        yield name, np.array(rows, np.float32).reshape(-1, 4)
