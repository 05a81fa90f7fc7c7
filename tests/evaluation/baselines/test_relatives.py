"""The baselines that need no training, on DNA of any length and on all 8-mers."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.evaluation.baselines.motif_scan import best_odds
from dna_protein_bca.evaluation.baselines.relatives import (
    RelativeScores,
    nearest_kmer_scores,
    relatives_kmer_scores,
)
from dna_protein_bca.motifs.pwm import kmer_scale, kmer_scores
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins, Relative


def random_dna(rng: np.random.Generator, length: int, letters: str = "ACGT") -> str:
    return "".join(rng.choice(list(letters), length))


def random_motif(rng: np.random.Generator, width: int) -> np.ndarray:
    return rng.dirichlet(np.full(4, 0.3), width).astype(np.float32)


def measured(*motifs: list[np.ndarray]) -> MeasuredProteins:
    names = ((f"m{row}", "", "", {}, tuple(some)) for row, some in enumerate(motifs))
    return MeasuredProteins(MeasuredProtein(*one, ("",) * len(one[4])) for one in names)


def test_nearest_neighbour_is_the_mean_of_its_motifs() -> None:
    rng = np.random.default_rng(1)
    one, two, far = (random_motif(rng, 9) for _ in range(3))
    dna = [random_dna(rng, 30) for _ in range(12)]
    scores = RelativeScores.on_dna(measured([one, two], [far]), dna)
    near = [Relative("m0", 0.9, 0), Relative("m1", 0.4, 1)]
    scores.prepare(near)
    np.testing.assert_allclose(scores.nearest(near), best_odds([one, two], dna).mean(0), rtol=1e-5)
    tied = [Relative("m0", 0.9, 0), Relative("m1", 0.9, 1)]
    expected = (best_odds([one, two], dna).mean(0) + best_odds([far], dna)[0]) / 2
    np.testing.assert_allclose(scores.nearest(tied), expected, rtol=1e-5)
    assert np.isnan(scores.nearest([])).all()


def test_relatives_vote_by_identity_with_z_over_the_dna() -> None:
    rng = np.random.default_rng(2)
    one, two = random_motif(rng, 7), random_motif(rng, 10)
    dna = [random_dna(rng, 50) for _ in range(30)]
    scores = RelativeScores.on_dna(measured([one], [two]), dna)
    near = [Relative("m0", 0.8, 0), Relative("m1", 0.5, 1)]
    scores.prepare(near)
    odds = best_odds([one, two], dna).astype(float)
    z = (odds - odds.mean(1, keepdims=True)) / odds.std(1, keepdims=True)
    votes = np.exp(np.minimum(z, 6))
    weight = np.exp(12 * np.array([0.8, 0.5]))
    np.testing.assert_allclose(scores.twenty(near), weight @ votes / weight.sum(), rtol=1e-4)


def test_scores_of_kmers_follow_their_definitions() -> None:
    rng = np.random.default_rng(3)
    first, second, tied, far = (random_motif(rng, width) for width in (8, 12, 8, 8))
    proteins = measured([], [first, second], [tied], [far])
    relatives = [
        Relative("without a motif", 1.0, 0),
        Relative("near", 0.9, 1),
        Relative("also near", 0.9, 2),
        Relative("far", 0.7, 3),
    ]

    def vote(matrix: np.ndarray) -> np.ndarray:
        scores = kmer_scores(matrix)
        mean, std = kmer_scale(scores)
        return np.exp(np.minimum((scores - mean) / std, 6))

    votes = [(vote(first) + vote(second)) / 2, vote(tied), vote(far)]
    on_kmers = RelativeScores.on_kmers(proteins)
    np.testing.assert_allclose(on_kmers.votes(relatives), votes, rtol=1e-5)
    expected = np.average(votes, axis=0, weights=np.exp([12 * 0.9, 12 * 0.9, 12 * 0.7]))
    np.testing.assert_allclose(relatives_kmer_scores(proteins, relatives), expected, rtol=1e-5)
    one = relatives_kmer_scores(proteins, relatives, n=1)
    np.testing.assert_allclose(one, votes[0], rtol=1e-5)
    # Of those that have a motif, two share the top identity.
    near = (kmer_scores(first) + kmer_scores(second)) / 2
    expected = (near + kmer_scores(tied)) / 2
    scores = nearest_kmer_scores(proteins, relatives)
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


def test_scores_without_relatives_are_flat() -> None:
    proteins = measured([])
    for relatives in ([], [Relative("without a motif", 1.0, 0)]):
        assert RelativeScores.on_kmers(proteins).votes(relatives).shape == (0, 32_896)
        assert not relatives_kmer_scores(proteins, relatives).any()
        assert not nearest_kmer_scores(proteins, relatives).any()
