"""Records shorter than a tile, where sites hang over the ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .curve import Curve, continued, fit_curve, lower, straightened
from .dna import BackgroundDNA
from .members import Member, simulate
from .planting import Proposal, log_excess, plant

LENGTHS = (5, 7, 10, 14, 20, 28, 40, 60, 101)
"""In bp."""

FROM_TILES = 60
"""bp: longer records, and those, are cut out of simulated tiles, which hold rarer sites."""

BASES = 20_000
FEWEST, MOST = 900, 2_000
PLAIN = 0.4
"""Bases of the records of a length, how many these are, and the share that has no planted site."""


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
    bases = dna.draw(rng, _count(length), length)
    plain = int(PLAIN * len(bases))
    plant(bases[plain:], planted, dna, rng)
    share = plain / len(bases)
    weight = 1 / (share + (1 - share) * np.exp(log_excess(bases, planted)))
    curve = fit_curve(simulate(members, bases).record, weight)
    further = continued(curve, tail)
    if length > planted.columns.shape[1]:
        return further
    # On shorter DNA a site may be cut off, so that scores end earlier than those of whole sites do:
    # a line through the sample's last ones tells where.
    return lower(further, straightened(curve))


def read_curve(
    members: Sequence[Member],
    dna: BackgroundDNA,
    length: int,
    further: Curve,
    rng: np.random.Generator,
) -> Curve:
    """The same for the DNA of a FASTA file; it goes on as `further` does."""
    score = simulate(members, dna.draw(rng, _count(length), length)).record
    return continued(fit_curve(score, np.ones(len(score))), further)


def _count(length: int) -> int:
    return min(MOST, max(FEWEST, BASES // length))
