"""Where in a DNA the tables of proteins say that a site may be: one look-up a base."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .match import LENGTH
from .table import KmerTable, Reading

COUNT = 4**LENGTH

CHUNK = 1 << 16
"""Bases that are looked up together: their numbers stay in a core's caches beside a table."""

BYTE = 255

TOGETHER = 32
"""Proteins whose two strands fill the bits of one number."""


def kmer_numbers(bases: np.ndarray) -> np.ndarray:
    """The number of the k-mer that begins at each base.

    Args:
        bases: uint8 [n], 0 to 3.

    Returns:
        int64 [n - LENGTH + 1], see `match_kmers`.
    """
    two = (bases[:-1] << 2) | bases[1:]
    four = (two[:-2] << 4) | two[2:]
    eight = (four[:-4].astype(np.uint16) << 8) | four[4:]
    numbers = eight[:-2].astype(np.int64)
    numbers <<= 4
    numbers |= two[8:]
    return numbers


@functools.cache
def other_strand() -> np.ndarray:
    """The number of each k-mer's reverse complement: int32 [COUNT]."""
    turned = np.zeros(1, np.int32)
    for place in range(LENGTH):
        # One base more at the end of a k-mer is its complement at the beginning of the other.
        turned = (turned[:, None] + ((3 - np.arange(4, dtype=np.int32)) << (2 * place))).ravel()
    return turned


class Lookup:
    """Finds places that are worth a look.

    Args:
        tables: of the proteins.
        scores: float [p], the lowest score of a site of each that is wanted.
    """

    def __init__(self, tables: Sequence[KmerTable], scores: Sequence[float]) -> None:
        turn = other_strand()
        ways = [
            _Way(row, table.width, *table.reading(score))
            for row, (table, score) in enumerate(zip(tables, scores, strict=True))
        ]
        short = [way for way in ways if len(way.reading.first) == 1]
        self._groups = [
            _Group(short[at : at + TOGETHER], turn) for at in range(0, len(short), TOGETHER)
        ]
        self._long = [_Long(way, turn) for way in ways if len(way.reading.first) > 1]

    def find(self, bases: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Rows of proteins, and middle bases of what may be their sites, again and again.

        Args:
            bases: uint8 [n], 0 to 3; a place may be beyond its ends.
        """
        for begin in range(0, len(bases) - LENGTH + 1, CHUNK):
            # A longer site is found in the chunk where it begins.
            part = bases[begin : begin + CHUNK + 2 * LENGTH - 1]
            numbers = kmer_numbers(part)
            for group in self._groups:
                for row, place in group.find(numbers[:CHUNK]):
                    yield row, place + begin
            for one in self._long:
                for row, place in one.find(numbers):
                    yield row, place + begin


class _Way(NamedTuple):
    """How the sites of one protein are found."""

    row: int
    width: int
    reading: Reading
    limit: int

    @property
    def middle(self) -> int:
        """Where the middle base of a site is from where its first k-mer begins."""
        return self.width // 2 - self.reading.first[0]


class _Group:
    """Proteins with one k-mer each, which share a look-up."""

    def __init__(self, ways: Sequence[_Way], turn: np.ndarray) -> None:
        self._passing = np.zeros(COUNT, np.uint64)
        self._ways: list[tuple[np.uint64, int, int]] = []
        for place, way in enumerate(ways):
            passing = way.reading.values[0] >= way.limit
            for strand, (passes, offset) in enumerate(
                ((passing, way.middle), (passing[turn], LENGTH - 1 - way.middle))
            ):
                bit = np.uint64(1) << np.uint64(2 * place + strand)
                self._passing[passes] |= bit
                self._ways.append((bit, way.row, offset))
        self._any = (self._passing != 0).view(np.uint8)

    def find(self, numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        at = np.flatnonzero(np.take(self._any, numbers, mode="clip").view(bool))
        if not len(at):
            return
        passing = self._passing[numbers[at]]
        for bit, row, offset in self._ways:
            chosen = at[(passing & bit) != 0]
            if len(chosen):
                yield row, chosen + offset


class _Long:
    """A protein whose sites are read as two k-mers.

    One look-up a base gives four numbers of a byte each, whose sums of two are compared at once:
    those of the first k-mer and of the second, and of the same on the other strand. They are
    rounded up, and the limit down, so that nothing is lost.
    """

    def __init__(self, way: _Way, turn: np.ndarray) -> None:
        limit = way.limit
        first, second = (values.astype(np.int64) for values in way.reading.values)
        # Below its floor a k-mer cannot reach the limit, whatever the other one is.
        floors = [
            max(int(one.min()), limit - int(other.max()))
            for one, other in ((first, second), (second, first))
        ]
        tops = (int(first.max()), int(second.max()))
        step = max(1.0, *((top - floor) / BYTE for top, floor in zip(tops, floors, strict=True)))
        left, right = (
            np.ceil((values - floor).clip(min=0) / step).astype(np.uint32)
            for values, floor in zip((first, second), floors, strict=True)
        )
        low = int(np.floor((limit - sum(floors)) / step))
        self._never = limit > sum(tops)
        self._packed = left | (right << 8) | (right[turn] << 16) | (left[turn] << 24)
        self._carry = np.uint32((0x8000 - max(low, 0)) * 0x10001)
        self._row = way.row
        other = 2 * LENGTH - 1 - way.middle
        self._ways = ((np.uint32(0x8000), way.middle), (np.uint32(1 << 31), other))

    def find(self, numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        if self._never:
            return
        packed = np.take(self._packed, numbers, mode="clip")
        total = packed[:-LENGTH] & np.uint32(0xFF00FF)
        total += (packed[LENGTH:] >> np.uint32(8)) & np.uint32(0xFF00FF)
        total += self._carry
        total &= np.uint32(0x80008000)
        # `flatnonzero` of booleans is some six times as fast as of numbers.
        at = np.flatnonzero(total != 0)
        if not len(at):
            return
        for bit, offset in self._ways:
            chosen = at[(total[at] & bit) != 0]
            if len(chosen):
                yield self._row, chosen + offset
