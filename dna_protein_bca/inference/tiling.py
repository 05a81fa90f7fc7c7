"""DNA of any length -> tiles of the model's window, and one answer a record from its tiles.

DNA longer than a tile is cut into tiles that overlap by half and lie symmetrically about the
record's middle, so that the reverse complement has the same tiles. Where the record's length is
odd, a tile holds one base less than the window. Every position takes its score from the tile in
whose middle it lies; half-way between two middles it takes half of each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Tiles(NamedTuple):
    """Tiles of a few records, in the records' order. All arrays are int64 [t].

    Attributes:
        record: index of the tile's record.
        start, end: the tile in its record, half-open.
        owned_start, owned_end: the positions whose score it gives, half-open.
        shared: bit 0 (1): the first of them is shared with the tile before; bit 1 (2): the last
            with the tile after.
    """

    record: np.ndarray
    start: np.ndarray
    end: np.ndarray
    owned_start: np.ndarray
    owned_end: np.ndarray
    shared: np.ndarray

    def take(self, rows: np.ndarray) -> Tiles:
        """Some of the tiles, in the order of `rows` (int64)."""
        return Tiles(*(values[rows] for values in self))


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
    owned_end = border // 2 + 1
    owned_start = np.concatenate(([0], -(-border[:-1] // 2)))
    owned_end[-1] = length
    tie = border % 2 == 0
    shared = np.concatenate(([False], tie[:-1])) + 2 * np.concatenate((tie[:-1], [False]))
    return np.stack(
        (start.clip(0), (start + held).clip(max=length), owned_start, owned_end, shared), axis=1
    ).astype(np.int64)


def tile_records(lengths: np.ndarray, tile: int) -> Tiles:
    """Tiles of records of the given lengths (int64 [r]); a window's worth or less is one tile."""
    if not len(lengths) or lengths.max() <= tile:
        zero = np.zeros(len(lengths), dtype=np.int64)
        return Tiles(np.arange(len(lengths)), zero, lengths, zero, lengths, zero)
    parts = [tile_record(int(length), tile) for length in lengths]
    record = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Tiles(record, *np.concatenate(parts).T)


def owned_positions(tiles: Tiles, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The positions whose score each tile gives, and how much of it.

    Args:
        width: of the padded tiles, in bp.

    Returns:
        bool [t, width], and float32 [t, width]: 0, or log 1/2 where two tiles share a position.
    """
    at = tiles.start[:, None] + np.arange(width)
    first, last, shared = (
        values[:, None] for values in (tiles.owned_start, tiles.owned_end, tiles.shared)
    )
    halved = ((at == first) & (shared & 1 > 0)) | ((at == last - 1) & (shared & 2 > 0))
    log_share = np.where(halved, np.float32(np.log(0.5)), np.float32(0))
    return (at >= first) & (at < last), log_share
