"""DNA that a protein does not bind, as like its sites as can be in all that is beside the point."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from .genome import Genome
from .peaks import Window, sequences_of
from .shuffles import shuffle_dinucleotides

POOL = 20
"""Random windows that are looked at for each negative; the nearest in G+C are taken."""

ROUNDS = 5
"""Times that the pool is filled anew where most of it is peaks or N."""


class Covered:
    """Stretches of the genome to keep away from."""

    def __init__(self, windows: Iterable[Window]) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}
        for window in sorted(windows):
            spans = self._spans.setdefault(window.chrom, [])
            if spans and window.start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], window.end))
            else:
                spans.append((window.start, window.end))
        self._starts = {chrom: [s for s, _ in spans] for chrom, spans in self._spans.items()}

    def touches(self, window: Window) -> bool:
        """Whether a window overlaps one of the stretches by one base pair or more."""
        spans = self._spans.get(window.chrom, [])
        before = bisect_left(self._starts.get(window.chrom, []), window.end)
        return before > 0 and spans[before - 1][1] > window.start


def gc(sequence: str) -> float:
    """Share of G and C."""
    return (sequence.count("G") + sequence.count("C")) / max(1, len(sequence))


def shuffled(positives: Mapping[str, str], count: int, rng: np.random.Generator) -> dict[str, str]:
    """`count` negatives: positives in turn, with their dinucleotides in random order.

    Args:
        positives: id -> bases.

    Returns:
        `ID_shuffle1`, ... -> bases.
    """
    ids = list(positives)
    found = {}
    for number in range(count):
        id = ids[number % len(ids)]
        name = f"{id}_shuffle{number // len(ids) + 1}"
        found[name] = shuffle_dinucleotides(positives[id], rng)
    return found


def matched_windows(
    genome: Genome,
    positives: Mapping[Window, str],
    covered: Covered,
    count: int,
    rng: np.random.Generator,
) -> dict[Window, str]:
    """`count` random windows outside the peaks, with the lengths and the G+C of positives.

    They lie on the chromosomes that have positives, in proportion to their lengths. For each
    positive in turn the window that is nearest in G+C is taken from a pool of random ones, and no
    window twice.

    Returns:
        Fewer than `count` where the genome has no more; window -> bases.
    """
    found: dict[Window, str] = {}
    texts = list(positives.values())
    models = [texts[number % len(texts)] for number in range(count)] if texts else []
    for length in sorted({len(text) for text in models}):
        targets = [gc(text) for text in models if len(text) == length]
        chroms = {window.chrom for window in positives}
        pool = _pool(genome, chroms, length, len(targets), covered, rng)
        found |= _nearest(pool, targets, rng)
    return found


def other_sites(
    sites: Mapping[Window, str], covered: Covered, count: int, rng: np.random.Generator
) -> dict[Window, str]:
    """Hard negatives: at most `count` of other proteins' sites, away from this one's peaks."""
    free = [window for window in sites if not covered.touches(window)]
    chosen = sorted(rng.permutation(len(free))[:count].tolist())
    return {free[place]: sites[free[place]] for place in chosen}


def _pool(
    genome: Genome,
    chroms: set[str],
    length: int,
    need: int,
    covered: Covered,
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
        pool |= sequences_of((w for w in drawn if not covered.touches(w)), genome)
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
