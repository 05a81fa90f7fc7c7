"""The chance of a score at least as high: a monotone curve, fitted to weighted samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LOWEST_LEVEL = -700.0
"""Of log(-log(1 - p)): below it, p would be no number that float64 holds."""

SLOWEST = 1e-3
"""Levels that a nat of score lowers at least, so that no two scores have the same p-value."""


def level_of(p: np.ndarray | float) -> np.ndarray:
    """log(-log(1 - p)) of p-values: the log of the rate of hits that would give them.

    It is the log of p where p is small. Where each of n independent positions gives a hit with the
    same chance, it grows with log n by 1 at any p.
    """
    return np.log(-np.log1p(-np.asarray(p, np.float64)))


def p_of(level: np.ndarray) -> np.ndarray:
    """The p-values of levels, see `level_of`: never 0, and 1 from a level of about 4 on."""
    return -np.expm1(-np.exp(np.clip(level, LOWEST_LEVEL, 700.0)))


class Curve(NamedTuple):
    """The level of the p-value (`level_of`) at each score, linear between knots and beyond them.

    Attributes:
        score: float64 [k], increasing.
        level: float64 [k], decreasing.
    """

    score: np.ndarray
    level: np.ndarray

    def levels(self, score: np.ndarray) -> np.ndarray:
        """Levels, float64, of scores of any shape; NaN stays NaN."""
        x = np.asarray(score, np.float64)
        index = np.searchsorted(self.score, x).clip(1, len(self.score) - 1)
        low, high = self.score[index - 1], self.score[index]
        top, bottom = self.level[index - 1], self.level[index]
        return top + (x - low) * (bottom - top) / (high - low)

    def score_at(self, level: float) -> float:
        """The score that has this level."""
        rising = -self.level
        index = int(np.searchsorted(rising, -level).clip(1, len(rising) - 1))
        low, high = self.score[index - 1], self.score[index]
        top, bottom = self.level[index - 1], self.level[index]
        return float(low + (level - top) * (high - low) / (bottom - top))


def fit_curve(score: np.ndarray, weight: np.ndarray, knots: np.ndarray) -> Curve:
    """The curve of a weighted sample.

    Args:
        score: float [n]; weight: float [n], of each sample.
        knots: p-values, falling, float [k]; those beyond the sample are left out.
    """
    order = np.argsort(-score, kind="stable")
    score, weight = score[order].astype(np.float64), weight[order].astype(np.float64)
    above = np.cumsum(weight) / weight.sum()
    knots = knots[(knots >= above[min(9, len(above) - 1)]) & (knots <= above[-2])]
    index = np.searchsorted(above, knots)
    return monotone(score[index], level_of(knots))


def monotone(score: np.ndarray, level: np.ndarray) -> Curve:
    """A curve through points in the order of rising scores, made strictly monotone.

    Args:
        score: float [k], not falling; level: float [k].
    """
    keep = np.flatnonzero(np.diff(score, prepend=-np.inf) > 1e-6)
    score, level = score[keep], level[keep]
    # The highest level that no lower score undercuts, less a slope that is never 0.
    falling = np.minimum.accumulate(level + SLOWEST * score) - SLOWEST * score
    return Curve(score, falling)
