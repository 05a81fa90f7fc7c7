"""DNA that a protein does not bind, matched to its sites in what a model should not learn from."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np

from dna_protein_bca.datasets.sources.peaks import Window, sequences_of
from dna_protein_bca.errors import InputError, counted, one_or_many
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_sequence

from .shuffles import shuffle_dinucleotides

Negatives = Literal["windows", "shuffle", "others"]
"""Kinds of negatives: `matched_windows`, `shuffled`, `other_sites`."""

Site = TypeVar("Site", bound=Hashable)

_SHUFFLE = re.compile(r"(.+)_shuffle\d+")

TRIES = 20
"""Shuffles of a sequence that are drawn before it counts as one without a further shuffle."""

POOL = 20
"""Random windows that are drawn for each negative; the nearest one in G+C becomes the negative."""

ROUNDS = 5
"""How often windows are drawn again for the pool where most of those drawn are peaks or N."""


class Covered:
    """Stretches of the genome to keep away from."""

    def __init__(self, windows: Iterable[Window] = ()) -> None:
        # By chromosome, starts and ends of stretches that do not touch, in ascending order.
        self._spans: dict[str, tuple[list[int], list[int]]] = {}
        for window in sorted(windows):
            self.add(window)

    def add(self, window: Window) -> None:
        """Keep away from this window as well."""
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


def mean_gc(sequences: Iterable[str]) -> float:
    """Mean `gc` of sequences, to four decimals."""
    return round(float(np.mean([gc(sequence) for sequence in sequences])), 4)


def check_enough(kind: Negatives, protein: str, drawn: int, asked: int) -> None:
    """Check how many negatives were drawn; other proteins' sites may be fewer than asked for.

    Raises:
        InputError: naming the kind and the protein.
    """
    if drawn < asked and kind != "others":
        raise InputError(
            f"{counted(drawn, 'negative')} of the kind {kind} for {protein}, and {asked} "
            f"{one_or_many(asked, 'is', 'are')} asked for: "
            "lower --ratio, or choose another kind"
        )


def shuffled(
    positives: Mapping[str, str],
    count: int,
    rng: np.random.Generator,
    *,
    used: Collection[str] = (),
    excluded: Collection[str] = (),
) -> dict[str, str]:
    """`count` negatives: positives in turn, with their dinucleotides in random order.

    No shuffle equals a positive or another shuffle, on either strand. A positive that has no
    further shuffle (such as a repeat of two bases) leaves its turn to the next.

    Args:
        positives: id -> bases.
        used: ids that no negative gets.
        excluded: further sequences that no negative may be, as `canonical_sequence` returns them.

    Returns:
        `ID_shuffle1`, ... -> bases; fewer than `count` where there are no more.
    """
    excluded = {*excluded, *map(canonical_sequence, positives.values())}
    shuffles: dict[str, str] = {}
    remaining, number = list(positives), 0
    while remaining and len(shuffles) < count:
        number += 1
        for id in list(remaining):
            if len(shuffles) == count:
                break
            text = _new_shuffle(positives[id].upper(), excluded, rng)
            if text is None:
                remaining.remove(id)
            else:
                shuffles[_shuffle_id(id, number, used, shuffles)] = text
    return shuffles


def _new_shuffle(text: str, excluded: set[str], rng: np.random.Generator) -> str | None:
    """A shuffle that is not excluded, which is added to the excluded ones; None without one."""
    for _ in range(TRIES):
        shuffle = shuffle_dinucleotides(text, rng)
        if (canonical := canonical_sequence(shuffle)) not in excluded:
            excluded.add(canonical)
            return shuffle
    return None


def shuffle_of(id: str) -> str | None:
    """`ID` of an id that `shuffled` made, such as `ID_shuffle1`; None of any other id."""
    match = _SHUFFLE.fullmatch(id)
    return match[1] if match else None


def _shuffle_id(id: str, number: int, *used: Collection[str]) -> str:
    while any((name := f"{id}_shuffle{number}") in ids for ids in used):
        number += 1
    return name


def matched_windows(
    genome: Genome,
    positives: Mapping[Window, str],
    excluded: Callable[[Window], bool],
    count: int,
    rng: np.random.Generator,
) -> dict[Window, str]:
    """`count` random windows outside the peaks, with the lengths and the G+C of positives.

    They lie on the chromosomes that have positives, in proportion to the lengths of these. For
    each positive in turn, the window of a pool of random ones that is nearest in G+C and not yet
    chosen becomes a negative.

    Args:
        positives: window -> bases, upper case.
        excluded: whether a window may not be a negative, such as `Covered.touches` of the peaks.

    Returns:
        Window -> bases; fewer than `count` where the genome has no more.
    """
    chosen: dict[Window, str] = {}
    texts = list(positives.values())
    models = [texts[number % len(texts)] for number in range(count)] if texts else []
    for length in sorted({len(text) for text in models}):
        targets = [gc(text) for text in models if len(text) == length]
        chroms = {window.chrom for window in positives}
        pool = _pool(genome, chroms, length, len(targets), excluded, rng)
        chosen |= _nearest(pool, targets, rng)
    return chosen


def other_sites(
    sites: Mapping[Site, str],
    excluded: Callable[[Site], bool],
    count: int,
    rng: np.random.Generator,
) -> dict[Site, str]:
    """Hard negatives: at most `count` of other proteins' sites, those that are not excluded."""
    free = [site for site in sites if not excluded(site)]
    chosen = sorted(rng.permutation(len(free))[:count].tolist())
    return {free[index]: sites[free[index]] for index in chosen}


def _pool(
    genome: Genome,
    chroms: set[str],
    length: int,
    count: int,
    excluded: Callable[[Window], bool],
    rng: np.random.Generator,
) -> dict[Window, str]:
    names = [name for name in genome.lengths if name in chroms and genome.lengths[name] > length]
    if not names or not count:
        return {}
    room = np.array([genome.lengths[name] - length + 1 for name in names], dtype=np.float64)
    pool: dict[Window, str] = {}
    for _ in range(ROUNDS):
        missing = POOL * count - len(pool)
        if missing <= 0:
            break
        which = rng.choice(len(names), size=missing, p=room / room.sum())
        starts = (rng.random(missing) * room[which]).astype(np.int64)
        drawn = (
            Window(names[chrom], start, start + length)
            for chrom, start in zip(which.tolist(), starts.tolist(), strict=True)
        )
        pool |= sequences_of((w for w in drawn if not excluded(w)), genome)
    return pool


def _nearest(
    pool: Mapping[Window, str], targets: Sequence[float], rng: np.random.Generator
) -> dict[Window, str]:
    """For each target the window of the pool with the nearest G+C, no window twice."""
    windows = list(pool)
    mixed = [windows[index] for index in rng.permutation(len(windows))]
    mixed.sort(key=lambda window: gc(pool[window]))
    values = [gc(pool[window]) for window in mixed]
    nearest = {}
    for target in targets:
        if not values:
            break
        right = bisect_right(values, target)
        near = [index for index in (right - 1, right) if 0 <= index < len(values)]
        best = min(near, key=lambda index: abs(values[index] - target))
        values.pop(best)
        window = mixed.pop(best)
        nearest[window] = pool[window]
    return nearest
