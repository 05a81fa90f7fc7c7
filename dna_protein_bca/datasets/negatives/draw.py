"""DNA that a protein does not bind, as like its sites as can be in all that is beside the point."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np

from dna_protein_bca.datasets.sources.peaks import Window, sequences_of
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_sequence

from .shuffles import shuffle_dinucleotides

Negatives = Literal["windows", "shuffle", "others"]
"""Kinds of negatives: `matched_windows`, `shuffled`, `other_sites`."""

Site = TypeVar("Site", bound=Hashable)

_SHUFFLE = re.compile(r"(.+)_shuffle\d+")

TRIES = 20
"""Shuffles of a sequence that are drawn before it counts as one that has no other left."""

POOL = 20
"""Random windows that are looked at for each negative; the nearest in G+C are taken."""

ROUNDS = 5
"""Times that the pool is filled anew where most of it is peaks or N."""


class Covered:
    """Stretches of the genome to keep away from."""

    def __init__(self, windows: Iterable[Window] = ()) -> None:
        # Of each chromosome the starts and ends of stretches that do not touch, in their order.
        self._spans: dict[str, tuple[list[int], list[int]]] = {}
        for window in sorted(windows):
            self.add(window)

    def add(self, window: Window) -> None:
        """Keep away from this window, too."""
        starts, ends = self._spans.setdefault(window.chrom, ([], []))
        first, last = bisect_left(ends, window.start), bisect_right(starts, window.end)
        merged = slice(first, last)
        start, end = window.start, window.end
        if first < last:
            start, end = min(start, starts[first]), max(end, ends[last - 1])
        starts[merged], ends[merged] = [start], [end]

    def touches(self, window: Window) -> bool:
        """Whether a window overlaps one of the stretches by one base pair or more."""
        starts, ends = self._spans.get(window.chrom, ([], []))
        before = bisect_left(starts, window.end)
        return before > 0 and ends[before - 1] > window.start


def gc(sequence: str) -> float:
    """Share of G and C."""
    return (sequence.count("G") + sequence.count("C")) / max(1, len(sequence))


def shuffled(
    positives: Mapping[str, str],
    count: int,
    rng: np.random.Generator,
    *,
    used: Collection[str] = (),
    known: Collection[str] = (),
) -> dict[str, str]:
    """`count` negatives: positives in turn, with their dinucleotides in random order.

    None is one of the positives, on either strand, or another of the negatives: a positive that
    has no further shuffle (such as a repeat of two bases) leaves its turn to the next.

    Args:
        positives: id -> bases.
        used: ids that are there already, and are not given again.
        known: further sequences that no negative may be, as `canonical_sequence` has them.

    Returns:
        `ID_shuffle1`, ... -> bases; fewer than `count` where there are no more.
    """
    known = {*known, *map(canonical_sequence, positives.values())}
    found: dict[str, str] = {}
    left, number = list(positives), 0
    while left and len(found) < count:
        number += 1
        for id in list(left):
            if len(found) == count:
                break
            text = _unknown_shuffle(positives[id].upper(), known, rng)
            if text is None:
                left.remove(id)
            else:
                found[_shuffle_id(id, number, used, found)] = text
    return found


def _unknown_shuffle(text: str, known: set[str], rng: np.random.Generator) -> str | None:
    """A shuffle that is not yet known, and then is; None where none is found."""
    for _ in range(TRIES):
        found = shuffle_dinucleotides(text, rng)
        if (canonical := canonical_sequence(found)) not in known:
            known.add(canonical)
            return found
    return None


def shuffle_of(id: str) -> str | None:
    """The id of what a DNA is a shuffle of, by the name that `shuffled` gave it; else None."""
    found = _SHUFFLE.fullmatch(id)
    return found[1] if found else None


def _shuffle_id(id: str, number: int, *taken: Collection[str]) -> str:
    while any((name := f"{id}_shuffle{number}") in some for some in taken):
        number += 1
    return name


def matched_windows(
    genome: Genome,
    positives: Mapping[Window, str],
    taken: Callable[[Window], bool],
    count: int,
    rng: np.random.Generator,
) -> dict[Window, str]:
    """`count` random windows outside the peaks, with the lengths and the G+C of positives.

    They lie on the chromosomes that have positives, in proportion to their lengths. For each
    positive in turn the window that is nearest in G+C is taken from a pool of random ones, and no
    window twice.

    Args:
        positives: window -> bases, upper case.
        taken: whether a window is no negative, such as `Covered.touches` of the peaks.

    Returns:
        Fewer than `count` where the genome has no more; window -> bases.
    """
    found: dict[Window, str] = {}
    texts = list(positives.values())
    models = [texts[number % len(texts)] for number in range(count)] if texts else []
    for length in sorted({len(text) for text in models}):
        targets = [gc(text) for text in models if len(text) == length]
        chroms = {window.chrom for window in positives}
        pool = _pool(genome, chroms, length, len(targets), taken, rng)
        found |= _nearest(pool, targets, rng)
    return found


def other_sites(
    sites: Mapping[Site, str],
    taken: Callable[[Site], bool],
    count: int,
    rng: np.random.Generator,
) -> dict[Site, str]:
    """Hard negatives: at most `count` of other proteins' sites, of those that are not taken."""
    free = [site for site in sites if not taken(site)]
    chosen = sorted(rng.permutation(len(free))[:count].tolist())
    return {free[place]: sites[free[place]] for place in chosen}


def _pool(
    genome: Genome,
    chroms: set[str],
    length: int,
    need: int,
    taken: Callable[[Window], bool],
    rng: np.random.Generator,
) -> dict[Window, str]:
    names = [name for name in genome.lengths if name in chroms and genome.lengths[name] > length]
    if not names or not need:
        return {}
    room = np.array([genome.lengths[name] - length + 1 for name in names], dtype=np.float64)
    pool: dict[Window, str] = {}
    for _ in range(ROUNDS):
        missing = POOL * need - len(pool)
        if missing <= 0:
            break
        which = rng.choice(len(names), size=missing, p=room / room.sum())
        starts = (rng.random(missing) * room[which]).astype(np.int64)
        drawn = (
            Window(names[chrom], start, start + length)
            for chrom, start in zip(which.tolist(), starts.tolist(), strict=True)
        )
        pool |= sequences_of((w for w in drawn if not taken(w)), genome)
    return pool


def _nearest(
    pool: Mapping[Window, str], targets: Sequence[float], rng: np.random.Generator
) -> dict[Window, str]:
    """For each target a window of the pool with the nearest G+C, each taken once."""
    windows = list(pool)
    mixed = [windows[place] for place in rng.permutation(len(windows))]
    mixed.sort(key=lambda window: gc(pool[window]))
    values = [gc(pool[window]) for window in mixed]
    found = {}
    for target in targets:
        if not values:
            break
        right = bisect_right(values, target)
        near = [place for place in (right - 1, right) if 0 <= place < len(values)]
        place = min(near, key=lambda at: abs(values[at] - target))
        values.pop(place)
        window = mixed.pop(place)
        found[window] = pool[window]
    return found
