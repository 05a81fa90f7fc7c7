"""Tiles of background DNA, with more good matches than there are by chance, and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .curve import Curve, FlatScores, continued, fit_curve
from .dna import BackgroundDNA
from .members import Member, simulate
from .planting import log_sum
from .pool import Pool
from .sums import power_curve

PLAIN = 500
PLANTED = 1_100
"""Tiles that are background DNA as it is, and tiles with a window of the pool."""

MIDDLE = 0.75
"""Share of the windows that lie in the middle of a tile, whose scores it gives in a long DNA."""

COMMON = 0.1
STEP = 10**-0.5
"""The p-value of the match from which on it is looked at more closely, and its factor from one
stratum to the next."""

FEWEST = 40
"""Windows beyond the edge of the last stratum, as many as of equal weight would be as good."""

ALIKE = 0.5
TRIED = 2
"""What the joint transformer adds to the match of a window of the pool is drawn from positions of
tiles with a similar match: how similar in nats, and how often."""

SEED = 21


class Strata(NamedTuple):
    """The match of a window, in classes that are ever rarer.

    Attributes:
        edges: float64 [h], rising, where each begins; what is below the first is common.
        mass: float64 [h], how often background DNA lies in each.
    """

    edges: np.ndarray
    mass: np.ndarray

    def of(self, match: np.ndarray) -> np.ndarray:
        """Stratum of each match, int64, -1 for common ones."""
        return np.searchsorted(self.edges, match, side="right") - 1


class TileCurves(NamedTuple):
    """Curves of what a tile gives.

    Attributes:
        site: of the better strand of a position in the middle.
        both: of the sum of its strands' odds.
        tail: of the sum of the middle's odds as if its positions were independent; it shows how
            curves of sums go on where samples end.
        block: of the sum of the middle's odds.
        end: of the sum of the odds of half as many positions more, as many as the first or last
            tile of a record has to itself. They lie around the middle: few planted windows reach
            the ends of a tile, so that a sum with an end would hang on a few of great weight.
        cuts: of the middle of a tile as a record, by its length.
    """

    site: Curve
    both: Curve
    tail: Curve
    block: Curve
    end: Curve
    cuts: tuple[Curve, ...]


def tile_curves(
    members: Sequence[Member],
    dna: BackgroundDNA,
    pool: Pool,
    rng: np.random.Generator,
    further: TileCurves | None = None,
    cuts: Sequence[int] = (),
) -> TileCurves:
    """Simulate tiles, and fit the curves of their scores.

    Args:
        further: curves that reach further, as which these are to go on.
        cuts: lengths in bp of the records that are cut out of the middle of tiles.
    """
    strata = stratify(pool.match, pool.weight)
    tile = members[0].scorer.model.config.tile
    middle = slice(tile // 4, tile - tile // 4)
    place = places(tile, pool.windows.shape[1])
    bases = _draw(dna, pool, _choose(pool, strata), place, rng)
    scores = simulate(members, bases)
    weight = _weights(strata.of(scores.match.max(-1)), place, strata)
    score = scores.site.astype(np.float64)
    match = scores.match.max(-1)[:, middle]
    odds = np.logaddexp(score[..., 0], score[..., 1])
    scores_of = (score.max(-1)[:, middle], odds[:, middle])
    site, both = position_curves(scores_of, match, weight, pool, strata)
    if further is not None:
        site, both = continued(site, further.site), continued(both, further.both)
    tail = power_curve(both, match.shape[1])

    def curve(sample: np.ndarray) -> Curve:
        return continued(fit_curve(sample, weight), tail)

    wider = slice(tile // 8, tile // 8 + middle.stop)
    block, end = (curve(log_sum(odds[:, part])) for part in (middle, wider))
    starts = ((length, (tile - length) // 2) for length in cuts)
    cut = (simulate(members, bases[:, start : start + length]) for length, start in starts)
    return TileCurves(site, both, tail, block, end, tuple(curve(each.record) for each in cut))


def _draw(
    dna: BackgroundDNA,
    pool: Pool,
    planted: np.ndarray,
    place: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Tiles of background DNA as they come, then tiles around windows of the pool."""
    count, tile = len(planted), len(place)
    if pool.tiles is not None:
        return np.concatenate((dna.draw(rng, PLAIN, tile), pool.tiles[planted]))
    bases = dna.draw(rng, PLAIN + count, tile)
    width = pool.windows.shape[1]
    start = rng.choice(tile, count, p=place) - width // 2
    row = np.arange(PLAIN, len(bases))[:, None]
    bases[row, start[:, None] + np.arange(width)] = pool.windows[planted]
    return bases


