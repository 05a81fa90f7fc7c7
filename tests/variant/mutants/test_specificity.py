"""8-mers are compared by what a protein's motifs say of them."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.variant.mutants.specificity import BOUND, KmerScores, compare_kmers


@pytest.fixture
def wild() -> KmerScores:
    return KmerScores(np.random.default_rng(0).normal(size=4000).astype(np.float32), 0.0)


def test_the_same_scores_change_nothing(wild: KmerScores) -> None:
    assert compare_kmers(wild, wild, 0.0) == (pytest.approx(0, abs=1e-6), 0, 0)


def test_a_loss_takes_sites_and_leaves_the_specificity(wild: KmerScores) -> None:
    found = compare_kmers(wild, wild, 100.0)
    assert found == (pytest.approx(0, abs=1e-6), 0, BOUND)
    damaged = KmerScores(wild.score, 100.0)
    assert compare_kmers(wild, damaged, 0.0).lost == BOUND


def test_another_order_gains_as_many_as_it_loses(wild: KmerScores) -> None:
    other = KmerScores(wild.score[::-1].copy(), 0.0)
    found = compare_kmers(wild, other, 0.0)
    assert found.gained == found.lost
    assert found.lost is not None
    assert found.lost > BOUND / 2
    assert found.specificity_change == pytest.approx(1, abs=0.1)
