"""Curves of positions from tiles that hold more good matches than there are by chance."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from dna_protein_bca.inference.background.curve import level_of
from dna_protein_bca.inference.background.planting import Proposal
from dna_protein_bca.inference.background.pool import Pool
from dna_protein_bca.inference.background.tiles import PLAIN, position_curve, stratify


def test_a_position_counts_as_often_as_its_tile_is_background() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=40_000).astype(np.float32)
    nothing = Proposal(np.zeros((1, 1, 4)), np.ones(1))
    pool = Pool(
        np.zeros((len(drawn), 1), np.uint8), drawn, np.full(len(drawn), 1 / 40_000), nothing
    )
    # Beside planted sites lie matches as good as rare ones elsewhere, with far more added.
    beside = rng.uniform(1, 4, (300, 64))
    match = np.concatenate((rng.normal(size=(PLAIN, 64)), beside)).astype(np.float32)
    score = match.copy()
    score[PLAIN:] += 3
    weight = np.append(np.ones(PLAIN), np.full(300, 1e-6))
    curve = position_curve(score, match, weight, pool, stratify(pool.match, pool.weight))
    for p in (0.05, 0.01, 0.002):
        assert abs(curve.scores(level_of(p)) - norm.isf(p)) < 0.1
