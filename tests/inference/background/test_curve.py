"""Curves of p-values: fitted, continued, thinned and summed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from dna_protein_bca.inference.background.curve import (
    LEVELS,
    Curve,
    FlatScores,
    continued,
    fit_curve,
    level_of,
    monotone,
    p_of,
    straightened,
    thinned,
)
from dna_protein_bca.inference.background.sums import power_curve, sum_curves

EXACT = monotone(norm.isf(p_of(LEVELS)), LEVELS)
"""Of a normal distribution."""


def p_at(curve: Curve, score: np.ndarray) -> np.ndarray:
    return p_of(curve.levels(score))


def test_levels_are_those_of_p_values() -> None:
    p = np.array([0.999, 0.5, 1e-3, 1e-12])
    np.testing.assert_allclose(p_of(level_of(p)), p, rtol=1e-9)
    # Twice as many independent positions: a level that is log 2 higher.
    np.testing.assert_allclose(p_of(level_of(p) + np.log(2)), 1 - (1 - p) ** 2, rtol=1e-3)
    assert p_of(np.array(-1e6)) > 0


def test_a_curve_gives_back_its_scores() -> None:
    score = np.linspace(-4, 12, 50)
    np.testing.assert_allclose(EXACT.scores(EXACT.levels(score)), score, atol=1e-9)


def test_an_importance_sample_shows_the_far_tail() -> None:
    rng = np.random.default_rng(0)
    centre = rng.uniform(0, 7, 40_000)
    score = rng.normal(centre)
    grid = np.linspace(0, 7, 71)
    density = norm.pdf(score[:, None], grid).mean(1)
    curve = fit_curve(score, norm.pdf(score) / density)
    wanted = norm.isf([0.5, 1e-2, 1e-4, 1e-6, 1e-8])
    np.testing.assert_allclose(p_at(curve, wanted), norm.sf(wanted), rtol=0.15)


def test_too_small_a_sample_is_refused() -> None:
    with pytest.raises(FlatScores, match="too few"):
        fit_curve(np.arange(10.0), np.ones(10))


def test_equal_scores_make_a_curve_that_falls() -> None:
    curve = fit_curve(np.repeat([0.0, 1.0], 500), np.ones(1000)).table()
    assert (np.diff(curve.levels(np.linspace(-1, 3, 200))) < 0).all()
    assert 0.3 < p_at(curve, np.array(0.999)) < 0.7


def test_a_curve_goes_on_as_another_does() -> None:
    sample = np.random.default_rng(1).normal(size=4000) + 2
    short = fit_curve(sample, np.ones(4000))
    far = norm.isf([1e-5, 1e-8])
    np.testing.assert_allclose(
        continued(short, EXACT._replace(score=EXACT.score + 2)).levels(far + 2),
        np.log([1e-5, 1e-8]),
        atol=0.3,
    )
    steps = np.diff(straightened(short).levels(np.linspace(6, 12, 20)))
    assert (steps < 0).all() and np.ptp(steps) < 1e-9


def test_a_thinned_curve_is_close_and_smaller() -> None:
    few = thinned(EXACT, 0.02)
    assert len(few.score) < len(EXACT.score) / 3
    np.testing.assert_allclose(few.levels(EXACT.score), EXACT.level, atol=0.021)


def test_sums_are_those_of_drawn_odds() -> None:
    rng = np.random.default_rng(2)
    logs = 3 * EXACT.scores(level_of(rng.random((100_000, 7)).clip(1e-12, 1 - 1e-12)))
    part = EXACT._replace(score=3 * EXACT.score)
    drawn = np.sort(np.logaddexp.reduce(logs, axis=1))[::-1]
    for curve in (power_curve(part, 7), *sum_curves(part, part, [5])):
        wanted = drawn[[50_000, 10_000, 1_000, 200]]
        np.testing.assert_allclose(p_at(curve, wanted), [0.5, 0.1, 0.01, 0.002], rtol=0.2)
    # Far out a sum is as high as its highest part.
    far = 3 * norm.isf(np.array([1e-9]))
    np.testing.assert_allclose(p_at(power_curve(part, 7), far), 7e-9, rtol=0.2)
