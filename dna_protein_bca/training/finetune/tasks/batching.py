"""Batches of pairs by (seed, step) alone: grouped by protein, of similar lengths."""

from __future__ import annotations

import numpy as np

GROUP = 16
"""Pairs of one protein that stand together in a batch, and share its encoding."""

TILES = 4
"""A batch of long DNA holds at most so many tiles for each pair of a batch of short DNA."""


class Batcher:
    """Every pair once an epoch, in batches of groups: pairs of one protein and of similar length.

    Args:
        protein: int64 [pairs], the protein of each pair.
        tiles: int64 [pairs], tiles of its DNA.
        label: [pairs], any numbers, each spread evenly within a protein; or None.
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
        """Groups of the batch of a step: indices of the pairs, int64, of one protein each."""
        epoch, number = divmod(step, self.steps_per_epoch)
        return self.epoch(epoch)[number]

    def epoch(self, number: int) -> list[list[np.ndarray]]:
        """The batches of an epoch; there are as many in every epoch."""
        if self._epoch is None or self._epoch[0] != number:
            rng = np.random.default_rng((self.seed, number))
            batches: list[list[np.ndarray]] = []
            for bucket in np.unique(self.bucket):
                pairs = np.flatnonzero(self.bucket == bucket)
                batches += self._batches(pairs, int(bucket), rng)
            order = rng.permutation(len(batches))
            self._epoch = number, [batches[index] for index in order]
        return self._epoch[1]

    def _batches(
        self, pairs: np.ndarray, bucket: int, rng: np.random.Generator
    ) -> list[list[np.ndarray]]:
        size = max(1, min(self.size, TILES * self.size >> bucket))
        group = max(1, min(GROUP, size))
        groups: list[np.ndarray] = []
        for protein in np.unique(self.protein[pairs]):
            mixed = self._mixed(pairs[self.protein[pairs] == protein], rng)
            groups += np.array_split(mixed, -(-len(mixed) // group))
        groups = [groups[index] for index in rng.permutation(len(groups))]
        count = min(len(groups), -(-len(pairs) // size))
        parts = np.array_split(np.arange(len(groups)), count)
        return [groups[part[0] : part[-1] + 1] for part in parts]

    def _mixed(self, pairs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Pairs in random order, with those of each label spread evenly."""
        pairs = rng.permutation(pairs)
        if self.label is None:
            return pairs
        position = np.empty(len(pairs))
        for value in np.unique(self.label[pairs]):
            alike = np.flatnonzero(self.label[pairs] == value)
            position[alike] = (np.arange(len(alike)) + rng.random()) / len(alike)
        return pairs[np.argsort(position, kind="stable")]
