"""Batches by (seed, step)."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.training.finetune.tasks.batching import GROUP, Batcher


def batcher(seed: int = 0, pairs: int = 500, size: int = 64) -> Batcher:
    rng = np.random.default_rng(0)
    protein = rng.integers(0, 5, pairs)
    tiles = rng.choice([1, 1, 1, 2, 7], pairs)
    label = (rng.random(pairs) < 0.3).astype(int)
    return Batcher(protein, tiles, label, size, seed)


def test_every_pair_once_an_epoch() -> None:
    found = batcher()
    for epoch in (0, 3):
        steps = range(epoch * found.steps_per_epoch, (epoch + 1) * found.steps_per_epoch)
        rows = np.concatenate([group for step in steps for group in found.batch(step)])
        assert sorted(rows) == list(range(500))


def test_a_step_is_the_same_however_it_is_reached() -> None:
    one, other = batcher(), batcher()
    steps = [40, 3, 25, 0]
    straight = {step: other.batch(step) for step in sorted(steps)}
    for step in steps:
        for a, b in zip(one.batch(step), straight[step], strict=True):
            assert (a == b).all()
    changed = batcher(seed=1).batch(3)
    assert not np.array_equal(np.concatenate(changed), np.concatenate(straight[3]))


def test_groups_are_of_one_protein_and_similar_length() -> None:
    found = batcher()
    for batch in found.epoch(0):
        assert len({int(found.bucket[row]) for group in batch for row in group}) == 1
        for group in batch:
            assert len(group) <= GROUP
            assert len({int(found.protein[row]) for row in group}) == 1


def test_labels_are_spread_evenly() -> None:
    label = np.array([1] * 20 + [0] * 140)
    found = Batcher(np.zeros(160, int), np.ones(160, int), label, 64, 0)
    positives = [int(label[group].sum()) for batch in found.epoch(0) for group in batch]
    assert min(positives) >= 1 and max(positives) <= 3


def test_long_dna_makes_smaller_batches() -> None:
    short = Batcher(np.zeros(640, int), np.ones(640, int), None, 64, 0)
    long = Batcher(np.zeros(640, int), np.full(640, 32), None, 64, 0)
    assert short.steps_per_epoch == 10
    assert max(sum(map(len, batch)) for batch in long.epoch(0)) <= 8
