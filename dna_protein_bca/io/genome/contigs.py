"""What can be scanned: a genome's file, or sequences from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import Sequences, as_records

from .reader import Genome


@runtime_checkable
class Contigs(Protocol):
    """Sequences of which any stretch can be read.

    Attributes:
        path: of the file, for errors; empty for none.
        lengths: contig -> bp, in order.
    """

    @property
    def path(self) -> str: ...

    @property
    def lengths(self) -> Mapping[str, int]: ...

    def fetch(self, chrom: str, start: int, end: int) -> str:
        """Bases of `start`..`end` (0-based, half-open)."""


class _Held:
    path = ""

    def __init__(self, source: Sequences) -> None:
        self._sequences = {record.id: record.sequence for record in as_records(source, "dna")}
        self.lengths = {name: len(sequence) for name, sequence in self._sequences.items()}
        if not self.lengths:
            raise InputError("the genome holds no sequence: give one or more")

    def fetch(self, chrom: str, start: int, end: int) -> str:
        return self._sequences[chrom][start:end]


def as_contigs(source: Sequences | Contigs) -> Contigs:
    """A genome's file, read from front to back, or sequences from Python, which are held.

    Raises:
        InputError: see `Genome` and `as_records`.
    """
    if isinstance(source, str | os.PathLike):
        return Genome(source, forward=True)
    if isinstance(source, Contigs):
        return source
    return _Held(source)
