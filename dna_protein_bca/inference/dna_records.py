"""Token ids of DNA records, laid end to end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.tokenizers import DNATokenizer

SHORTEST = 5
"""Base pairs; on less DNA there is no site to score."""

_DNA = DNATokenizer()


class DNARecords(NamedTuple):
    """Token ids of `r` records, end to end.

    Attributes:
        ids: uint8 [bases], ids of `DNATokenizer`.
        start, length: int64 [r], where each record lies in `ids`.
        scorable: bool [r], False where a record is all N or shorter than `SHORTEST`.
    """

    ids: np.ndarray
    start: np.ndarray
    length: np.ndarray
    scorable: np.ndarray

    @classmethod
    def from_sequences(cls, sequences: Sequence[str]) -> DNARecords:
        """Tokenize sequences (IUPAC letters, either case, T or U)."""
        length = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        start = np.concatenate(([0], np.cumsum(length)[:-1])) if len(length) else length
        ids = _DNA.encode(["".join(sequences)]).ids[0].numpy()
        scorable = length >= SHORTEST
        unknown = ids == _DNA.symbols.index("N")
        if unknown.any():  # as it is in few of many long records
            known = np.concatenate(([0], np.cumsum(~unknown)))
            scorable &= known[start + length] > known[start]
        return cls(ids, start, length, scorable)

    def take(self, rows: np.ndarray) -> DNARecords:
        """Some of the records, in the order of `rows` (int64); shares the token ids."""
        return DNARecords(self.ids, self.start[rows], self.length[rows], self.scorable[rows])

    def windows(self, start: np.ndarray, width: int, end: np.ndarray | None = None) -> np.ndarray:
        """Token ids uint8 [..., r, width] from `start` (int64 [..., r]) in each record.

        Padding stands where a window leaves its record, or passes `end` (int64 [r]).
        """
        at = start[..., None] + np.arange(width)
        end = self.length if end is None else end
        inside = (at >= 0) & (at < end[:, None])
        flat = self.ids[np.where(inside, at + self.start[:, None], 0)]
        return np.where(inside, flat, np.uint8(_DNA.pad_id))


def chunked(
    records: Iterable[SequenceRecord], size: int, bases: int
) -> Iterator[list[SequenceRecord]]:
    """Up to `size` records at a time, and no more than `bases` where there are several."""
    chunk: list[SequenceRecord] = []
    held = 0
    for record in records:
        if chunk and (len(chunk) == size or held + len(record.sequence) > bases):
            yield chunk
            chunk, held = [], 0
        chunk.append(record)
        held += len(record.sequence)
    if chunk:
        yield chunk
