"""DNA of any length -> tiles of the model's window, and one answer a record from its tiles.

DNA longer than a tile is cut into tiles that overlap by half and lie symmetrically about the
record's middle, so that the reverse complement has the same tiles. Where the record's length is
odd, a tile holds one base less than the window. Every position takes its score from the tile in
whose middle it lies; half-way between two middles it takes half of each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

TIE = 1e-4
"""Position scores this close are equal: a palindrome's two strands differ by rounding alone."""


class Tiles(NamedTuple):
    """Tiles of a few records, in the records' order. All arrays are int64 [t].

    Attributes:
        record: index of the tile's record.
        start, end: the tile in its record, half-open.
        own_start, own_end: the positions whose score it gives, half-open.
        shared: bit 0 (1): the first of them is shared with the tile before; bit 1 (2): the last
            with the tile after.
    """

    record: np.ndarray
    start: np.ndarray
    end: np.ndarray
    own_start: np.ndarray
    own_end: np.ndarray
    shared: np.ndarray


def tile_record(length: int, tile: int) -> np.ndarray:
    """Tiles of one record.

    Args:
        length: of the record, in bp.
        tile: the model's window, in bp, 4 or more.

    Returns:
        int64 [t, 5]: the columns of `Tiles` from `start` on.
    """
    if length <= tile:
        return np.array([[0, length, 0, length, 0]], dtype=np.int64)
    held = tile - (length - tile) % 2
    step = tile // 4 * 2
    count = -(-(length - held) // step) + 1
    first = -((count - 1) * step + held - length) // 2
    start = first + step * np.arange(count)
    # Twice the coordinate where the next tile's middle is as near as this one's.
    border = 2 * start + held - 1 + step
    own_end = border // 2 + 1
    own_start = np.concatenate(([0], -(-border[:-1] // 2)))
    own_end[-1] = length
    tie = border % 2 == 0
    shared = np.concatenate(([False], tie[:-1])) + 2 * np.concatenate((tie[:-1], [False]))
    return np.stack(
        (start.clip(0), (start + held).clip(max=length), own_start, own_end, shared), axis=1
    ).astype(np.int64)


def tile_records(lengths: np.ndarray, tile: int) -> Tiles:
    """Tiles of records of the given lengths (int64 [r]); a window's worth or less is one tile."""
    if not len(lengths) or lengths.max() <= tile:
        zero = np.zeros(len(lengths), dtype=np.int64)
        return Tiles(np.arange(len(lengths)), zero, lengths, zero, lengths, zero)
    parts = [tile_record(int(length), tile) for length in lengths]
    record = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Tiles(record, *np.concatenate(parts).T)


class TileScores(NamedTuple):
    """Answers of `p` proteins on `t` tiles (or records): float32 and int64 arrays [p, t].

    Attributes:
        score: the logit that the protein binds at a position that the tile owns.
        best: the highest position score.
        at: the record's coordinate of that position, the middle base of the site.
        strand: 0 for `+`, 1 for `-`.
    """

    score: np.ndarray
    best: np.ndarray
    at: np.ndarray
    strand: np.ndarray


def reduce_positions(position: Tensor, own: Tensor, log_weight: Tensor) -> tuple[Tensor, ...]:
    """Score, best position score, its index and its strand of every tile.

    Ties go to `+`, then to the leftmost position.

    Args:
        position: float [p, s, n, 2], scores of each position and strand.
        own: bool [p or 1, s, n], the positions that count.
        log_weight: float, like `own`: log of the share of each position (0, or log 1/2).

    Returns:
        Float [p, s], float [p, s], int64 [p, s], int64 [p, s].
    """
    counted = position.masked_fill(~own[..., None], -torch.inf)
    score = (counted + log_weight[..., None]).flatten(2).logsumexp(-1)
    by_strand = counted.transpose(2, 3).flatten(2)
    best = by_strand.amax(-1)
    index = (by_strand >= best[..., None] - TIE).byte().argmax(-1)
    length = position.shape[2]
    return score, best, index % length, index // length


def pool(tiles: Tiles, scores: TileScores) -> TileScores:
    """Tile scores [p, t] -> record scores [p, r]."""
    if len(tiles.record) == 0 or tiles.record[-1] == len(tiles.record) - 1:
        return scores
    heads = np.flatnonzero(np.diff(tiles.record, prepend=-1))
    top = np.maximum.reduceat(scores.score, heads, axis=1)
    shifted = np.exp((scores.score - top[:, tiles.record]).astype(np.float64))
    score = top + np.log(np.add.reduceat(shifted, heads, axis=1)).astype(np.float32)
    best = np.maximum.reduceat(scores.best, heads, axis=1)
    # `+` before `-`, then leftmost, among the tiles that hold a best position.
    far = np.int64(1) << 40
    key = scores.at + far * scores.strand
    key = np.where(scores.best >= best[:, tiles.record] - TIE, key, 4 * far)
    key = np.minimum.reduceat(key, heads, axis=1)
    return TileScores(score, best, key % far, key // far)
