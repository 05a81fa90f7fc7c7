"""Batches of pairs by (seed, step) alone: grouped by protein, of similar lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RUN = 16
"""Pairs of one protein that stand together in a batch, so that it is read once for all of them."""

TILES = 4
"""A batch of long DNA holds at most so many tiles for each pair of a batch of short DNA."""


class Batcher:
    """Every pair once an epoch, in batches of runs: pairs of one protein and of similar length.

    Args:
        protein: int64 [pairs], whose pair it is.
        tiles: int64 [pairs], tiles of its DNA.
        label: [pairs], any numbers, each dealt evenly within a protein; or None.
        size: pairs of a batch.
        seed: the order of epoch e depends on (seed, e) alone.
    """

    def __init__(
        self,
        protein: np.ndarray,
        tiles: np.ndarray,
        label: np.ndarray | None,
        size: int,
        seed: int = 0,
    ) -> None:
        self.protein, self.label, self.size, self.seed = protein, label, size, seed
        # Lengths of a bucket differ by less than a factor of two.
        self.bucket = np.ceil(np.log2(np.maximum(tiles, 1))).astype(np.int64)
        self._epoch: tuple[int, list[list[np.ndarray]]] | None = None
        self.steps_per_epoch = len(self.epoch(0))

    def batch(self, step: int) -> list[np.ndarray]:
        """Runs of the batch of a step: rows of the pairs, int64, of one protein each."""
        epoch, place = divmod(step, self.steps_per_epoch)
        return self.epoch(epoch)[place]

    def epoch(self, number: int) -> list[list[np.ndarray]]:
        """The batches of an epoch; there are as many in every epoch."""
        if self._epoch is None or self._epoch[0] != number:
            rng = np.random.default_rng((self.seed, number))
            batches: list[list[np.ndarray]] = []
            for bucket in np.unique(self.bucket):
                rows = np.flatnonzero(self.bucket == bucket)
                batches += self._batches(rows, int(bucket), rng)
            order = rng.permutation(len(batches))
            self._epoch = number, [batches[place] for place in order]
        return self._epoch[1]

    def _batches(
        self, rows: np.ndarray, bucket: int, rng: np.random.Generator
    ) -> list[list[np.ndarray]]:
        size = max(1, min(self.size, TILES * self.size >> bucket))
        run = max(1, min(RUN, size))
        runs: list[np.ndarray] = []
        for protein in np.unique(self.protein[rows]):
            mixed = self._mixed(rows[self.protein[rows] == protein], rng)
            runs += np.array_split(mixed, -(-len(mixed) // run))
        runs = [runs[place] for place in rng.permutation(len(runs))]
        count = min(len(runs), -(-len(rows) // size))
        return [runs[part[0] : part[-1] + 1] for part in split_indices(len(runs), count)]

    def _mixed(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Rows in random order, with those of each label spread evenly."""
        rows = rng.permutation(rows)
        if self.label is None:
            return rows
        place = np.empty(len(rows))
        for value in np.unique(self.label[rows]):
            some = np.flatnonzero(self.label[rows] == value)
            place[some] = (np.arange(len(some)) + rng.random()) / len(some)
        return rows[np.argsort(place, kind="stable")]


def split_indices(length: int, count: int) -> Sequence[np.ndarray]:
    """The indices up to `length` in `count` consecutive parts of nearly the same size."""
    return np.array_split(np.arange(length), count)
