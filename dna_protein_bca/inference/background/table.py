"""The background of one protein: from its scores to p-values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .curve import Curve, level_of, monotone, p_of


@dataclass(frozen=True)
class Background:
    """How background DNA scores with one protein.

    Attributes:
        name: of the background DNA.
        site: of the better strand at a random position.
        lengths: int64 [m], in bp, increasing: records of these lengths were simulated.
        records: their `m` curves.
    """

    name: str
    site: Curve
    lengths: np.ndarray
    records: tuple[Curve, ...]

    def __repr__(self) -> str:
        lengths = f"{self.lengths[0]} to {self.lengths[-1]:,} bp"
        return f"<background {self.name}: sites, and records of {lengths}>"

    def stored(self) -> Background:
        """The same to the digits of float32, as files hold it."""

        def rounded(curve: Curve) -> Curve:
            return monotone(*(values.astype(np.float32).astype(np.float64) for values in curve))

        return replace(self, site=rounded(self.site), records=tuple(map(rounded, self.records)))

    def site_p(self, score: np.ndarray) -> np.ndarray:
        """The chance that the better strand of a random position scores as high: float64.

        Args:
            score: position scores of any shape; NaN stays NaN.

        Returns:
            Higher scores have lower p-values, and none is 0.
        """
        return p_of(self.site.levels(score))

    def site_threshold(self, p: float) -> float:
        """The lowest position score whose p-value is at most `p`.

        Raises:
            ValueError: `p` is not positive.
        """
        if not p > 0:
            raise ValueError(f"a p-value is above 0, not {p}")
        if p >= 1:
            return -np.inf
        # Scores are float32: the lowest of these whose p-value is at most what was asked for.
        score = np.float32(self.site.scores(level_of(p)))
        while self.site_p(np.asarray(score)) > p:
            score = np.nextafter(score, np.float32(np.inf))
        return float(score)

    def record_p(self, score: np.ndarray, length: np.ndarray) -> np.ndarray:
        """The chance that background DNA of a record's length scores as high: float64.

        Between simulated lengths the level is linear in the log of the length, as it is where
        positions are independent. Beyond the longest it grows with the log of the length.

        Args:
            score: scores of records; NaN stays NaN.
            length: of the records in bp, of the same shape or one that broadcasts to it.
        """
        score, length = np.broadcast_arrays(np.asarray(score, np.float64), np.asarray(length))
        if not score.size:
            return np.empty(score.shape)
        at = np.log(self.lengths)
        x = np.log(np.maximum(length, 1))
        index = np.searchsorted(at, x).clip(1, len(at) - 1)
        # Of many curves, records of a few lengths need a few.
        used = np.unique((index - 1, index))
        levels = np.stack([self.records[number].levels(score) for number in used])
        share = ((x - at[index - 1]) / (at[index] - at[index - 1])).clip(0, 1)
        place = np.searchsorted(used, index)[None]
        low = np.take_along_axis(levels, place - 1, 0)[0]
        high = np.take_along_axis(levels, place, 0)[0]
        level = low + share * (high - low) + (x - at[-1]).clip(min=0)
        p: np.ndarray = p_of(level)
        return p
