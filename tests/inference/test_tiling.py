"""Tiles: cover every position once, are the same on the other strand, pool as one logsumexp."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from dna_protein_bca.inference.reducers import TIE, TileScores, pool, reduce_positions
from dna_protein_bca.inference.tiling import TileGrid, Tiles, tile_records

lengths = st.integers(1, 700)
windows = st.integers(4, 140)


@given(lengths, windows)
def test_positions_are_owned_once(length: int, window: int) -> None:
    share = np.zeros(length)
    for start, end, own_start, own_end, shared in TileGrid(length, window).rows():
        assert 0 <= start <= own_start < own_end <= end <= length
        assert end - start <= window
        share[own_start:own_end] += 1
        share[own_start] -= 0.5 * bool(shared & 1)
        share[own_end - 1] -= 0.5 * bool(shared & 2)
    assert (share == 1).all()


@given(lengths, windows)
def test_reverse_complement_has_the_same_tiles(length: int, window: int) -> None:
    start, end, own_start, own_end, shared = TileGrid(length, window).rows().T
    mirrored = (length - end, length - start, length - own_end, length - own_start)
    swapped = (shared >> 1) | ((shared & 1) << 1)
    there = np.stack((*mirrored, swapped))[:, ::-1]
    np.testing.assert_array_equal(there, np.stack((start, end, own_start, own_end, shared)))


def test_tiles_of_a_long_record_overlap_by_half() -> None:
    tiles = TileGrid(128 + 64 * 5, 128).rows()
    np.testing.assert_array_equal(tiles[:, 0], 64 * np.arange(6))
    np.testing.assert_array_equal(tiles[:, 1] - tiles[:, 0], 128)


def test_a_record_of_one_window_is_one_tile() -> None:
    tiles = tile_records(np.array([128, 5, 128]), 128)
    np.testing.assert_array_equal(tiles.record, [0, 1, 2])
    np.testing.assert_array_equal(tiles.end, [128, 5, 128])
    mixed = tile_records(np.array([128, 129, 5]), 128)
    np.testing.assert_array_equal(mixed.record, [0, 1, 1, 2])


def _positions(scores: np.ndarray, tiles: Tiles) -> TileScores:
    """What a model whose position scores did not depend on the tile would give."""
    parts = []
    for start, end, own_start, own_end, shared in np.stack(tiles[1:], axis=1):
        at = np.arange(start, end)
        own = torch.from_numpy((at >= own_start) & (at < own_end))
        weight = np.zeros(len(at), np.float32)
        if shared & 1:
            weight[own_start - start] = np.log(0.5)
        if shared & 2:
            weight[own_end - start - 1] = np.log(0.5)
        position = torch.from_numpy(scores[None, None, start:end])
        score, best, index, strand = reduce_positions(
            position, own[None, None], torch.from_numpy(weight)[None, None]
        )
        parts.append((score[0, 0], best[0, 0], index[0, 0] + start, strand[0, 0]))
    return TileScores(*(np.array(values)[None] for values in zip(*parts, strict=True)))


@given(st.integers(129, 500), st.integers(0, 99))
def test_tiles_pool_to_the_whole(length: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(length, 2)).astype(np.float32)
    tiles = tile_records(np.array([length]), 128)
    record = pool(tiles, _positions(scores, tiles))
    np.testing.assert_allclose(record.score[0, 0], np.log(np.exp(scores).sum()), atol=1e-5)
    at, strand = np.unravel_index(scores.argmax(), scores.shape)
    if np.sort(scores.ravel())[-2] < scores.max() - 2 * TIE:
        assert (record.at[0, 0], record.strand[0, 0]) == (at, strand)


def test_ties_go_to_plus_and_then_leftmost() -> None:
    scores = np.zeros((400, 2), np.float32)
    scores[[50, 300], 1] = 5 + TIE / 2
    scores[[200, 390], 0] = 5
    tiles = tile_records(np.array([400]), 128)
    record = pool(tiles, _positions(scores, tiles))
    assert (record.at[0, 0], record.strand[0, 0]) == (200, 0)
    scores[[200, 390], 0] = 0
    record = pool(tiles, _positions(scores, tiles))
    assert (record.at[0, 0], record.strand[0, 0]) == (50, 1)


def test_records_are_pooled_apart() -> None:
    rng = np.random.default_rng(3)
    both = [rng.normal(size=(length, 2)).astype(np.float32) for length in (300, 401)]
    tiles = tile_records(np.array([300, 401]), 128)
    alone = [tile_records(np.array([len(scores)]), 128) for scores in both]
    parts = [_positions(scores, one) for scores, one in zip(both, alone, strict=True)]
    together = pool(
        tiles, TileScores(*(np.concatenate(v, axis=1) for v in zip(*parts, strict=True)))
    )
    for index, (one, part) in enumerate(zip(alone, parts, strict=True)):
        for value, expected in zip(together, pool(one, part), strict=True):
            np.testing.assert_array_equal(value[:, index], expected[:, 0])


@given(lengths, windows, st.integers(0, 40), st.integers(1, 9))
def test_stretches_give_what_the_whole_gives(
    length: int, window: int, first: int, count: int
) -> None:
    grid = TileGrid(length, window)
    first = min(first, grid.count - 1)
    last = min(first + count, grid.count)
    whole, rows = grid.rows(), grid.stretch(first, last)
    np.testing.assert_array_equal(rows[-(last - first) :], whole[first:last])
    share = np.zeros(length)
    for _, _, own_start, own_end, shared in rows:
        share[own_start:own_end] += 1
        share[own_start] -= 0.5 * bool(shared & 1)
        share[own_end - 1] -= 0.5 * bool(shared & 2)
    begin = whole[first, 2]
    end = whole[last, 2] if last < grid.count else length
    assert (share[begin:end] == 1).all() and not share[:begin].any()
    assert [grid.owner(at) for at in (begin, end - 1)] == [first, last - 1]
