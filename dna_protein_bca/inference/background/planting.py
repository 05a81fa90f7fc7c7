"""DNA with planted sites, and how much more often it is drawn than background DNA holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from .dna import BackgroundDNA

PLACES = 1 << 13
"""Places of sites that are looked at together, which stay in a CPU's caches."""


class Proposal(NamedTuple):
    """Motifs that are planted, on one strand each.

    Attributes:
        columns: float64 [c, width, 4], log of how much likelier than in the background a base is.
        share: float64 [c], how often each is planted; their sum is 1.
    """

    columns: np.ndarray
    share: np.ndarray


def proposal(log_odds: np.ndarray, dna: BackgroundDNA) -> Proposal:
    """Both strands of motifs against a background, in equal shares.

    Args:
        log_odds: float [c, width, 4], over any background.
    """
    both = np.concatenate((log_odds, log_odds[:, ::-1, ::-1])).astype(np.float64)
    total = np.log((np.exp(both) * dna.fractions).sum(-1, keepdims=True))
    return Proposal(both - total, np.full(len(both), 1 / len(both)))


def mixture(parts: Sequence[Proposal], weights: Sequence[float]) -> Proposal:
    """Several proposals of one width as one; the weights need not add up to 1."""
    share = [part.share * weight for part, weight in zip(parts, weights, strict=True)]
    return Proposal(
        np.concatenate([part.columns for part in parts]), np.concatenate(share) / sum(weights)
    )


def plant(
    bases: np.ndarray, planted: Proposal, dna: BackgroundDNA, rng: np.random.Generator
) -> None:
    """Write a site into each record, in place, its middle at a random base.

    Args:
        bases: uint8 [n, length], of background DNA.
    """
    count, length = bases.shape
    width = planted.columns.shape[1]
    middle = rng.integers(0, length, (count, 1))
    at = middle - width // 2 + np.arange(width)
    row, column = np.nonzero((at >= 0) & (at < length))
    bases[row, at[row, column]] = draw_sites(planted, count, dna, rng)[row, column]


def draw_sites(
    planted: Proposal, count: int, dna: BackgroundDNA, rng: np.random.Generator
) -> np.ndarray:
    """Sites of the proposal's motifs, bases 0 to 3: uint8 [count, width]."""
    chosen = np.searchsorted(planted.share.cumsum()[:-1], rng.random(count), side="right")
    edges = (np.exp(planted.columns) * dna.fractions).cumsum(-1)[..., :3]
    below = edges[chosen] <= rng.random((count, planted.columns.shape[1], 1))
    return below.sum(-1).astype(np.uint8)


def log_excess(bases: np.ndarray, planted: Proposal, hang: bool = True) -> np.ndarray:
    """Log of how much likelier each record is with a planted site than in the background.

    Args:
        bases: uint8 [n, length].
        hang: sites hang over the ends, as `plant` has them; else they lie inside.

    Returns:
        float64 [n]: the mean over motifs and places of the product of the columns' ratios.
    """
    count = len(bases)
    components, width, _ = planted.columns.shape
    over = width // 2 if hang else 0
    padded = np.pad(bases, ((0, 0), (over, over)), constant_values=4)
    places = padded.shape[1] - width + 1
    ratio = planted.columns.astype(np.float32).reshape(components, -1).T
    log_share = np.log(planted.share / places).astype(np.float32)
    # Outside of the record, where the letter is 4, every column is as likely as in the background.
    letters = np.eye(5, 4, dtype=np.float32)
    total = np.empty(count)
    step = max(1, PLACES // places)
    for first in range(0, count, step):
        windows = sliding_window_view(padded[first : first + step], width, axis=1)
        odds = letters[windows].reshape(-1, 4 * width) @ ratio + log_share
        total[first : first + step] = log_sum(odds.reshape(-1, places * components))
    return total


def log_sum(values: np.ndarray) -> np.ndarray:
    """Log of the sums of exp of rows: float [n] of float [n, m].

    Importing scipy's would take longer than all that a command computes with it.
    """
    summed: np.ndarray = torch.from_numpy(values).logsumexp(1).numpy()
    return summed
