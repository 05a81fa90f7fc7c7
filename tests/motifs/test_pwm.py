"""Scores of DNA and k-mers under a motif, and of motifs against each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.motifs.pwm import (
    canonical_kmers,
    kmer_scale,
    kmer_scores,
    log_odds,
    motif_correlation,
    scan_motif,
    score_motif,
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


def test_canonical_kmers() -> None:
    kmers = canonical_kmers(8)
    assert len(kmers) == len(set(kmers)) == 32_896
    assert list(kmers) == sorted(kmers)
    assert all(kmer <= reverse_complement(kmer) for kmer in kmers)
    assert canonical_kmers(1) == ("A", "C")


def test_kmers_stand_in_the_order_of_the_arrays(specificity_dir: object) -> None:
    table = pd.read_csv(f"{specificity_dir}/pbm_8mer_escores.tsv.gz", sep="\t", usecols=["kmer"])
    assert tuple(table["kmer"]) == canonical_kmers(8)


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
