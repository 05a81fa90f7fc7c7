"""Mutations that a user asks for: of a table, of the command line, or all in the domains."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.record_ids import RecordIds
from dna_protein_bca.io.tables.reader import RawTable, read_table, table_of_frame
from dna_protein_bca.io.tokenizers import AMINO_ACIDS
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.mutations import (
    Change,
    Mutant,
    NotationError,
    isoform_hint,
    mutate,
    parse_mutation,
)

if TYPE_CHECKING:
    import pandas as pd

Mutations: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | Iterable[str | tuple[str, str]]"
"""Path of a table, a DataFrame, or `PROTEIN:MUTATION` and (protein_id, mutation) of each."""

NAMES = ("protein_id", "mutation")
"""Columns of a table of mutations."""


class Asked(NamedTuple):
    """A mutation that is asked for.

    Attributes:
        protein: row of its wild type.
        mutant: what it makes of it.
    """

    protein: int
    mutant: Mutant


class _Named(NamedTuple):
    """A row of a table, or a mutation of the command line."""

    protein_id: str
    text: str
    path: str
    line: int


def read_mutations(source: Mutations, records: Sequence[SequenceRecord]) -> list[Asked]:
    """The mutations of a source, checked against the proteins; one a row, in the order of the rows.

    Args:
        records: of the wild types.

    Raises:
        InputError: with file and line: a protein that is not there, what is no mutation, a residue
            that is another one in the protein, or no row at all.
    """
    known = {record.id: row for row, record in enumerate(records)}
    ids = RecordIds("protein_id", known)
    parsed: list[tuple[_Named, int, tuple[Change, ...]]] = []
    for named in _named(source):
        if named.protein_id not in known:
            raise ids.error(named.protein_id, named.path, named.line)
        try:
            changes = parse_mutation(named.text)
        except NotationError as error:
            raise InputError(str(error), named.path, named.line) from None
        parsed.append((named, known[named.protein_id], changes))
    asked = []
    for named, row, changes in parsed:
        sequence = records[row].sequence
        try:
            asked.append(Asked(row, mutate(sequence, changes)))
        except NotationError as error:
            others = [other for _, protein, other in parsed if protein == row]
            hint = isoform_hint(sequence, others) or ": check the numbering and the isoform"
            text = f"{named.protein_id} {named.text.strip()}: {error}{hint}"
            raise InputError(text, named.path, named.line) from None
    return asked


def every_substitution(
    records: Sequence[SequenceRecord], domains: Sequence[Sequence[Domain]]
) -> list[Asked]:
    """All 19 substitutions of every residue of the proteins' domains, by position."""
    return [
        Asked(row, mutant)
        for row, (record, known) in enumerate(zip(records, domains, strict=True))
        for at in domain_residues(known)
        for mutant in substitutions_at(record.sequence, at)
    ]


def domain_residues(domains: Sequence[Domain]) -> list[int]:
    """The residues of a protein that lie in a domain, 0-based, rising."""
    return sorted({at for domain in domains for at in range(domain.start, domain.end)})


def substitutions_at(sequence: str, at: int) -> list[Mutant]:
    """The mutants that have another amino acid at a place, 0-based, in their order."""
    old = sequence[at]
    return [
        mutate(sequence, parse_mutation(f"{old}{at + 1}{new}"))
        for new in AMINO_ACIDS.replace(old, "")
    ]


def mutant_records(protein_id: str, mutants: Sequence[Mutant]) -> list[SequenceRecord]:
    """Mutants of a protein under ids of their own, since one may be asked for twice."""
    return [
        SequenceRecord(f"{number}:{protein_id}:{mutant.text}", mutant.sequence)
        for number, mutant in enumerate(mutants)
    ]


def _named(source: Mutations) -> list[_Named]:
    """The rows of a source, as text."""
    if isinstance(source, (str, os.PathLike)):
        return _rows(read_table(source, NAMES))
    if hasattr(source, "columns"):
        return _rows(table_of_frame(source, NAMES, "mutations"))
    return [_one(each) for each in source]


def _one(named: str | tuple[str, str]) -> _Named:
    if not isinstance(named, str):
        return _Named(str(named[0]), str(named[1]), "", 0)
    protein_id, colon, text = named.rpartition(":")
    if not colon or not protein_id:
        raise InputError(f"{named!r} does not name a protein: write PROTEIN:MUTATION, as MAX:R36W")
    return _Named(protein_id, text, "", 0)


def _rows(raw: RawTable) -> list[_Named]:
    """The rows of a table."""
    if missing := [name for name in NAMES if name not in raw.columns]:
        raise InputError(
            f"no column {' or '.join(missing)}: the first line must be a header with protein_id "
            "and mutation",
            raw.path,
            1,
        )
    if not len(raw.lines):
        raise InputError("no rows under the header: give a row for each mutation", raw.path)
    named = []
    for protein_id, text, line in zip(
        *(raw.columns[name] for name in NAMES), raw.lines, strict=True
    ):
        if not str(protein_id or "").strip() or not str(text or "").strip():
            raise InputError("a blank protein_id or mutation: fill it in", raw.path, line)
        named.append(_Named(str(protein_id).strip(), str(text), raw.path, line))
    return named
