"""Intervals over proteins."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.evaluation.bootstrap import compare, interval


def test_interval_covers_the_mean_and_needs_two_proteins() -> None:
    values = np.random.default_rng(0).normal(0.8, 0.1, 40)
    low, high = interval(values, seed=1) or (0, 0)
    assert low < values.mean() < high
    # Four standard errors wide, as a normal interval is.
    assert high - low == pytest.approx(4 * 0.1 / np.sqrt(40), rel=0.35)
    assert interval(values, seed=1) == [low, high]
    assert interval(np.array([0.5, np.nan]), seed=1) is None


def test_paired_bootstrap_sees_what_unpaired_intervals_hide() -> None:
    spread = np.linspace(0.5, 0.9, 20)
    better = compare(spread + 0.02 + 0.01 * np.sin(np.arange(20)), spread, seed=0)
    assert better is not None and better["beats"] is True
    same = compare(spread, spread[::-1], seed=0)
    assert same is not None and same["beats"] is False
    assert compare(np.array([1.0, np.nan]), np.array([0.0, 0.0]), seed=0) is None
