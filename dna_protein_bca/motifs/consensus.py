"""One motif of several: what a protein's decoded motifs and its relatives' have in common."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .pwm import BACKGROUND, CLIP

ROUNDS = 3
"""How often motifs are placed on their mean; the mean hardly changes after the second time."""

SHARPENING = 0.35
"""How much steeper the log-odds of a consensus are made than the mean of its motifs'. Where motifs
differ, or are placed a little wrong, their mean is blurred: with this value the consensus has as
much information in the median as the measured motifs of the 82 validation proteins, which the
weights `heldout` do not know (0.73 of it without; `benchmarks/motifs.py`)."""


def consensus(motifs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted mean of the log-odds of motifs, each placed where it fits the mean best.

    The heaviest motif is the first mean. A motif is then placed at the offset and on the strand at
    which the product of its and the mean's deviations from uniform, summed over all bases, is
    highest; columns that it does not reach count as uniform. At last the log-odds are multiplied by
    1 + `SHARPENING` x the chance that two motifs, drawn by weight, are different ones, so that a
    single motif stays as it is.

    Args:
        motifs: base probabilities, float [k, width, 4].
        weights: float [k], not negative, one above 0.

    Returns:
        float32 [width, 4], base probabilities.
    """
    share = np.asarray(weights, np.float64) / np.sum(weights)
    chosen = np.asarray(motifs, np.float64)[share > 0]
    share = share[share > 0]
    width = chosen.shape[1]
    both = np.stack([chosen, chosen[:, ::-1, ::-1]], axis=1) - BACKGROUND
    hang = width // 2
    padded = np.pad(both, ((0, 0), (0, 0), (hang, hang), (0, 0)))
    # [k, strands x offsets, width, 4]
    placed = sliding_window_view(padded, width, axis=2).swapaxes(-1, -2)
    placed = placed.reshape(len(chosen), -1, width, 4)
    mean = chosen[share.argmax()]
    odds = np.zeros_like(mean)
    for _ in range(ROUNDS):
        best = np.einsum("kowa,wa->ko", placed, mean - BACKGROUND).argmax(1)
        there = placed[np.arange(len(chosen)), best] + BACKGROUND
        odds = np.einsum("k,kwa->wa", share, np.log(there.clip(CLIP) / BACKGROUND))
        mean = _probabilities(odds)
    different = 1 - float((share**2).sum())
    return _probabilities(odds * (1 + SHARPENING * different)).astype(np.float32)


def _probabilities(odds: np.ndarray) -> np.ndarray:
    """Base probabilities [width, 4] that are proportional to exp(log-odds)."""
    rows: np.ndarray = np.exp(odds)
    return rows / rows.sum(1, keepdims=True)
