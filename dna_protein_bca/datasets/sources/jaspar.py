"""JASPAR: the database of the `pyjaspar` package, or its files in JASPAR or TRANSFAC form."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.datasets.motif_sets import SourceMotif, probabilities
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, open_text

from .jaspar_form import BASES, check_counts, read_counts

if TYPE_CHECKING:
    from Bio.motifs import Motif
    from Bio.motifs.jaspar import Motif as JasparMotif
    from Bio.motifs.transfac import Motif as TransfacMotif

RELEASE = "JASPAR2026"

URL = (
    "https://jaspar.elixir.no/download/data/2026/CORE/"
    "JASPAR2026_CORE_non-redundant_pfms_transfac.txt"
)
"""The TRANSFAC form: the only one that names the proteins by their UniProt accessions."""

_VARIANT = re.compile(r"\s*\(var\.\s*\d+\)", re.IGNORECASE)
"""The suffix of a gene's second and later motifs, which is not part of the gene's name."""


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
    # For an unknown release pyjaspar raises nothing: it prints a message and opens no database.
    with redirect_stdout(io.StringIO()) as message:
        database = jaspardb(release=release)
    if not hasattr(database, "conn"):
        raise InputError(f"no release {release} in pyjaspar: {message.getvalue()}")
    for collection in collections:
        motifs: list[JasparMotif] = database.fetch_motifs(
            collection=collection, tax_group=list(tax_groups) or None, all_versions=all_versions
        )
        for motif in motifs:
            yield SourceMotif(
                motif.matrix_id,
                tuple((accession,) for accession in motif.acc or ()),
                _matrix(motif, motif.matrix_id, None),
            )


def read_file(path: PathLike) -> Iterator[SourceMotif]:
    """The motifs of a file that JASPAR distributes.

    The TRANSFAC form gives accessions. The JASPAR form (`>MA0002.3 Runx1` and four lines of
    counts) gives a name alone, which is looked for among the genes of the FASTA file.

    Raises:
        InputError: neither form, or a broken motif: see `read_counts`.
    """
    with open_text(path) as file:
        lines = ((at, line) for at, line in enumerate(file, 1) if line.strip(" \t\r\n#"))
        number, first = next(
            ((at, line) for at, line in lines if not line.startswith("#")), (1, "")
        )
    if first.startswith(">"):
        for motif in read_counts(path):
            yield SourceMotif(motif.id, _subunits(motif.name), probabilities(motif.counts))
    elif first.startswith(("AC", "VV", "XX", "ID")):
        yield from _transfac(path)
    else:
        meme = "a MEME file, which `train --motifs` takes; it is " * first.startswith("MEME ")
        raise InputError(
            f"{meme}neither JASPAR's own form ('>MA0002.3 Runx1') nor TRANSFAC ('AC MA0002.3'): "
            "download one of these two",
            path,
            number,
        )


def _transfac(path: PathLike) -> Iterator[SourceMotif]:
    from Bio import motifs

    with open_text(path) as file:
        starts = [number for number, line in enumerate(file, 1) if line.startswith("AC")]
    with open_text(path) as file:
        try:
            complete: list[TransfacMotif] = motifs.parse(file, "transfac", strict=False)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"not a readable motif: {error}", path) from None
    if len(complete) != len(starts):
        # The parser passes over what it cannot read.
        raise InputError(
            f"{len(starts)} motifs, of which {len(complete)} are complete: download it again", path
        )
    for motif, line in zip(complete, starts, strict=True):
        id = motif.get("AC", "")
        yield SourceMotif(id, _accessions(motif), _matrix(motif, id, path, line))


def _subunits(name: str) -> tuple[tuple[str, ...], ...]:
    """Gene names: of `FOS::JUN(var.2)`, the second motif of that complex, FOS and JUN."""
    return tuple((part,) for part in _VARIANT.sub("", name).split("::"))


def _accessions(motif: TransfacMotif) -> tuple[tuple[str, ...], ...]:
    """Of the line `CC uniprot_ids:P30561; P53762`; without it, the names after `ID`."""
    for comment in motif.get("CC") or ():
        key, _, value = comment.partition(":")
        if key.strip() == "uniprot_ids" and value.strip():
            accessions = map(str.strip, value.replace(",", ";").split(";"))
            return tuple((accession,) for accession in accessions if accession)
    return _subunits(motif.get("ID", ""))


def _matrix(motif: Motif, name: str, path: PathLike | None, line: int = 0) -> np.ndarray:
    counts = np.array([motif.counts[base] for base in BASES], np.float64).T
    check_counts(counts, name, path, line)
    return probabilities(counts)
