"""The bootstrap over proteins: intervals of means, and of differences between two methods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dna_protein_bca.reports.values import Comparison

RESAMPLES = 1000

ENDS = (2.5, 97.5)
"""Percentiles of the 95% interval."""


class Bootstrap(NamedTuple):
    """How proteins are drawn with replacement.

    Attributes:
        seed: of the generator, which starts anew for each metric.
        resamples: how often all proteins are drawn.
    """

    seed: int
    resamples: int = RESAMPLES


def interval(values: np.ndarray, seed: int, resamples: int = RESAMPLES) -> list[float] | None:
    """Both ends of the 95% interval of the mean over proteins; None for fewer than two.

    Args:
        values: float [proteins]; those that are NaN are left out.
    """
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return None
    drawn = np.random.default_rng(seed).integers(0, len(values), (resamples, len(values)))
    low, high = np.percentile(values[drawn].mean(1), ENDS)
    return [float(low), float(high)]


def compare(
    model: np.ndarray, baseline: np.ndarray, seed: int, resamples: int = RESAMPLES
) -> Comparison | None:
    """Paired bootstrap over proteins of the difference model - baseline.

    Args:
        model, baseline: float [proteins], a metric of the same proteins; those with a NaN in
            either are left out.

    Returns:
        None for fewer than two proteins.
    """
    difference = model - baseline
    difference = difference[~np.isnan(difference)]
    ends = interval(difference, seed, resamples)
    if ends is None:
        return None
    return {
        "difference": float(difference.mean()),
        "interval": ends,
        "proteins": len(difference),
        "beats": ends[0] > 0,
    }
