"""Negatives of each kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.datasets.negatives.draw import (
    Covered,
    gc,
    matched_windows,
    other_sites,
    shuffled,
)
from dna_protein_bca.datasets.sources.peaks import Window, sequences_of
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_sequence

Write = Callable[[str, str], Path]


def test_shuffled_negatives_are_named_after_their_positive(rng: np.random.Generator) -> None:
    found = shuffled({"a": "ACGTTGCA" * 4, "b": "GGGTTTAC" * 4}, 3, rng)
    assert list(found) == ["a_shuffle1", "b_shuffle1", "a_shuffle2"]
    again = shuffled({"a": "ACGTTGCA" * 4}, 2, rng, used=found)
    assert list(again) == ["a_shuffle3", "a_shuffle4"]


def test_no_shuffle_is_a_positive_or_comes_twice(rng: np.random.Generator) -> None:
    """Repeats of two bases have no other shuffle, short sequences few."""
    positives = {"repeat": "CA" * 20, "short": "ACGTACGT", "lower": "acgttgcacgatta"}
    found = shuffled(positives, 12, rng)
    texts = [canonical_sequence(text) for text in [*positives.values(), *found.values()]]
    assert len(set(texts)) == len(texts) == 15
    assert not any(name.startswith("repeat") for name in found)
    assert all(text.isupper() for text in found.values())
    assert shuffled({"repeat": "CA" * 20}, 1, rng) == {}
    in_turn = shuffled({"repeat": "CA" * 20, "a": "ACGTTGCA" * 2, "b": "GGTTACGT" * 2}, 2, rng)
    assert list(in_turn) == ["a_shuffle1", "b_shuffle1"]


def test_matched_windows_are_like_and_elsewhere(genome: Genome, rng: np.random.Generator) -> None:
    windows = [Window("chr1", start, start + 101) for start in range(2000, 12000, 400)]
    rich = sorted(sequences_of(windows, genome).items(), key=lambda item: -gc(item[1]))[:10]
    positives = dict(rich)
    covered = Covered([Window("chr1", 0, 15000)])
    found = matched_windows(genome, positives, covered.touches, 20, rng)
    assert len(found) == 20
    assert all(window.chrom == "chr1" and window.start >= 15000 for window in found)
    assert all(len(text) == 101 and "N" not in text for text in found.values())
    means = [np.mean([gc(text) for text in one.values()]) for one in (positives, found)]
    assert abs(means[0] - means[1]) < 0.02
    everywhere = Covered([Window("chr1", 0, genome.lengths["chr1"])])
    assert matched_windows(genome, positives, everywhere.touches, 20, rng) == {}


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(1, 20)), max_size=8),
    st.tuples(st.integers(0, 99), st.integers(1, 20)),
)
def test_covered_is_what_overlaps(spans: list[tuple[int, int]], one: tuple[int, int]) -> None:
    windows = [Window("c", start, start + width) for start, width in spans]
    window = Window("c", one[0], one[0] + one[1])
    expected = any(w.start < window.end and window.start < w.end for w in windows)
    assert Covered(windows).touches(window) == expected
    assert not Covered(windows).touches(window._replace(chrom="d"))
    grown = Covered()
    for some in windows:
        grown.add(some)
    assert grown.touches(window) == expected


def test_others_sites_keep_away_from_ones_own(rng: np.random.Generator) -> None:
    sites = {Window("c", start, start + 10): "A" * 10 for start in range(0, 100, 10)}
    found = other_sites(sites, Covered([Window("c", 0, 55)]).touches, 3, rng)
    assert len(found) == 3 and all(window.start >= 60 for window in found)
