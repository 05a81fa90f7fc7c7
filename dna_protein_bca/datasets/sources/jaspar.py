"""JASPAR: the database of the `pyjaspar` package, or its files in JASPAR or TRANSFAC form."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dna_protein_bca.datasets.motif_sets import SourceMotif, probabilities
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import check_utf8
from dna_protein_bca.io.files import PathLike, open_text

from .jaspar_form import BASES, check_counts, read_counts

if TYPE_CHECKING:
    from Bio.motifs import Motif
    from Bio.motifs.jaspar import Motif as JasparMotif
    from Bio.motifs.transfac import Motif as TransfacMotif

_TRANSFAC_LINE = re.compile(r"(?:AC|VV|XX|ID|NA|DE|DT|CO|BF|BA|P0|PO)(?:\s|$)")
_CISBP_LINE = re.compile(r"(?:TF|TF Name|Gene|Motif|Family|Species)\t|Pos\tA\tC|TF_ID\t|DBID\t")

_COUNTS_HEAD = ("P0", "PO")

_NOT_A_MOTIF = ("VV", "XX", "CC")
"""Keys of lines that may stand outside a motif."""

RELEASE = "JASPAR2026"

URL = (
    "https://jaspar.elixir.no/download/data/2026/CORE/"
    "JASPAR2026_CORE_non-redundant_pfms_transfac.txt"
)
"""The TRANSFAC form: the only one that names the proteins by their UniProt accessions."""

_VARIANT = re.compile(r"\s*\(var\.\s*\d+\)", re.IGNORECASE)
"""The suffix of a gene's second and later motifs, which is not part of the gene's name."""


class _Block(NamedTuple):
    """The lines of a motif so far; a line's number is 0 where the motif does not have it."""

    start: int = 0
    accession: int = 0
    id: str = ""
    counts: int = 0
    rows: int = 0


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
    if not first.strip():
        raise InputError("the file is empty: give motifs in JASPAR's form or in TRANSFAC's", path)
    if first.startswith(">"):
        for motif in read_counts(path):
            yield SourceMotif(motif.id, _subunits(motif.name), probabilities(motif.counts))
    elif _TRANSFAC_LINE.match(first):
        yield from _transfac(path)
    else:
        raise InputError(
            f"{_other_form(first)}neither JASPAR's own form ('>MA0002.3 Runx1') nor TRANSFAC "
            "('AC MA0002.3'): download one of these two",
            path,
            number,
        )


def _other_form(first: str) -> str:
    """What a file seems to be by its first line, as a message begins; empty for any other."""
    if first.startswith(("MEME ", "*****")):
        return "a MEME file, which `train --motifs` takes; it is "
    if _CISBP_LINE.match(first):
        return "a file of CIS-BP, which `data cisbp` takes; it is "
    return ""


def _transfac(path: PathLike) -> Iterator[SourceMotif]:
    from Bio import motifs

    starts = _starts(path)
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
            f"{len(starts)} motifs, of which only {len(complete)} can be read: give each as JASPAR "
            "writes it",
            path,
        )
    for motif, line in zip(complete, starts, strict=True):
        id, accessions = motif.get("AC", ""), _accessions(motif)
        for name in (id, *(name for names in accessions for name in names)):
            check_utf8(name, path, line)
        yield SourceMotif(id, accessions, _matrix(motif, id, path, line))


def _starts(path: PathLike) -> list[int]:
    """The line `AC` of every motif of a file.

    Raises:
        InputError: a motif without `AC`, `P0` or `//`, or a count such as `2_0`.
    """
    starts: list[int] = []
    block = _Block()
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            key, *rest = line.split(None, 1) or [""]
            value = rest[0].strip() if rest else ""
            if key == "//":
                if block.start:
                    starts.append(_whole(block, path))
                block = _Block()
            elif key == "AC" and block.accession:
                raise _without_end(block, path)
            elif key and key not in _NOT_A_MOTIF:
                block = _extended(block, key, value, number, path)
    if block.start:
        raise _without_end(block, path)
    return starts


def _extended(block: _Block, key: str, value: str, number: int, path: PathLike) -> _Block:
    block = block if block.start else block._replace(start=number)
    if key == "AC":
        return block._replace(accession=number, id=value)
    if key in _COUNTS_HEAD:
        return block._replace(counts=number)
    if key.isdigit():
        if "_" in value:
            raise InputError(f"{value[:40]!r} is not a row of counts", path, number)
        return block._replace(rows=block.rows + 1)
    return block


def _whole(block: _Block, path: PathLike) -> int:
    if not block.accession:
        raise InputError(
            "a motif without a line AC: give its accession, such as 'AC MA0002.3'",
            path,
            block.start,
        )
    if not block.counts:
        raise InputError(
            f"motif {block.id} has no line 'P0 A C G T' before its counts: give one",
            path,
            block.start,
        )
    if not block.rows:
        raise InputError(f"motif {block.id} has no counts: remove it", path, block.start)
    return block.accession


def _without_end(block: _Block, path: PathLike) -> InputError:
    name = f"motif {block.id}" if block.id else "the last motif"
    return InputError(
        f"{name} does not end in a line '//': add it, or copy the file again where it is cut off",
        path,
        block.start,
    )


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