def places(tile: int, width: int) -> np.ndarray:
    """The chance of each position of a tile to be the middle of a planted window: float64 [tile].

    Args:
        width: of the windows, which lie inside the tile; below it.
    """
    inside = np.zeros(tile, bool)
    inside[width // 2 : tile - width // 2] = True
    central = inside.copy()
    central[: tile // 4] = central[tile - tile // 4 :] = False
    outer = inside & ~central
    chance = MIDDLE * central / central.sum() + (1 - MIDDLE) * outer / max(1, outer.sum())
    whole: np.ndarray = chance / chance.sum()
    return whole


def stratify(match: np.ndarray, weight: np.ndarray) -> Strata:
    """Classes of the match, each rarer than the one below it by the same factor.

    Args:
        match: float [n]; weight: float [n], which sums to about 1.

    Raises:
        FlatScores: all matches are the same, or none is a number.
    """
    order = np.argsort(-match, kind="stable")
    score, weight = match[order].astype(np.float64), weight[order]
    # Between two different scores, so that a match computed in other company lies on the same side.
    lower = np.flatnonzero(np.diff(score) < 0) + 1
    if not len(lower):
        raise FlatScores("no match is better than another one")
    above = np.cumsum(weight)
    effective = above**2 / np.cumsum(weight**2)
    least = above[min(int(np.searchsorted(effective, FEWEST)), len(above) - 1)]
    count = max(1, int(np.log(least / COMMON) / np.log(STEP)) + 1)
    wanted = np.searchsorted(above, COMMON * STEP ** np.arange(count))
    index = np.unique(lower[np.searchsorted(lower, wanted).clip(max=len(lower) - 1)])[::-1]
    survival = above[index - 1]
    edges = (score[index] + score[index - 1]) / 2
    return Strata(edges, survival - np.append(survival[1:], 0))


def _choose(pool: Pool, strata: Strata) -> np.ndarray:
    """As many windows of the pool from each stratum, each as often as the background has it."""
    stratum = strata.of(pool.match)
    each = PLANTED // len(strata.edges)
    chosen = []
    for number in range(len(strata.edges)):
        inside = np.flatnonzero(stratum == number)
        share = np.cumsum(pool.weight[inside])
        chosen.append(inside[np.searchsorted(share, (np.arange(each) + 0.5) / each * share[-1])])
    return np.concatenate(chosen)


def _weights(stratum: np.ndarray, place: np.ndarray, strata: Strata) -> np.ndarray:
    """How much likelier each tile is in the background than here: float64 [n].

    Args:
        stratum: int64 [n, tile], of the match at each position; place: float64 [tile].
    """
    number = len(strata.edges)
    each = PLANTED // number
    excess = sum((stratum == one) @ place / strata.mass[one] * each for one in range(number))
    weight: np.ndarray = len(stratum) / (PLAIN + excess)
    return weight


def position_curves(
    scores: Sequence[np.ndarray],
    match: np.ndarray,
    weight: np.ndarray,
    pool: Pool,
    strata: Strata,
) -> list[Curve]:
    """Curves of scores of positions: the match of the pool, and what tiles add to such a match.

    The joint transformer adds little to the match, and depends on DNA further away: the pool says
    how often each match is, more exactly than the tiles could.

    Args:
        scores: of each curve float [tiles, n], of positions in the middle of tiles, the plain tiles
            first.
        match: float32 [tiles, n], of their better strand.
        weight: float64 [tiles], how much likelier each tile is in the background. Beside a planted
            site lie good matches to which less or more is added than to those that stand alone, as
            nearly all do.
    """
    common = match[:PLAIN] < strata.edges[0]
    above = pool.match >= strata.edges[0]
    wanted = pool.match[above]
    chosen = _alike(match.ravel(), np.repeat(weight, match.shape[1]), wanted)
    share = np.full(common.sum(), (1 - strata.mass.sum()) / common.sum())
    shares = np.append(share, np.tile(pool.weight[above] / TRIED, TRIED))

    def curve(score: np.ndarray) -> Curve:
        likely = wanted + (score - match).ravel()[chosen]
        return fit_curve(np.append(score[:PLAIN][common], likely.ravel()), shares)

    return [curve(score) for score in scores]


def _alike(match: np.ndarray, weight: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each of `w` wanted matches, `TRIED` positions with such a match, drawn by their weights.

    Args:
        match: float32 [n], of positions; weight: float64 [n]; wanted: float32 [w].

    Returns:
        int64 [`TRIED`, w]: indices of positions. Where none is alike, the next poorer one.
    """
    rng = np.random.default_rng(SEED)
    # The best first, so that rare ones, whose weights are tiny, are summed before common ones.
    order = np.argsort(-match, kind="stable")
    poorness = -match[order]
    summed = np.append(0, np.cumsum(weight[order]))
    first, last = (np.searchsorted(poorness, side - wanted) for side in (-ALIKE, ALIKE))
    drawn = summed[first] + rng.random((TRIED, len(wanted))) * (summed[last] - summed[first])
    place = np.searchsorted(summed, drawn, side="right") - 1
    chosen: np.ndarray = order[
        place.clip(first, np.maximum(first, last - 1)).clip(max=len(order) - 1)
    ]
    return chosen
