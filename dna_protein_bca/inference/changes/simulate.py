"""Simulate single changes of background DNA: how much they move a protein's score.

The largest changes are not those of strong sites alone: a base that turns a poor match into a worse
one moves the score as far. Drawing sites more often than the background has them therefore resolves
the tail no further, and the DNA is drawn as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from dna_protein_bca.inference.background.curve import Curve, fit_curve, straightened
from dna_protein_bca.inference.background.dna import BackgroundDNA
from dna_protein_bca.inference.background.members import Member, simulate

WINDOWS = 1_200
"""Windows of DNA of which the middle base is changed to each of the three others."""

SEED = 22
"""Every protein meets the same background DNA."""

PAIRS = tuple(combinations(range(4), 2))
"""Bases that change into each other; both ways move the score as far."""


def simulated_changes(members: Sequence[Member], dna: BackgroundDNA) -> Curve:
    """The curve of the changes of the mean score of all members."""

    def score(bases: np.ndarray) -> np.ndarray:
        return simulate(members, bases).record

    return change_curve(score, dna, members[0].scorer.model.config.tile, WINDOWS)


def change_curve(
    score: Callable[[np.ndarray], np.ndarray], dna: BackgroundDNA, tile: int, count: int
) -> Curve:
    """The chance that a random single change moves the score by as much, up or down.

    The change stands in the middle of a window of background DNA, and each of the three other bases
    is as likely. Beyond the rarest changes the curve goes on as a straight line in log p.

    Args:
        score: gives the scores of uint8 [n, tile], which are four alike but for one base, again
            and again.
        tile: length of the windows.
        count: how many windows are drawn.
    """
    middle = (tile - 1) // 2
    windows = dna.draw(np.random.default_rng(SEED), count, tile)
    was = windows[:, middle]
    every = np.repeat(windows, 4, axis=0)
    every[:, middle] = np.tile(np.arange(4), count)
    scores = score(every).reshape(count, 4).astype(np.float64)
    moved = np.abs(np.stack([scores[:, one] - scores[:, two] for one, two in PAIRS], axis=1))
    return straightened(fit_curve(*_counted(moved, _weights(dna, was))))


def _weights(dna: BackgroundDNA, was: np.ndarray) -> np.ndarray:
    """How often the background has each change of `PAIRS` in each window: float64 [n, 6]."""
    # Where bases are independent of each other, each of the four could be the one that is changed.
    chance = np.eye(4)[was] if dna.of_file else np.tile(dna.fractions, (len(was), 1))
    return np.stack([chance[:, one] + chance[:, two] for one, two in PAIRS], axis=1)


def _counted(moved: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return moved[weight > 0], weight[weight > 0]
