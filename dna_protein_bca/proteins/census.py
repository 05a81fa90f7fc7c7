"""Which proteins of a proteome have DNA-binding domains, and which measured ones they are like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dna_protein_bca.io.fasta import SequenceRecord

from .coverage import family_coverage, is_fragment, typical_coverage
from .domains import Domain, find_domains
from .identity import match_states
from .relatives import MeasuredProteins

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "protein_id",
    "family",
    "spans",
    "evalue",
    "coverage",
    "typical_coverage",
    "nearest_measured",
    "nearest_identity",
)
"""Of a census: `spans` are those of all domains of the family, `start-end;...`, 1-based and
inclusive; `evalue` is HMMER's independent E-value of the best one with Z = 3262; `coverage` the
share of the profile that the best one has, and `typical_coverage` its median over measured
proteins; `nearest_measured` and `nearest_identity` compare the domains of this family alone, over
the longer of two domains."""

CHUNK_RESIDUES = 1 << 18
"""Residues that are searched together: large enough for all threads, and little memory."""


def census(
    proteins: Iterable[SequenceRecord],
    measured: MeasuredProteins | None = None,
    *,
    threads: int = 0,
) -> Iterator[tuple[int, pd.DataFrame]]:
    """Search proteins for DNA-binding domains, some at a time.

    Args:
        proteins: a stream of records.
        measured: the measured proteins to compare with; None leaves the last three columns empty.
        threads: CPU threads; 0 for all cores.

    Yields:
        How many proteins were searched, and a table with `COLUMNS`: a row for each of them and each
        of its families, in the order of the proteins, the lowest E-value first.
    """
    import pandas as pd

    typical = {} if measured is None else typical_coverage(measured)
    for chunk in _chunks(proteins):
        found = find_domains([(each.id, each.sequence) for each in chunk], threads=threads)
        rows = [
            row
            for record, domains in zip(chunk, found, strict=True)
            for row in _rows(record, domains, measured, typical)
        ]
        yield len(chunk), pd.DataFrame(rows, columns=list(COLUMNS))


def fragments(table: pd.DataFrame) -> pd.DataFrame:
    """The proteins of a census that have clearly less of their best family than measured ones."""
    best = table.drop_duplicates("protein_id")
    return best[is_fragment(best["coverage"].astype(float), best["typical_coverage"].astype(float))]


def _chunks(proteins: Iterable[SequenceRecord]) -> Iterator[list[SequenceRecord]]:
    chunk: list[SequenceRecord] = []
    residues = 0
    for record in proteins:
        chunk.append(record)
        residues += len(record.sequence)
        if residues >= CHUNK_RESIDUES:
            yield chunk
            chunk, residues = [], 0
    if chunk:
        yield chunk


def _rows(
    record: SequenceRecord,
    domains: Sequence[Domain],
    measured: MeasuredProteins | None,
    typical: dict[str, float],
) -> list[tuple[object, ...]]:
    """A protein's rows; empty where it has no domain."""
    rows: list[tuple[object, ...]] = []
    lowest: dict[str, float] = {}
    for domain in domains:
        lowest[domain.family] = min(domain.evalue, lowest.get(domain.family, domain.evalue))
    states = match_states(record.sequence, domains)
    for family in sorted(lowest, key=lambda name: (lowest[name], name)):
        spans = ";".join(f"{d.start + 1}-{d.end}" for d in domains if d.family == family)
        query = {family: states[family]}
        relatives = [] if measured is None else measured.nearest_to(query, 1, over="longer")
        nearest = relatives[0][:2] if relatives else (None, None)
        share = family_coverage(domains, family)
        row = (record.id, family, spans, lowest[family], share, typical.get(family))
        rows.append((*row, *nearest))
    return rows
