"""A protein's ways to bind: its motifs in groups of similar ones, and one motif of each group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .consensus import consensus
from .pwm import column_information
from .similarity import similarities

SIMILAR = 0.65
"""Mean similarity that two groups of motifs need to be one way to bind. CRE and AP-1 (TGACGTCA and
TGACTCA) have about 0.6. Of 0.5, 0.55, 0.6, 0.65 and 0.7 this gives the first motifs that agree best
with those of the 82 validation proteins (`benchmarks/motifs.py`)."""

LEAST_WEIGHT = 1e-3
"""Share of a motif below which it is left out: it would change no digit that is shown."""

LEAST_SHARE = 0.05
"""Share of a way to bind below which it is left out, unless it is the only one."""


class BindingMode(NamedTuple):
    """One of a protein's ways to bind.

    Attributes:
        motif: base probabilities, float32 [width, 4].
        share: of the weight of all of the protein's motifs, 0 to 1.
    """

    motif: np.ndarray
    share: float


def binding_modes(motifs: np.ndarray, weights: np.ndarray) -> list[BindingMode]:
    """Group motifs by similarity, and make one motif of each group.

    Average linkage of `similarities`; the motif of a group is the consensus of its motifs.

    Args:
        motifs: base probabilities, float [k, width, 4].
        weights: float [k], not negative, one above 0.

    Returns:
        The modes by falling share x information: half a site says less than the whole. Those with
        a share of less than `LEAST_SHARE` are left out, but for the first.
    """
    share = np.asarray(weights, np.float64) / np.sum(weights)
    kept = share >= min(LEAST_WEIGHT, share.max())
    motifs, share = motifs[kept], share[kept]
    numbers = _groups(motifs)
    modes = []
    for number in np.unique(numbers):
        rows = numbers == number
        modes.append(BindingMode(consensus(motifs[rows], share[rows]), float(share[rows].sum())))
    modes.sort(key=lambda mode: -mode.share * float(column_information(mode.motif).sum()))
    return modes[:1] + [mode for mode in modes[1:] if mode.share >= LEAST_SHARE]


def _groups(motifs: np.ndarray) -> np.ndarray:
    """The number of each motif's group, from 0: int64 [k]."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(motifs) == 1:
        return np.zeros(1, np.int64)
    distance = 1 - np.stack([similarities(motif, motifs) for motif in motifs])
    # Equal but for rounding in both directions; never below 0.
    distance = np.maximum(distance, distance.T).clip(0)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method="average")
    numbers: np.ndarray = fcluster(tree, 1 - SIMILAR, criterion="distance") - 1
    return numbers
