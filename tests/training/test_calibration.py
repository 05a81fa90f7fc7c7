"""Probabilities and affinities fitted to held-out pairs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from dna_protein_bca.training.calibration import (
    best_threshold,
    fit_affinity_scale,
    fit_calibration,
)


def drawn(count: int, slope: float, intercept: float) -> tuple[np.ndarray, np.ndarray]:
    """P-values, and labels that are 1 with the probability that a calibration gives them."""
    rng = np.random.default_rng(0)
    surprise = rng.exponential(1.5, count)
    label = rng.random(count) < 1 / (1 + np.exp(-(slope * surprise + intercept)))
    return 10**-surprise, label.astype(int)


def test_finds_the_slope_and_intercept_that_made_the_labels() -> None:
    p_value, label = drawn(40_000, 1.4, -2.0)
    found = fit_calibration(p_value, label, proteins=7)
    assert found is not None
    # The labels are rarer than one in two, which the prior says and not the calibration.
    rate = label.mean()
    assert found.slope == pytest.approx(1.4, abs=0.06)
    assert found.intercept == pytest.approx(-2.0 - np.log(rate / (1 - rate)), abs=0.08)
    assert (found.proteins, found.pairs, found.background) == (7, 40_000, "uniform")
    assert found.probabilities(p_value, rate).mean() == pytest.approx(rate, abs=0.01)


def test_the_share_of_positives_does_not_move_it() -> None:
    p_value, label = drawn(40_000, 1.4, -2.0)
    kept = (label == 1) | (np.arange(len(label)) % 10 == 0)
    whole, part = (
        fit_calibration(p_value[rows], label[rows], proteins=1)
        for rows in (np.ones(len(label), bool), kept)
    )
    assert whole is not None and part is not None
    assert part.intercept == pytest.approx(whole.intercept, abs=0.15)
    assert part.slope == pytest.approx(whole.slope, abs=0.1)


def test_separated_classes_stay_finite() -> None:
    p_value = 10 ** -np.concatenate([np.linspace(3, 4, 20), np.linspace(0.1, 1, 20)])
    found = fit_calibration(p_value, np.repeat([1, 0], 20), proteins=1)
    assert found is not None and 0 < found.slope < 20
    probability = found.probabilities(p_value)
    assert probability[:20].min() > 0.85 and probability[20:].max() < 0.15
    assert 10**-3 < found.threshold < 10**-1


def test_too_few_inverted_or_equal_ones_give_none() -> None:
    rising = np.linspace(0.01, 0.9, 20)
    assert fit_calibration(rising[:10], np.array([1] * 4 + [0] * 6), proteins=1) is None
    assert fit_calibration(rising, np.arange(20) > 9, proteins=1) is None
    assert fit_calibration(np.full(20, 0.1), np.arange(20) > 9, proteins=1) is None


def test_the_threshold_has_the_highest_mcc() -> None:
    rng = np.random.default_rng(1)
    label = (rng.random(300) < 0.2).astype(int)
    value = rng.normal(0.3 + 0.3 * label, 0.15)
    found = best_threshold(value, label)
    others = [matthews_corrcoef(label, value >= t) for t in np.linspace(0, 1, 201)]
    assert matthews_corrcoef(label, value >= found) >= max(others) - 1e-9
    p_value = 10**-value
    fitted = fit_calibration(p_value, label, proteins=1)
    assert fitted is not None and -np.log10(fitted.threshold) == pytest.approx(found)


def test_affinities_follow_the_line_that_made_them() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(size=500)
    affinity = 7.5 + 0.4 * score + 0.1 * rng.normal(size=500)
    found = fit_affinity_scale(score, affinity, np.repeat(["a", "b"], 250))
    assert found is not None
    assert (found.slope, found.intercept) == (
        pytest.approx(0.4, abs=0.02),
        pytest.approx(7.5, abs=0.02),
    )
    assert found.rmse == pytest.approx(0.1, abs=0.01)
    assert (found.proteins, found.pairs) == (2, 500)
    np.testing.assert_allclose(found.affinities(score), found.intercept + found.slope * score)


def test_every_protein_weighs_the_same_in_a_scale() -> None:
    score = np.array([0.0, 1, 2] + [0.0, 1, 2] * 100)
    affinity = np.concatenate([[1.0, 2, 3], np.tile([3.0, 4, 5], 100)])
    protein = np.array(["few"] * 3 + ["many"] * 300)
    found = fit_affinity_scale(score, affinity, protein)
    assert found is not None and found.intercept == pytest.approx(2)


@pytest.mark.parametrize("size", [1e-300, 1e39, 1e300])
def test_a_scale_of_affinities_of_any_size(size: float) -> None:
    score = np.arange(8.0)
    found = fit_affinity_scale(score, size * score, np.zeros(8))
    assert found is not None and found.slope == pytest.approx(size)


def test_no_scale_where_scores_do_not_rise_with_affinities() -> None:
    score, protein = np.arange(8.0), np.zeros(8)
    assert fit_affinity_scale(score, -score, protein) is None
    assert fit_affinity_scale(score, np.ones(8), protein) is None
    assert fit_affinity_scale(np.ones(8), score, protein) is None
    assert fit_affinity_scale(score[:4], score[:4], protein[:4]) is None
