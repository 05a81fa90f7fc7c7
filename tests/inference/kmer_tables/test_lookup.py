"""Look-ups find what a loop over all places finds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dna_protein_bca.inference.background.curve import Curve
from dna_protein_bca.inference.kmer_tables import KmerTable, lookup
from dna_protein_bca.inference.kmer_tables.lookup import (
    COUNT,
    Lookup,
    kmer_numbers,
    other_strand,
)
from dna_protein_bca.inference.kmer_tables.match import LENGTH
from dna_protein_bca.inference.kmer_tables.table import Reading

SITE = Curve(np.array([0.0, 10.0]), np.array([0.0, -10.0]))


def number(bases: Sequence[int]) -> int:
    total = 0
    for base in bases:
        total = 4 * total + int(base)
    return total


def table(first: tuple[int, ...], passing: float, seed: int) -> KmerTable:
    """A table of random values, of which so many of a hundred reach its limit alone."""
    rng = np.random.default_rng(seed)
    values = tuple(rng.integers(-3000, 300, COUNT).astype(np.int16) for _ in first)
    sums = sum(rng.choice(part.astype(int), 100_000) for part in values)
    limit = int(np.quantile(sums, 1 - passing))
    return KmerTable(21, (Reading(first, values, np.array([limit])),), np.zeros(1), SITE, "test")


def looped(one: KmerTable, bases: np.ndarray) -> set[int]:
    """The middles of all windows in which a strand's k-mers reach the limit."""
    reading = one.readings[0]
    found = set()
    for middle in range(one.width // 2, len(bases) - one.width // 2):
        window = bases[middle - one.width // 2 : middle + one.width // 2 + 1]
        for way in (window, 3 - window[::-1]):
            kmers = [number(way[first : first + LENGTH]) for first in reading.first]
            total = sum(int(v[k]) for v, k in zip(reading.values, kmers, strict=True))
            if total >= reading.limits[0]:
                found.add(middle)
    return found


def test_numbers_of_kmers() -> None:
    bases = np.random.default_rng(0).integers(0, 4, 200, dtype=np.uint8)
    numbers = kmer_numbers(bases)
    assert numbers.tolist() == [number(bases[at : at + LENGTH]) for at in range(191)]
    other = kmer_numbers(3 - bases[::-1])[::-1]
    assert other_strand()[numbers].tolist() == other.tolist()


@pytest.mark.parametrize("chunk", [64, 1 << 16])
def test_places_are_those_of_a_loop(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(lookup, "CHUNK", chunk)
    bases = np.random.default_rng(1).integers(0, 4, 1500, dtype=np.uint8)
    # More proteins than share a look-up, and two of two k-mers each.
    tables = [table((n % 12,), 0.01, n) for n in range(35)]
    tables += [table((1, 11), 0.01, 90), table((0, 10), 0.002, 91)]
    found: dict[int, set[int]] = {row: set() for row in range(len(tables))}
    for row, places in Lookup(tables, [0.0] * len(tables)).find(bases):
        found[row] |= set(places.tolist())
    half = tables[0].width // 2
    for row, one in enumerate(tables):
        wanted = looped(one, bases)
        mine = {place for place in found[row] if half <= place < len(bases) - half}
        assert mine >= wanted
        # Sums of two are rounded, so that a few more are found.
        assert len(mine) == len(wanted) if row < 35 else len(mine) < 1.3 * len(wanted) + 5
    assert sum(map(len, found.values())) > 300


def test_a_limit_that_nothing_reaches() -> None:
    bases = np.random.default_rng(1).integers(0, 4, 1500, dtype=np.uint8)
    for first in ((5,), (1, 11)):
        one = table(first, 0.5, 4)
        reading = Reading(first, one.readings[0].values, np.array([30_000]))
        never = KmerTable(21, (reading,), np.zeros(1), SITE, "test")
        assert list(Lookup([never], [0.0]).find(bases)) == []
