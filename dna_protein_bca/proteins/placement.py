"""Where the domains of a reference lie in a protein that is nearly identical to it.

A search alone does not tell: it leaves out the last residues of a domain where a mutation makes
them unlikely, and a whole zinc finger where a mutation takes one of its cysteines, so that the
worst mutations would look like none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .domains import Domain
from .identity import MatchStates

LEAST_EQUAL = 0.7
"""Share of a domain's residues that are the reference's, at the least. Zinc fingers of one protein
have about half of theirs in common."""

LONGEST_INSERTION = 6
"""Residues that a domain may have between two match states."""

_GAP = ord("-")


class _Place(NamedTuple):
    """A stretch of the protein, and its residue at each match state: uint8 [match states]."""

    start: int
    end: int
    letters: np.ndarray
    equal: int


def at_reference(sequence: str, domains: Sequence[Domain], reference: MatchStates) -> MatchStates:
    """The residues of a protein at the match states at which a reference has some.

    Each domain of the reference is laid over stretches of the protein with one insertion at most,
    and over the protein's own domains of the family, whose ends are extended. Of these the places
    are taken, in the order of the reference and apart from each other, that have most of its
    residues.

    Args:
        sequence: of the protein.
        domains: of the protein, from `find_domains`.
        reference: match states of the other one.

    Returns:
        The families, domains and match states of the reference, `-` where the protein has no
        residue, or the reference has none.
    """
    letters = np.frombuffer(sequence.encode("ascii", "replace"), np.uint8)
    return {
        family: _placed(letters, [d for d in domains if d.family == family], states)
        for family, states in reference.items()
    }


def _placed(sequence: np.ndarray, own: Sequence[Domain], reference: np.ndarray) -> np.ndarray:
    """The places of one family's domains: uint8, the shape of `reference`."""
    # What the domains so far have at most in common, if they end before each residue.
    best = np.zeros(len(sequence) + 1, np.int64)
    chosen: list[dict[int, tuple[int, _Place]]] = []
    bests = []
    for states in reference:
        bests.append(best)
        found: dict[int, tuple[int, _Place]] = {}
        for place in _places(sequence, own, states):
            total = int(best[place.start]) + place.equal
            if total > best[place.end] and total > found.get(place.end, (0,))[0]:
                found[place.end] = total, place
        chosen.append(found)
        best = best.copy()
        for end, (total, _) in found.items():
            best[end] = total
        best = np.maximum.accumulate(best)
    placed, end = np.full_like(reference, _GAP), len(sequence)
    for row in range(len(reference) - 1, -1, -1):
        # The last place whose total the best reaches; none where it is as good without one.
        reached = [
            e for e, (total, _) in chosen[row].items() if e <= end and total > bests[row][end]
        ]
        if reached:
            top = max(reached, key=lambda e: chosen[row][e][0])
            place = chosen[row][top][1]
            placed[row], end = place.letters, place.start
    return placed


def _places(sequence: np.ndarray, own: Sequence[Domain], states: np.ndarray) -> Iterator[_Place]:
    """Where one domain of the reference may lie."""
    present = np.flatnonzero(states != _GAP)
    residues = states[present]
    least = LEAST_EQUAL * len(residues)
    found = [*_stretches(sequence, residues, least)]
    for domain in own:
        index = _extended(domain, states, sequence)[present]
        equal = int((sequence[index] == residues)[index >= 0].sum())
        if equal >= least:
            found.append((index, equal))
    for index, equal in found:
        known = index >= 0
        letters = np.full_like(states, _GAP)
        letters[present[known]] = sequence[index[known]]
        yield _Place(int(index[known][0]), int(index[known][-1]) + 1, letters, equal)


def _stretches(
    sequence: np.ndarray, residues: np.ndarray, least: float
) -> Iterator[tuple[np.ndarray, int]]:
    """Where residues lie side by side, or with residues between them that no match state has.

    Yields:
        The indices of the residues in the sequence, and how many are equal; one less where all
        are, with an insertion.
    """
    width = len(residues)
    if not 0 < width <= len(sequence):
        return
    same = sliding_window_view(sequence, width) == residues
    total = same.sum(1)
    for start in np.flatnonzero(total >= least).tolist():
        yield np.arange(start, start + width), int(total[start])
    before = np.cumsum(same, axis=1)[:, :-1]
    for more in range(1, min(LONGEST_INSERTION, len(same) - 1) + 1):
        split = before[:-more] + total[more:, None] - before[more:]
        cut = split.argmax(1)
        equal = split[np.arange(len(split)), cut]
        # A mutation of the last residue is likelier than an insertion before an equal one.
        equal = equal - (equal == width)
        for start in np.flatnonzero(equal >= least).tolist():
            index = np.arange(start, start + width)
            index[cut[start] + 1 :] += more
            yield index, int(equal[start])


def _extended(domain: Domain, states: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """The index of the residue at each match state, -1 where there is none: int64 [states].

    The domain goes on to each end of its profile where one residue at most is another there than
    the reference has in `states`. More are a sign of an insertion.
    """
    index = np.full(len(states), -1)
    matched = np.flatnonzero(domain.positions >= 0)
    index[domain.positions[matched]] = domain.start + matched
    first, last = (int(domain.positions[matched[end]]) for end in (0, -1))
    for end, nearest in ((slice(0, first), first), (slice(last + 1, None), last)):
        more = index[nearest] + np.arange(len(states))[end] - nearest
        there = (more >= 0) & (more < len(sequence))
        present = there & (states[end] != _GAP)
        if (sequence[more[present]] != states[end][present]).sum() <= 1:
            index[end] = np.where(there, more, -1)
    return index
