"""One motif of several: what a protein's decoded motifs and its relatives' have in common."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .pwm import BACKGROUND

ROUNDS = 3
"""How often motifs are placed on their mean; the mean hardly changes after the second time."""


def consensus(motifs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted mean of motifs, each placed where it fits the mean best.

    The heaviest motif is the first mean. A motif is then placed at the offset and on the strand at
    which the product of its and the mean's deviations from uniform, summed over all bases, is
    highest; columns that it does not reach count as uniform.

    Args:
        motifs: base probabilities, float [k, width, 4].
        weights: float [k], not negative, one above 0.

    Returns:
        float32 [width, 4], base probabilities.
    """
    share = np.asarray(weights, np.float64) / np.sum(weights)
    counted = share > 1e-4
    share, chosen = share[counted] / share[counted].sum(), np.asarray(motifs, np.float64)[counted]
    width = chosen.shape[1]
    both = np.stack([chosen, chosen[:, ::-1, ::-1]], axis=1) - BACKGROUND
    hang = width // 2
    padded = np.pad(both, ((0, 0), (0, 0), (hang, hang), (0, 0)))
    # [k, strands x offsets, width, 4]
    placed = sliding_window_view(padded, width, axis=2).swapaxes(-1, -2)
    placed = placed.reshape(len(chosen), -1, width, 4)
    mean = chosen[share.argmax()] - BACKGROUND
    for _ in range(ROUNDS):
        best = np.einsum("kowa,wa->ko", placed, mean).argmax(1)
        mean = np.einsum("k,kwa->wa", share, placed[np.arange(len(chosen)), best])
    motif: np.ndarray = (mean + BACKGROUND).astype(np.float32)
    return motif
