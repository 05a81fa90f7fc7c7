"""How motifs vote."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.motifs.pwm import kmer_scores, standard_kmer_scores
from dna_protein_bca.motifs.votes import protein_votes, vote_weights, votes


def test_votes_stop_rising_at_the_ceiling() -> None:
    z = np.array([-1.0, 0.0, 6.0, 9.0], np.float32)
    np.testing.assert_allclose(votes(z), np.exp([-1, 0, 6, 6]), rtol=1e-6)
    np.testing.assert_allclose(votes(z, 0.5), np.exp([-0.5, 0, 3, 3]), rtol=1e-6)
    assert votes(z).dtype == np.float32


def test_a_protein_has_one_vote_however_many_motifs() -> None:
    motifs = [np.random.default_rng(seed).dirichlet(np.full(4, 0.4), 8) for seed in range(3)]
    expected = np.mean([np.exp(np.minimum(standard_kmer_scores(m), 6)) for m in motifs], axis=0)
    found = protein_votes(np.stack([kmer_scores(motif) for motif in motifs]))
    assert found.shape == (32_896,) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_motif_that_fits_everywhere_alike_says_nothing() -> None:
    flat = protein_votes(np.array([[2.0, 2.0, 2.0], [0.0, 1.0, 2.0]]))
    np.testing.assert_allclose(flat, (1 + np.exp([-(1.5**0.5), 0, 1.5**0.5])) / 2, rtol=1e-6)


def test_weights_follow_identity() -> None:
    weights = vote_weights([0.9, 0.8])
    assert weights.sum() == pytest.approx(1)
    assert weights[0] / weights[1] == pytest.approx(np.exp(1.2))
