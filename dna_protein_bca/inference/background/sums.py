"""Records of several tiles: the odds of a long DNA are the sum of those of its tiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from .curve import LEVELS, Curve, level_of, p_of

STEP = 0.1
"""Nats between the scores of the grid on which distributions are summed."""

LOWEST = 1e-4
"""What is less often as low counts as this low: a sum does not hang on its lowest parts."""


class Grid:
    """Scores a step apart, and distributions on them: float64 [g], which sum to 1."""

    def __init__(self, low: float, high: float) -> None:
        self.score = low + STEP * np.arange(int(np.ceil((high - low) / STEP)) + 1)
        self.edges = np.append(self.score[0] - STEP / 2, self.score + STEP / 2)
        # What a score adds to a higher one, in steps.
        steps = np.arange(len(self.score))
        more = np.log1p(np.exp(-STEP * steps)) / STEP
        self._whole, self._part = np.divmod(more, 1)
        self._whole = self._whole.astype(np.int64)

    def of(self, curve: Curve) -> np.ndarray:
        """The distribution that has this curve."""
        above = p_of(curve.levels(self.edges))
        above[0], above[-1] = 1, 0
        return -np.diff(above)

    def add(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """The distribution of the log of the sum of two independent odds."""
        size = len(self.score)
        total = np.zeros(2 * size + 16)
        for lag in range(size):
            # The higher score is `lag` steps above the other one.
            mass = first[lag:] * second[: size - lag]
            if lag:
                mass = mass + second[lag:] * first[: size - lag]
            start = lag + self._whole[lag]
            total[start : start + len(mass)] += mass * (1 - self._part[lag])
            total[start + 1 : start + 1 + len(mass)] += mass * self._part[lag]
        total[size - 1] += total[size:].sum()
        return total[:size]

    def curve(self, mass: np.ndarray) -> Curve:
        """The curve of a distribution, at `LEVELS`."""
        above = mass[::-1].cumsum()[::-1].clip(0, 1 - 1e-16)
        inside = above > 1e-300
        levels = level_of(above[inside])
        keep = np.flatnonzero(np.diff(levels, prepend=np.inf) < 0)
        return Curve(self.edges[:-1][inside][keep], levels[keep]).table()


def sum_curves(block: Curve, end: Curve, blocks: Iterable[int]) -> Iterator[Curve]:
    """Curves of the sums of two ends and of several blocks between them.

    Args:
        block, end: of the log of the odds of each.
        blocks: how many there are between the ends, 0 or more.
    """
    numbers = list(blocks)
    low = float(min(block.scores(level_of(1 - LOWEST)), end.scores(level_of(1 - LOWEST))))
    high = float(max(curve.scores(LEVELS[-1]) for curve in (block, end)))
    grid = Grid(low, high + np.log(max(numbers) + 2))
    powers = [grid.of(block)]
    ends = grid.add(grid.of(end), grid.of(end))
    for number in numbers:
        total = ends
        for bit in range(number.bit_length()):
            if bit == len(powers):
                powers.append(grid.add(powers[-1], powers[-1]))
            if number >> bit & 1:
                total = grid.add(total, powers[bit])
        yield grid.curve(total)


def power_curve(part: Curve, number: int) -> Curve:
    """The curve of the sum of `number` independent odds, 1 or more, whose logs have one curve."""
    high = float(part.scores(LEVELS[-1])) + np.log(number)
    grid = Grid(float(part.scores(level_of(1 - LOWEST))), high)
    power = grid.of(part)
    total = power
    # The binary digits of the number, below its first one.
    for digit in bin(number)[3:]:
        total = grid.add(total, total)
        if digit == "1":
            total = grid.add(total, power)
    return grid.curve(total)
