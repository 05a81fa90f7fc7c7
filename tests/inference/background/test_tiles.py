"""Curves of positions from tiles that hold more good matches than there are by chance."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from dna_protein_bca.inference.background.curve import level_of
from dna_protein_bca.inference.background.planting import Proposal
from dna_protein_bca.inference.background.pool import Pool
from dna_protein_bca.inference.background.tiles import PLAIN, position_curves, stratify


def pool_of(match: np.ndarray) -> Pool:
    """A pool whose windows have these matches, each as often as the others."""
    count, nothing = len(match), Proposal(np.zeros((1, 1, 4)), np.ones(1))
    share = np.full(count, 1 / count)
    return Pool(np.zeros((count, 1), np.uint8), match.astype(np.float32), share, nothing)


def test_a_position_counts_as_often_as_its_tile_is_background() -> None:
    rng = np.random.default_rng(0)
    pool = pool_of(rng.normal(size=40_000))
    # Beside planted sites lie matches as good as rare ones elsewhere, with far more added.
    beside = rng.uniform(1, 4, (300, 64))
    match = np.concatenate((rng.normal(size=(PLAIN, 64)), beside)).astype(np.float32)
    score = match.copy()
    score[PLAIN:] += 3
    weight = np.append(np.ones(PLAIN), np.full(300, 1e-6))
    strata = stratify(pool.match, pool.weight)
    # Each score has a curve of its own, from the same positions.
    curve, higher = position_curves([score, score + 1], match, weight, pool, strata)
    for p in (0.05, 0.01, 0.002):
        assert abs(curve.scores(level_of(p)) - norm.isf(p)) < 0.1
        assert abs(higher.scores(level_of(p)) - curve.scores(level_of(p)) - 1) < 1e-5


def test_what_is_added_where_no_match_is_alike_is_that_of_the_next_poorer_one() -> None:
    rng = np.random.default_rng(1)
    pool = pool_of(rng.normal(size=40_000))
    # No position of a tile matches better than 2, and 1 is added to those above 1.8.
    match = rng.normal(size=(PLAIN + 20, 64)).clip(max=2).astype(np.float32)
    score = match + (match > 1.8)
    strata = stratify(pool.match, pool.weight)
    (curve,) = position_curves([score], match, np.ones(PLAIN + 20), pool, strata)
    for p in (3e-3, 1e-3):
        alone = np.quantile(pool.match, 1 - p)
        assert alone > 2.6 and abs(curve.scores(level_of(p)) - alone - 1) < 0.03
