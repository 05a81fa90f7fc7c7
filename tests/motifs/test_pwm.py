"""Scores of DNA and k-mers under a motif, and of motifs against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import (
    column_information,
    kmer_scale,
    kmer_scores,
    log_odds,
    mean_kmer_scores,
    motif_correlation,
    scan_motif,
    score_motif,
    trim_ends,
    trim_to_width,
)

COMPLEMENT = str.maketrans("ACGT", "TGCA")
widths = st.integers(1, 14)
seeds = st.integers(0, 2**32 - 1)
dna = st.text("ACGT", min_size=1, max_size=20)


def random_motif(width: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(4, 0.5), width)


def encode(sequence: str) -> np.ndarray:
    return np.array(["ACGTRYSWKMBDHVN".index(base) for base in sequence], dtype=np.uint8)


def reverse_complement(sequence: str) -> str:
    return sequence[::-1].translate(COMPLEMENT)


def by_definition(matrix: np.ndarray, sequence: str) -> float:
    """The best log-odds, one column at a time."""
    best = -np.inf
    for strand in (sequence, reverse_complement(sequence)):
        for offset in range(-len(matrix), len(strand)):
            columns = [i for i in range(len(matrix)) if 0 <= i + offset < len(strand)]
            if len(columns) >= min(5, len(matrix)):
                odds = [max(matrix[i]["ACGT".index(strand[i + offset])], 0.001) for i in columns]
                best = max(best, float(np.log(np.array(odds) / 0.25).sum()))
    return best


def test_log_odds_are_clipped() -> None:
    found = log_odds(np.array([[0.0, 0.25, 0.75, 0.0]]))
    np.testing.assert_allclose(found, np.log([[0.004, 1, 3, 0.004]]), atol=1e-6)
    assert found.dtype == np.float32


@settings(max_examples=25, deadline=None)
@given(widths, seeds, st.integers(5, 8))
def test_kmer_scores_agree_with_the_definition(width: int, seed: int, k: int) -> None:
    motif = random_motif(width, seed)
    scores = kmer_scores(motif, k)
    assert scores.dtype == np.float32
    kmers = canonical_kmers(k)
    assert scores.shape == (len(kmers),)
    for row in np.random.default_rng(seed).choice(len(kmers), 5):
        assert scores[row] == pytest.approx(by_definition(motif, kmers[row]), abs=2e-4)


@settings(deadline=None)
@given(widths, seeds, dna)
def test_score_of_dna_agrees_with_the_definition(width: int, seed: int, sequence: str) -> None:
    motif = random_motif(width, seed)
    expected = by_definition(motif, sequence)
    assert score_motif(motif, encode(sequence)) == pytest.approx(expected, abs=1e-4)
    complement = encode(reverse_complement(sequence))
    assert score_motif(motif, complement) == pytest.approx(expected, abs=1e-4)


@settings(deadline=None)
@given(widths, seeds, st.lists(dna, min_size=1, max_size=4))
def test_padding_changes_nothing(width: int, seed: int, sequences: list[str]) -> None:
    motif = random_motif(width, seed)
    longest = max(map(len, sequences))
    ids = np.full((len(sequences), longest), 16, dtype=np.uint8)
    mask = np.zeros(ids.shape, dtype=bool)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = encode(sequence)
        mask[row, : len(sequence)] = True
    alone = [score_motif(motif, encode(sequence)) for sequence in sequences]
    np.testing.assert_allclose(score_motif(motif, ids, mask), alone, atol=1e-4)


def flanked(letters: str, left: int, right: int, sure: float = 0.91) -> np.ndarray:
    """A site with uniform columns on both sides."""
    site = np.full((len(letters), 4), (1 - sure) / 3, dtype=np.float32)
    site[np.arange(len(letters)), encode(letters)] = sure
    return np.pad(site, ((left, right), (0, 0)), constant_values=0.25)


def letters_of(motif: np.ndarray) -> str:
    return "".join("ACGT"[row.argmax()] if row.max() > 0.5 else "n" for row in motif)


def test_information_of_columns() -> None:
    motif = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4, [0.7, 0.1, 0.1, 0.1]])
    entropy = -(0.7 * np.log2(0.7) + 0.3 * np.log2(0.1))
    np.testing.assert_allclose(column_information(motif), [2, 1, 0, 2 - entropy], atol=1e-6)


def test_trimming_to_a_width_keeps_the_informative_columns() -> None:
    wide = flanked("CACGTG", 9, 5)
    trimmed = trim_to_width(wide, 8)
    assert len(trimmed) == 8 and "CACGTG" in letters_of(trimmed)
    assert letters_of(trim_to_width(wide, 6)) == "CACGTG"
    np.testing.assert_array_equal(trim_to_width(wide, 20), wide)


def test_trimming_ends_keeps_what_lies_between() -> None:
    assert letters_of(trim_ends(flanked("CACGTG", 9, 5), 0.15)) == "CACGTG"
    halves = np.concatenate([flanked("CAC", 2, 3), flanked("GTG", 0, 1)])
    assert letters_of(trim_ends(halves, 0.15)) == "CACnnnGTG"
    flat = np.full((7, 4), 0.25)
    np.testing.assert_array_equal(trim_ends(flat, 0.15), flat)


def test_ambiguous_bases_count_as_the_mean_of_theirs() -> None:
    motif = random_motif(5, 0)
    odds = log_odds(motif)
    scores, offsets = scan_motif(motif, encode("ACGTR"))
    assert offsets.tolist() == [0]
    expected = odds[0, 0] + odds[1, 1] + odds[2, 2] + odds[3, 3] + (odds[4, 0] + odds[4, 2]) / 2
    assert scores[0, 0] == pytest.approx(expected, abs=1e-5)
    assert score_motif(motif, encode("NNNNN")) == 0


def test_scan_finds_the_site_on_its_strand() -> None:
    site = "TGACTCA"
    motif = np.full((7, 4), 0.01)
    motif[np.arange(7), encode(site)] = 0.97
    motif[3] = [0.9, 0.0, 0.1, 0.0]
    for strand, text in enumerate(("TGAATCA", reverse_complement("TGAATCA"))):
        scores, offsets = scan_motif(motif, encode("CCCC" + text + "GGG"))
        best, found = np.unravel_index(scores.argmax(), scores.shape)
        assert (offsets[best], found) == (4, strand)


def test_dna_that_is_too_short_has_no_score() -> None:
    assert score_motif(random_motif(8, 0), encode("ACGT")) == -np.inf
    assert score_motif(random_motif(8, 0), np.empty((2, 0), np.uint8)).tolist() == [-np.inf] * 2


def test_mean_scores_of_several_motifs() -> None:
    motifs = [random_motif(9, seed) for seed in range(3)]
    expected = sum(kmer_scores(motif) for motif in motifs) / 3
    np.testing.assert_allclose(mean_kmer_scores(motifs), expected, atol=1e-5)


def test_scale_standardises() -> None:
    scores = kmer_scores(random_motif(9, 3))
    mean, std = kmer_scale(scores)
    z = (scores - mean) / std
    assert z.mean() == pytest.approx(0, abs=1e-4) and z.std() == pytest.approx(1, abs=1e-4)
    assert kmer_scale(kmer_scores(np.full((6, 4), 0.25))).std == 1


@given(st.integers(5, 12), seeds, st.integers(0, 4), st.booleans())
def test_a_motif_correlates_with_itself_wherever_it_lies(
    width: int, seed: int, shift: int, turned: bool
) -> None:
    motif = random_motif(width, seed)
    placed = np.pad(motif, ((shift, 2), (0, 0)), constant_values=0.25)
    placed = placed[::-1, ::-1] if turned else placed
    assert motif_correlation(placed, motif) == pytest.approx(1, abs=1e-6)


def test_correlation_counts_all_columns_of_the_measured_motif() -> None:
    measured = random_motif(10, 0)
    part = measured[:6]
    expected = np.corrcoef(
        np.pad(part, ((0, 4), (0, 0)), constant_values=0.25).ravel(), measured.ravel()
    )[0, 1]
    assert motif_correlation(part, measured) == pytest.approx(expected, abs=1e-6)
    assert motif_correlation(measured, part) == pytest.approx(1, abs=1e-6)


def test_correlation_takes_the_best_measured_motif() -> None:
    motif, other = random_motif(8, 1), random_motif(11, 2)
    assert motif_correlation(motif, [other, motif]) == pytest.approx(1, abs=1e-6)
    assert motif_correlation(motif, [other]) < 0.9
    assert motif_correlation(motif, []) == 0
    assert motif_correlation(np.full((8, 4), 0.25), motif) == 0
