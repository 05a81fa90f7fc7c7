"""Records shorter than a tile, where sites hang over the ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .curve import Curve, continued, fit_curve
from .dna import BackgroundDNA
from .members import Member, simulate
from .planting import Proposal, log_excess, plant

LENGTHS = (5, 7, 10, 14, 20, 28, 40, 60, 101)
"""In bp."""

PLAIN = 150
PLANTED = 250
"""Records of each length that are background DNA as it is, and such as a site is planted in."""


def short_curve(
    members: Sequence[Member],
    dna: BackgroundDNA,
    length: int,
    planted: Proposal,
    tail: Curve,
    rng: np.random.Generator,
) -> Curve:
    """The curve of the scores of records of one length, shorter than a tile.

    Args:
        dna: with independent bases.
        tail: as which it goes on where a site fits into the record.
    """
    bases = dna.draw(rng, PLAIN + PLANTED, length)
    plant(bases[PLAIN:], planted, dna, rng)
    share = PLANTED / len(bases)
    weight = 1 / (1 - share + share * np.exp(log_excess(bases, planted)))
    curve = fit_curve(simulate(members, bases).record, weight)
    return continued(curve, tail) if length > planted.columns.shape[1] else curve


def read_curve(
    members: Sequence[Member],
    dna: BackgroundDNA,
    length: int,
    further: Curve,
    rng: np.random.Generator,
) -> Curve:
    """The same for the DNA of a FASTA file; it goes on as `further` does."""
    score = simulate(members, dna.draw(rng, PLAIN + PLANTED, length)).record
    return continued(fit_curve(score, np.ones(len(score))), further)
