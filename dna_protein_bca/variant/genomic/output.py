"""Batches of variants, written: as a table, or as a VCF file with INFO fields."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.tables import TableWriter
from dna_protein_bca.io.tables.cells import text_cells
from dna_protein_bca.io.variants import AnnotatedVCF, Variant, encode, is_vcf

from .stream import PROGRAM, Batch, DNAVariantStream
from .table import COLUMNS

ENTRY = tuple(name for name in COLUMNS if name not in ("chrom", "pos", "ref", "variant_id"))
"""Columns that an entry of the field DPB has, in order."""

FIELDS = {
    "DPB": 'Number=.,Type=String,Description="What dna-protein-bca predicts of each alternative '
    f'allele and protein. Format: {"|".join(ENTRY)}"',
    "DPB_STATUS": 'Number=A,Type=String,Description="Whether dna-protein-bca scored the allele, or '
    'why not"',
    "DPB_P": 'Number=A,Type=Float,Description="The lowest delta_p of all proteins of DPB"',
}


NO_VCF = re.compile(r"\.(bcf|vcf\.(bz2|xz))$", re.IGNORECASE)
"""Endings of VCF in forms that are not written."""


def check_ending(path: PathLike) -> None:
    """Raise InputError where the ending of a file's name is of no format."""
    name = os.fspath(path)
    if NO_VCF.search(name):
        raise InputError("VCF is written as .vcf, or as .vcf.gz, compressed with bgzip", name)
    if not is_vcf(name):
        TableWriter(name, COLUMNS)


class Writer(Protocol):
    """What writes batches."""

    def write(self, batch: Batch) -> None:
        """Append rows."""


def variant_writer(
    path: PathLike, stream: DNAVariantStream, notes: Mapping[str, str]
) -> AbstractContextManager[Writer]:
    """What writes batches to a file; a context manager.

    Args:
        path: `.vcf` or `.vcf.gz` is VCF; any other ending see `TableWriter`.
        notes: how variants were scored.

    Raises:
        InputError: see `check_ending`, `TableWriter` and `AnnotatedVCF`.
    """
    check_ending(path)
    if is_vcf(path):
        # Other programs have lines of their own about weights and backgrounds: all is in one.
        texts = [text if name == PROGRAM else f"{name} {text}" for name, text in notes.items()]
        ours = {PROGRAM: "; ".join(texts)}
        return _VCFWriter(AnnotatedVCF(path, stream.header, stream.lengths, FIELDS, ours))
    return _RowWriter(TableWriter(path, COLUMNS, notes))


class _RowWriter(AbstractContextManager["_RowWriter"]):
    def __init__(self, writer: TableWriter) -> None:
        self._writer = writer

    def __enter__(self) -> _RowWriter:
        self._writer.__enter__()
        return self

    def write(self, batch: Batch) -> None:
        self._writer.write(batch.table)

    def __exit__(self, *error: object) -> None:
        self._writer.__exit__(*error)  # type: ignore[arg-type]


class _VCFWriter(AbstractContextManager["_VCFWriter"]):
    def __init__(self, writer: AnnotatedVCF) -> None:
        self._writer = writer

    def __enter__(self) -> _VCFWriter:
        self._writer.__enter__()
        return self

    def write(self, batch: Batch) -> None:
        self._writer.write(_records(batch))

    def __exit__(self, *error: object) -> None:
        self._writer.__exit__(*error)  # type: ignore[arg-type]


def _records(batch: Batch) -> Iterator[tuple[Variant, dict[str, str]]]:
    """Each variant with the values of its fields."""
    columns = [[_text(value) for value in text_cells(batch.table[name])] for name in ENTRY]
    entries = ["|".join(cells) for cells in zip(*columns, strict=True)]
    lowest = batch.table["delta_p"].to_numpy(np.float64)
    status = batch.table["status"].to_numpy(object)
    first = 0
    for variant, count in zip(batch.variants, batch.rows, strict=True):
        part = slice(first, first + count)
        first += count
        fields = {"DPB": ",".join(entries[part])}
        if variant.alts:
            # Of the rows of an allele, those of proteins without a domain have a status of theirs.
            fields |= _of_alleles(status[part], lowest[part], len(variant.alts))
        yield variant, fields


def _of_alleles(status: np.ndarray, p_value: np.ndarray, alleles: int) -> dict[str, str]:
    """The fields with one value an allele."""
    p_value = np.where(np.isnan(p_value), np.inf, p_value).reshape(alleles, -1).min(1)
    best = ["." if value == np.inf else f"{value:.6g}" for value in p_value.tolist()]
    rows = status.reshape(alleles, -1)
    named = [next((s for s in row if s != "no_domain"), "no_domain") for row in rows]
    return {"DPB_STATUS": ",".join(named), "DPB_P": ",".join(best)}


def _text(value: object) -> str:
    return "" if value is None else encode(str(value))
