"""Which protein a file of measurements belongs to: `PROTEIN=FILE`, or the file's own name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from dna_protein_bca.datasets.sources.uniprobe import EightMers, protein_names, read_tables
from dna_protein_bca.errors import InputError

from .protein_names import ProteinNames


class OwnedFile(NamedTuple):
    """A file and the name of its protein; None where the file stands alone."""

    protein: str | None
    path: str

    @classmethod
    def parse(cls, text: str) -> OwnedFile:
        """`PROTEIN=FILE`, or a file alone, whose name may hold a `=`."""
        protein, equals, path = text.partition("=")
        return cls(protein, path) if equals and not os.path.exists(text) else cls(None, text)


class OwnedTables(NamedTuple):
    """8-mer tables and the proteins that they belong to.

    Attributes:
        tables: in the order of their files.
        owner: path of a table -> id of its protein.
        left_out: names of the tables that no protein has, or several.
    """

    tables: list[EightMers]
    owner: dict[str, str]
    left_out: list[str]


def read_owned_tables(
    files: Iterable[OwnedFile], names: ProteinNames, proteins: str, *, skip_unknown: bool = False
) -> OwnedTables:
    """Read 8-mer tables, and find the protein of each.

    Args:
        files: a table without a protein belongs to the one that its name means.
        names: of the proteins that tables may belong to.
        proteins: their FASTA file, for errors.
        skip_unknown: leave out tables whose protein is not known, in place of an error.

    Raises:
        InputError: see `read_tables`; a protein that is not in the FASTA file; a table whose name
            means no protein, or several; no table left.
    """
    owned = OwnedTables([], {}, [])
    for protein, path in files:
        for table in read_tables([path]):
            ids = _owners(table.name, names) if protein is None else [names.find_one(protein)]
            if len(ids) == 1:
                owned.owner[table.path] = ids[0]
                owned.tables.append(table)
                continue
            meant = f" (its name means {', '.join(ids)})" if ids else ""
            owned.left_out.append(f"{table.name}{meant}")
            if not skip_unknown:
                some = "several proteins" if ids else "no protein"
                verb = "are" if ids else "is"
                raise InputError(
                    f"{some} in {proteins} {verb} named as this table is{meant}: give it as "
                    f"PROTEIN={path}, or leave it out with --on-unknown skip",
                    table.path,
                )
    if not owned.tables:
        raise InputError("no table has a protein in the FASTA file", proteins)
    return owned


def files_by_protein(
    files: Iterable[OwnedFile], names: ProteinNames, proteins: str
) -> dict[str, list[str]]:
    """Protein id -> its files of peaks.

    Args:
        files: a file without a protein belongs to the only one that there is.
        names: of the proteins.
        proteins: their FASTA file, for errors.

    Raises:
        InputError: a protein that is not in the FASTA file; a file without a protein where there
            are several.
    """
    by_protein: dict[str, list[str]] = {}
    for protein, path in files:
        if protein is None and len(names.sequences) != 1:
            raise InputError(
                f"which of the {len(names.sequences)} proteins in {proteins} are these peaks of? "
                f"Give PROTEIN={path}",
                path,
            )
        id = next(iter(names.sequences)) if protein is None else names.find_one(protein)
        by_protein.setdefault(id, []).append(path)
    return by_protein


def _owners(table: str, names: ProteinNames) -> list[str]:
    """Ids of the proteins that a table's name means."""
    meanings = (names.find(name) for name in protein_names(table))
    return next((ids for ids in meanings if ids), [])
