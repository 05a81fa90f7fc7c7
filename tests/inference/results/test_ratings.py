"""P-values and probabilities of scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.inference.results import Rating

pytestmark = pytest.mark.simulated


class Fixed:
    """A background whose p-values are easy to tell."""

    def __init__(self, row: int) -> None:
        self.row = row

    def record_p(self, score: np.ndarray, length: np.ndarray) -> np.ndarray:
        return 1 / (2 + self.row + np.exp(score) * 100 / length)


class Rows:
    """Proteins that are nothing but their rows."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def take(self, rows: np.ndarray) -> Rows:
        return Rows(self.rows[rows])


class Counting:
    """A predictor that counts the backgrounds that are asked of it; row 2 has none."""

    calibration: Calibration | None = Calibration(slope=2.0, intercept=-1.0, threshold=0.1)

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.cached: set[bool] = set()

    def background(self, proteins: Any, dna: Any, *, cache: bool) -> list[Any]:
        self.asked += proteins.rows.tolist()
        self.cached.add(cache)
        return [None if row == 2 else Fixed(row) for row in proteins.rows.tolist()]


PROTEIN = np.array([3, 0, 2, 3, 1, 0])
SCORE = np.array([1.0, -2.0, 5.0, 0.5, np.nan, 3.0])
LENGTH = np.array([100, 20, 100, 500, 100, 2000])


def rated(predictor: Any, background: str | None = "uniform", prior: float = 0.5) -> pd.DataFrame:
    rating = Rating(predictor, Rows(np.arange(4)), background, prior)
    return rating.rate(pd.DataFrame({"score": SCORE.astype(np.float32)}), PROTEIN, LENGTH)


def test_each_score_is_compared_with_its_own_protein_and_length() -> None:
    table = rated(Counting())
    expected = 1 / (2 + PROTEIN + np.exp(SCORE) * 100 / LENGTH)
    expected[2] = np.nan
    np.testing.assert_allclose(table["p_value"], expected, rtol=1e-6)
    calibration = Counting.calibration
    assert calibration is not None
    np.testing.assert_allclose(table["probability"], calibration.probabilities(expected), rtol=1e-5)


def test_a_background_is_asked_for_once_and_where_there_is_a_score() -> None:
    predictor = Counting()
    rating = Rating(predictor, Rows(np.arange(4)), "uniform")
    for part in (slice(0, 3), slice(3, 6)):
        rating.p_values(PROTEIN[part], SCORE[part], LENGTH[part])
    assert sorted(predictor.asked) == [0, 2, 3]


@pytest.mark.parametrize("cache", [True, False])
def test_backgrounds_are_kept_where_that_is_asked_for(cache: bool) -> None:
    predictor = Counting()
    rating = Rating(predictor, Rows(np.arange(4)), "uniform", cache=cache)
    rating.p_values(PROTEIN, SCORE, LENGTH)
    assert predictor.cached == {cache}


def test_without_a_background_there_is_neither() -> None:
    predictor = Counting()
    table = rated(predictor, background=None)
    assert table["p_value"].isna().all() and table["probability"].isna().all()
    assert predictor.asked == []


def test_without_a_calibration_there_are_p_values_alone() -> None:
    predictor = Counting()
    predictor.calibration = None
    table = rated(predictor)
    assert table["p_value"].notna().sum() == 4 and table["probability"].isna().all()


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, 2.0])
def test_a_prior_is_a_probability_that_leaves_doubt(prior: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        rated(Counting(), prior=prior)
