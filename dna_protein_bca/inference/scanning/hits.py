"""Hits: in order across stretches, each site once, thinned, and corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Hits(NamedTuple):
    """Sites of several proteins in the common coordinate of all contigs; each array is [k].

    Attributes:
        protein: int64, rows of the proteins.
        start, end: int64, half-open.
        minus: bool, whether the better strand is `-`.
        score: float32, of the better strand.
        p: float64, the p-value of that.
    """

    protein: np.ndarray
    start: np.ndarray
    end: np.ndarray
    minus: np.ndarray
    score: np.ndarray
    p: np.ndarray

    @classmethod
    def none(cls) -> Hits:
        """No hits."""
        kinds = ("i8", "i8", "i8", "?", "f4", "f8")
        return cls(*(np.zeros(0, kind) for kind in kinds))

    @classmethod
    def join(cls, parts: Sequence[Hits]) -> Hits:
        """All hits of several."""
        return cls(*map(np.concatenate, zip(cls.none(), *parts, strict=True)))

    def take(self, rows: np.ndarray) -> Hits:
        """Some of the hits: by number or by bool [k]."""
        return Hits(*(values[rows] for values in self))


class Arranger:
    """Puts hits in order as they come: by start, protein, strand and end, each site once.

    Of positions whose site is the same stretch of DNA, the best counts.

    Args:
        overlaps: False leaves of one protein's overlapping hits the best (of equal ones the
            leftmost), as if they were chosen one by one, the best of all first.
    """

    def __init__(self, overlaps: bool = True) -> None:
        self._overlaps = overlaps
        # Hits that others may still join, and those that only wait for their turn.
        self._open = self._ready = Hits.none()

    def add(self, hits: Hits, until: int) -> Hits:
        """Take in hits, and give those that are final.

        Args:
            until: no hit that starts before this coordinate will follow.
        """
        hits = Hits.join([self._open, hits])
        closed = hits.start < until if self._overlaps else _closed(hits, until)
        self._open = hits.take(~closed)
        done = _best_of_each_site(hits.take(closed))
        ready = Hits.join([self._ready, done if self._overlaps else thin(done)])
        ready = ready.take(np.lexsort((ready.end, ready.minus, ready.protein, ready.start)))
        turn = ready.start < self._open.start.min(initial=until)
        self._ready = ready.take(~turn)
        return ready.take(turn)


def _best_of_each_site(hits: Hits) -> Hits:
    """Of hits with the same protein, start and end the best; `+` of equal ones."""
    order = np.lexsort((hits.minus, -hits.score, hits.end, hits.start, hits.protein))
    keys = np.stack((hits.protein, hits.start, hits.end))[:, order]
    first = np.ones(len(order), bool)
    first[1:] = (keys[:, 1:] != keys[:, :-1]).any(0)
    return hits.take(np.sort(order[first]))


def _clusters(hits: Hits) -> tuple[np.ndarray, np.ndarray]:
    """Hits of a protein that overlap, or are joined by others that do.

    Returns:
        int64 [k], an order of the hits in which each cluster is together, and bool [k], where in
        that order a cluster begins.
    """
    order = np.lexsort((hits.start, hits.protein))
    protein, start, end = hits.protein[order], hits.start[order], hits.end[order]
    # Proteins lie far apart, so that the highest end so far never reaches into the next one's hits.
    far = (int(hits.end.max(initial=0)) + 1) * protein
    reach = np.maximum.accumulate(end + far) if len(end) else end
    begins = np.ones(len(order), bool)
    begins[1:] = (start + far)[1:] >= reach[:-1]
    return order, begins


def _closed(hits: Hits, until: int) -> np.ndarray:
    """Whether the cluster of each hit is one that no hit from `until` on can join: bool [k]."""
    order, begins = _clusters(hits)
    closed = np.ones(len(order), bool)
    if len(order):
        ends = np.maximum.reduceat(hits.end[order], np.flatnonzero(begins))
        closed[order] = (ends <= until)[np.cumsum(begins) - 1]
    return closed


def thin(hits: Hits) -> Hits:
    """Leave of one protein's overlapping hits the best; see `Arranger`."""
    order, begins = _clusters(hits)
    edges = np.flatnonzero(np.append(begins, True))
    kept = begins.copy()
    # A cluster of one hit, as nearly all are, keeps it.
    for cluster in np.flatnonzero(np.diff(edges) > 1):
        first, last = edges[cluster : cluster + 2]
        kept[first:last] = _best_apart(hits.take(order[first:last]))
    return hits.take(np.sort(order[kept]))


def _best_apart(hits: Hits) -> np.ndarray:
    """Which hits are chosen one by one, the best first, none overlapping another: bool [k]."""
    kept: list[int] = []
    for row in np.lexsort((hits.start, -hits.score)).tolist():
        start, end = hits.start[row], hits.end[row]
        if all(end <= hits.start[other] or start >= hits.end[other] for other in kept):
            kept.append(row)
    return np.isin(np.arange(len(hits.start)), kept)


def q_values(p: np.ndarray, among: np.ndarray, tests: int) -> np.ndarray:
    """Q-values of p-values after Benjamini and Hochberg, J. R. Stat. Soc. B 57, 289 (1995).

    Args:
        p: float64 [k], each of them also in `among`.
        among: float64 [m], the lowest of all `tests` p-values; what is left out of them, the higher
            ones, could only lower a q-value.
        tests: how many p-values there are.

    Returns:
        float64 [k].
    """
    ordered = np.sort(among)
    rate = ordered * tests / np.arange(1, len(ordered) + 1)
    q = np.minimum.accumulate(rate[::-1])[::-1].clip(max=1)
    return q[np.searchsorted(ordered, p, side="right") - 1] if len(p) else np.zeros(0)


def q_values_of_each(hits: Hits, passing: Hits, tests: int) -> np.ndarray:
    """Q-values of hits, for each protein apart: float64 [k].

    Args:
        passing: all hits of these proteins, each with its own p-value.
        tests: positions that were scored.
    """
    q = np.ones(len(hits.p))
    for protein in np.unique(hits.protein):
        mine = hits.protein == protein
        q[mine] = q_values(hits.p[mine], passing.p[passing.protein == protein], tests)
    return q
