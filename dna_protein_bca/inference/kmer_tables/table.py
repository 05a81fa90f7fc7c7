"""The table of one protein: every k-mer's match, and from which match on a site is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dna_protein_bca.inference.background import Background, BackgroundDNA
from dna_protein_bca.inference.background.curve import Curve, continued, fit_curve
from dna_protein_bca.inference.background.members import Member, window_width
from dna_protein_bca.inference.background.pool import Pool, draw_pool, read_pool
from dna_protein_bca.inference.background.tiles import places

from .match import LENGTH, best_columns, match_kmers

LEVELS = 10 ** -np.arange(1, 9.1, 0.5)
"""p-values of random sites for which a table knows what their k-mers reach."""

LOST = 0.01
"""Share of random sites of a p-value whose k-mers may fall short of it."""

STEP = 1 / 64
"""Nats between two values of a table, which holds whole numbers."""

MIDDLING = 1e-4
"""The p-value of sites that say whether one k-mer tells enough of them."""

FEW = 0.01
"""Share of all k-mers, of both strands, that may be looked at: looking at one takes as long as
looking up some hundred."""

ANYTHING = -(1 << 20)
"""What every sum of tables reaches."""

SEED = 20


@dataclass(frozen=True)
class Reading:
    """One way to read sites: as one k-mer, or as two that follow each other.

    Attributes:
        first: the columns of the motifs at which its k-mers begin.
        values: for each of these the match of every k-mer, int16 [4 ** LENGTH] in units of `STEP`.
        limits: int64 [l], what the sum reaches at sites with one of the table's `scores` or more.
    """

    first: tuple[int, ...]
    values: tuple[np.ndarray, ...]
    limits: np.ndarray

    def share(self, limit: int) -> float:
        """How many of all k-mers, of both strands, reach a limit; of one k-mer alone."""
        return 2 * float(np.mean(self.values[0] >= limit))


@dataclass(frozen=True)
class KmerTable:
    """What a fast scan reads of one protein.

    Attributes:
        width: columns of the motifs.
        readings: as one k-mer, and where that tells too little, as two.
        scores: float64 [l], rising.
        site: from scores to p-values, of the better strand of a random position: the score is what
            the motifs say, without the joint transformer.
        name: of the background DNA.
    """

    width: int
    readings: tuple[Reading, ...]
    scores: np.ndarray
    site: Curve
    name: str

    def reading(self, score: float) -> tuple[Reading, int]:
        """How sites with such a score or a higher one are found: what their k-mers reach.

        Below all `scores` that is anything.
        """
        known = int(np.searchsorted(self.scores, score, side="right")) - 1
        for reading in self.readings:
            limit = int(reading.limits[known]) if known >= 0 else ANYTHING
            if reading.share(limit) <= FEW:
                break
        return reading, limit

    def background(self) -> Background:
        """The p-values of sites; there are none of records."""
        return Background(self.name, self.site, np.empty(0, np.int64), ())


def build_table(member: Member, dna: BackgroundDNA) -> KmerTable:
    """Compute the table of an undamaged protein, within some seconds.

    Args:
        dna: what p-values compare with.
    """
    config = member.scorer.model.config.matching
    motifs, bias = member.block.state.motifs, float(member.block.state.bias[0])
    width = motifs.log_odds.shape[2]
    rng = np.random.default_rng(SEED)
    pool = draw_pool([member], dna.independent(), rng)
    readings = [_read(member, pool, (best_columns(motifs, config.inverse_temperature),))]
    middling = np.abs(np.log(LEVELS / MIDDLING)).argmin()
    if width >= 2 * LENGTH and readings[0].share(readings[0].limits[middling]) > FEW / 10:
        begin = (width - 2 * LENGTH + 1) // 2
        readings.append(_read(member, pool, (begin, begin + LENGTH)))
    site = fit_curve(pool.match + bias, pool.weight)
    if dna.of_file:
        place = places(member.scorer.model.config.tile, window_width([member]))
        read = read_pool([member], dna, place, pool.planted, rng)
        site = continued(fit_curve(read.match + bias, read.weight), site)
    order, counts = _best(pool)
    scores = pool.match[order[counts - 1]].astype(np.float64) + bias
    return KmerTable(width, tuple(readings), scores, site.table(), dna.name)


def _best(pool: Pool) -> tuple[np.ndarray, np.ndarray]:
    """The windows of a pool, best first, and how many are as good as each of `LEVELS`."""
    order = np.argsort(-pool.match, kind="stable")
    above = np.cumsum(pool.weight[order])
    return order, np.searchsorted(above, LEVELS, side="right").clip(min=1)


def _read(member: Member, pool: Pool, first: tuple[int, ...]) -> Reading:
    """The k-mers that begin at some columns, and what they reach at all random sites but `LOST`."""
    config = member.scorer.model.config.matching
    motifs = member.block.state.motifs
    radius, inverse_temperature = config.pooling_radius, config.inverse_temperature
    matches = (match_kmers(motifs, column, radius, inverse_temperature) for column in first)
    values = tuple(_whole_numbers(config.scale * match) for match in matches)
    digits = 4 ** np.arange(LENGTH - 1, -1, -1)
    # The motifs' columns lie in the middle of the windows.
    aside = (pool.windows.shape[1] - motifs.log_odds.shape[2]) // 2
    ways = []
    for windows in (pool.windows, 3 - pool.windows[:, ::-1]):
        total = np.zeros(len(windows), np.int64)
        for column, table in zip(first, values, strict=True):
            begin = aside + column
            total += table[windows[:, begin : begin + LENGTH].astype(np.int64) @ digits]
        ways.append(total)
    reached = np.maximum(*ways)
    order, counts = _best(pool)
    limits = []
    for count in counts:
        best = order[:count]
        rising = best[np.argsort(reached[best], kind="stable")]
        share = np.cumsum(pool.weight[rising])
        limits.append(reached[rising[np.searchsorted(share, LOST * share[-1])]])
    # Better sites need no less than others.
    return Reading(first, values, np.minimum.accumulate(np.array(limits)[::-1])[::-1])


def _whole_numbers(match: np.ndarray) -> np.ndarray:
    """In units of `STEP`, so that two of them can be summed."""
    return np.rint(match / STEP).clip(-16_000, 16_000).astype(np.int16)
