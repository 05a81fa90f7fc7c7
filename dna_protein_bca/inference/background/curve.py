"""The chance of a score at least as high: monotone curves, fitted to weighted samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LOWEST_LEVEL = -700.0
"""Of log(-log(1 - p)): below it, p would be no number that float64 holds."""

LEVELS = np.concatenate((np.arange(20, -90, -1) / 10, np.arange(-18, -56, -1) / 2))
"""Levels at which curves have knots: p from 0.999 to 1e-12. They lie close where p-values are cut,
for short motifs give scores in steps."""

LEAST_STEP = 1e-4
"""Nats between two knots at least, so that distinct scores have distinct p-values."""

FEWEST = 25
"""Samples beyond the last knot of a curve at least, as many as of equal weight would be as good."""

SHARED = 1.5
"""Levels at the end of a curve over which another is laid beside it, to go on where it ends."""


def level_of(p: np.ndarray | float) -> np.ndarray:
    """log(-log(1 - p)) of p-values: the log of the rate of hits that would give them.

    It is the log of p where p is small. Where each of n independent positions gives a hit with the
    same chance, it grows with log n by 1 at any p.
    """
    return np.log(-np.log1p(-np.asarray(p, np.float64)))


def p_of(level: np.ndarray) -> np.ndarray:
    """The p-values of levels, see `level_of`: never 0, and 1 from a level of about 4 on."""
    return -np.expm1(-np.exp(np.clip(level, LOWEST_LEVEL, 700.0)))


class FlatScores(ValueError):
    """Scores of random DNA that hardly differ, so that none of them is rare."""


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

    def scores(self, level: np.ndarray) -> np.ndarray:
        """The scores that have these levels, float64."""
        return Curve(-self.level, -self.score).levels(-np.asarray(level, np.float64)) * -1

    def table(self) -> Curve:
        """The same at `LEVELS`."""
        return monotone(self.scores(LEVELS), LEVELS)


def monotone(score: np.ndarray, level: np.ndarray) -> Curve:
    """A curve through points whose scores should rise while their levels fall.

    Args:
        score: float [k]; level: float [k], falling.
    """
    steps = LEAST_STEP * np.arange(len(score))
    return Curve(np.maximum.accumulate(score - steps) + steps, np.asarray(level, np.float64))


def fit_curve(score: np.ndarray, weight: np.ndarray) -> Curve:
    """The curve of a weighted sample, with knots at those of `LEVELS` that it reaches.

    Args:
        score: float [n]; weight: float [n], of each sample.

    Raises:
        FlatScores: too few samples differ.
    """
    order = np.argsort(-score, kind="stable")
    score, weight = score[order].astype(np.float64), weight[order].astype(np.float64)
    above = np.cumsum(weight)
    effective = above**2 / np.cumsum(weight**2)
    above /= above[-1]
    p = p_of(LEVELS)
    first = above[min(int(np.searchsorted(effective, FEWEST)), len(above) - 1)]
    reached = (p >= first) & (1 - p >= above[-1] - above[-min(FEWEST, len(above))])
    if reached.sum() < 2:
        raise FlatScores(f"too few of {len(score)} scores differ")
    p = p[reached]
    # Half-way between two samples, the one that is as high counted in and not.
    middle = above - weight / weight.sum() / 2
    at = np.interp(p, middle, np.arange(len(score)))
    return monotone(np.interp(at, np.arange(len(score)), score), LEVELS[reached])


def continued(curve: Curve, other: Curve) -> Curve:
    """A curve that goes on as another does, from where it ends.

    Args:
        other: falls alike over the last levels of `curve`, and reaches further.
    """
    near = curve.level <= curve.level[-1] + SHARED
    offset = float(np.mean(curve.level[near] - other.levels(curve.score[near])))
    beyond = LEVELS[curve.level[-1] > LEVELS]
    score = np.append(curve.score, other.scores(beyond - offset))
    return monotone(score, np.append(curve.level, beyond))


def straightened(curve: Curve) -> Curve:
    """A curve that goes on in a straight line, with the mean slope of its last levels."""
    near = np.flatnonzero(curve.level <= curve.level[-1] + 2 * SHARED)[[0, -1]]
    (first, last), (top, bottom) = curve.score[near], curve.level[near]
    step = (last - first) / (top - bottom)
    score = np.append(curve.score, last + step)
    return monotone(score, np.append(curve.level, bottom - 1))


def lower(first: Curve, second: Curve) -> Curve:
    """At each of `LEVELS`, the lower score of two curves."""
    return monotone(np.minimum(first.scores(LEVELS), second.scores(LEVELS)), LEVELS)


def thinned(curve: Curve, close: float) -> Curve:
    """The curve without knots that lie within `close` levels of the line between others.

    The method of Ramer (1972) and Douglas and Peucker (1973).
    """
    keep = {0, len(curve.score) - 1}
    spans = [(0, len(curve.score) - 1)]
    while spans:
        first, last = spans.pop()
        ends = Curve(curve.score[[first, last]], curve.level[[first, last]])
        off = np.abs(ends.levels(curve.score[first : last + 1]) - curve.level[first : last + 1])
        worst = first + int(off.argmax())
        if off.max() > close:
            keep.add(worst)
            spans += [(first, worst), (worst, last)]
    index = sorted(keep)
    return Curve(curve.score[index], curve.level[index])
