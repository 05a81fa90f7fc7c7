"""JASPAR: the database of the `pyjaspar` package, or its files in JASPAR or TRANSFAC form."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, open_text

from .motif_sets import SourceMotif, probabilities

RELEASE = "JASPAR2026"

URL = (
    "https://jaspar.elixir.no/download/data/2026/CORE/"
    "JASPAR2026_CORE_non-redundant_pfms_transfac.txt"
)
"""The TRANSFAC form, which alone of the files names the proteins by their UniProt accessions."""


def read_database(
    release: str = RELEASE,
    *,
    collections: Sequence[str] = ("CORE",),
    tax_groups: Sequence[str] = (),
    all_versions: bool = False,
) -> Iterator[SourceMotif]:
    """The motifs of the `pyjaspar` package's database.

    Args:
        release: as pyjaspar names it.
        collections: such as `CORE` or `UNVALIDATED`.
        tax_groups: such as `vertebrates`; all where none is given.
        all_versions: the older versions of a motif too.

    Raises:
        InputError: pyjaspar is not installed, or lacks the release.
    """
    try:
        from pyjaspar import jaspardb
    except ImportError:
        raise InputError(
            "JASPAR's database is in the package pyjaspar: pip install 'dna-protein-bca[data]', "
            "or give --file"
        ) from None
    # An unknown release is printed, and shows in that no database was opened.
    with redirect_stdout(io.StringIO()) as said:
        database = jaspardb(release=release)
    if not hasattr(database, "conn"):
        raise InputError(f"no release {release} in pyjaspar: {said.getvalue()}")
    for collection in collections:
        found = database.fetch_motifs(
            collection=collection, tax_group=list(tax_groups) or None, all_versions=all_versions
        )
        for motif in found:
            yield SourceMotif(
                motif.matrix_id,
                tuple((accession,) for accession in motif.acc or ()),
                _matrix(motif),
            )


def read_file(path: PathLike) -> Iterator[SourceMotif]:
    """The motifs of a file that JASPAR distributes.

    The TRANSFAC form gives accessions. The JASPAR form (`>MA0002.3 Runx1` and four lines of
    counts) gives a name alone, which is looked for among the genes of the FASTA file.

    Raises:
        InputError: neither form, or a broken motif.
    """
    with open_text(path) as file:
        first = file.readline()
    if first.startswith(">"):
        yield from _read(path, "jaspar")
    elif first.startswith(("AC", "VV", "XX")):
        yield from _read(path, "transfac")
    else:
        raise InputError(
            "neither JASPAR's own form ('>MA0002.3 Runx1') nor TRANSFAC ('AC MA0002.3'): download "
            "one of these two",
            path,
            1,
        )


def _read(path: PathLike, form: str) -> Iterator[SourceMotif]:
    from Bio import motifs

    with open_text(path) as file:
        try:
            found = motifs.parse(file, form, **({"strict": False} if form == "transfac" else {}))
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"not a readable motif: {error}", path) from None
    with open_text(path) as file:
        mark = ">" if form == "jaspar" else "AC"
        entries = sum(line.startswith(mark) for line in file)
    if len(found) != entries:
        # The parser passes over what it cannot read.
        raise InputError(
            f"{entries} motifs, of which {len(found)} are complete: download it again", path
        )
    for motif in found:
        if form == "jaspar":
            names = [(part,) for part in motif.name.split("::")]
            yield SourceMotif(motif.matrix_id, tuple(names), _matrix(motif))
        else:
            yield SourceMotif(motif.get("AC", ""), _accessions(motif), _matrix(motif))


def _accessions(motif: Any) -> tuple[tuple[str, ...], ...]:
    """Of the line `CC uniprot_ids:P30561; P53762`; without it, the names after `ID`."""
    for comment in motif.get("CC") or ():
        key, _, value = comment.partition(":")
        if key.strip() == "uniprot_ids" and value.strip():
            return tuple(
                (one.strip(),) for one in value.replace(",", ";").split(";") if one.strip()
            )
    return tuple((part,) for part in motif.get("ID", "").split("::"))


def _matrix(motif: Any) -> np.ndarray:
    return probabilities(np.array([motif.counts[base] for base in "ACGT"], np.float64).T)
