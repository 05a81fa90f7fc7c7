"""What every other base at every place of a record does to its score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .scores import Member, score_windows

BASES = "ACGT"


def base_effects(members: Sequence[Member], dna: str) -> np.ndarray:
    """Score of a record with another base less its score as it is.

    The window of every change is the whole record, as it is in `variant.dna` where a record has no
    more than half a tile (64 bp) on either side of the change.

    Args:
        members: sets of weights, each with the same `p` proteins; scores are their mean.
        dna: `L` letters in upper case.

    Returns:
        float32 [p, 4, L], A C G T; 0 where nothing changes.
    """
    changed = np.array([[base != letter for letter in dna] for base in BASES])
    mutants = [
        dna[:at] + BASES[row] + dna[at + 1 :] for row, at in zip(*changed.nonzero(), strict=True)
    ]
    score = score_windows(members, [dna, *mutants]).score
    effects = np.zeros((len(score), *changed.shape), np.float32)
    effects[:, changed] = score[:, 1:] - score[:, :1]
    return effects
