"""How similar two motifs are, whichever strand and offset they were written at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .pwm import BACKGROUND, MIN_OVERLAP


def similarities(motif: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Similarity of a motif to each of some others of one width.

    For each offset with an overlap of five columns or more (all columns of a shorter motif) and
    each strand: Pearson correlation over the columns of both, 0.25 where one of them has no column;
    the best of all. Unlike `pwm.motif_correlation`, it is the same in both directions, and a short
    motif that fits a part of a long one is not the same motif.

    Args:
        motif: base probabilities, [width, 4].
        others: base probabilities, [n, their width, 4].

    Returns:
        float64 [n], -1 to 1; 0 where either is uniform.
    """
    width = others.shape[1]
    hang = width - min(MIN_OVERLAP, width, len(motif))
    deviation = np.asarray(motif, np.float64) - BACKGROUND
    both = np.stack([deviation, deviation[::-1, ::-1]])
    padded = np.pad(both, ((0, 0), (hang, hang), (0, 0)))
    windows = sliding_window_view(padded, (width, 4), axis=(1, 2)).reshape(-1, width * 4)
    targets = (np.asarray(others, np.float64) - BACKGROUND).reshape(len(others), -1)
    norms = np.linalg.norm(targets, axis=1) * np.linalg.norm(deviation)
    best = (windows @ targets.T).max(0)
    return np.divide(best, norms, out=np.zeros(len(others)), where=norms > 0)


def similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Similarity of two motifs, [width, 4] each; see `similarities`."""
    return float(similarities(a, b[None])[0])


class MotifTable:
    """Many motifs, arranged so that one is compared with all of them at once.

    Args:
        motifs: base probabilities, [width, 4] of any widths.
    """

    def __init__(self, motifs: Sequence[np.ndarray]) -> None:
        self.size = len(motifs)
        widths = np.array([len(motif) for motif in motifs], dtype=np.int64)
        self._groups = [
            (rows, np.stack([motifs[row] for row in rows.tolist()]))
            for width in np.unique(widths)
            for rows in [np.flatnonzero(widths == width)]
        ]

    def similarities(self, motif: np.ndarray) -> np.ndarray:
        """Similarity of a motif [width, 4] to each of the table's: float64 [size]."""
        found = np.zeros(self.size)
        for rows, group in self._groups:
            found[rows] = similarities(motif, group)
        return found
