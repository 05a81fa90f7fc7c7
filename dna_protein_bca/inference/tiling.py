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


class TileGrid:
    """The tiles of one record, any stretch of which can be made without the others.

    Args:
        length: of the record, in bp.
        tile: the model's window, in bp, 4 or more.

    Attributes:
        length: as given.
        count: of tiles; a record of a window's length or less is one tile.
    """

    def __init__(self, length: int, tile: int) -> None:
        self.length = length
        self._step = tile // 4 * 2
        self._held = length if length <= tile else tile - (length - tile) % 2
        self.count = -(-(length - self._held) // self._step) + 1
        self._first = -((self.count - 1) * self._step + self._held - length) // 2
        # Twice a coordinate, half-way between two middles: even where it is a position.
        self._shares = (self._held - 1 + self._step) % 2 == 0
        # Where the first tile's positions would begin if there were one before it.
        self._begin = self._first - (self._step - self._held + 1) // 2

    def rows(self, first: int = 0, last: int | None = None) -> np.ndarray:
        """Tiles `first`..`last` (half-open; None for all that follow).

        Returns:
            int64 [t, 5]: the columns of `Tiles` from `start` on.
        """
        number = np.arange(first, self.count if last is None else last)
        start = self._first + self._step * number
        # Twice the coordinate where the next tile's middle is as near as this one's.
        border = 2 * start + self._held - 1 + self._step
        begins, ends = number == 0, number == self.count - 1
        owned_start = np.where(begins, 0, -(-(border - 2 * self._step) // 2))
        owned_end = np.where(ends, self.length, border // 2 + 1)
        shared = (self._shares & ~begins) + 2 * (self._shares & ~ends)
        held = start.clip(0), (start + self._held).clip(max=self.length)
        return np.stack((*held, owned_start, owned_end, shared), axis=1).astype(np.int64)

    def begin(self, number: int) -> int:
        """The first position that a tile gives, the record's length after the last tile.

        A position that two tiles share belongs to the second.
        """
        if number <= 0:
            return 0
        return self.length if number >= self.count else self._begin + self._step * number

    def owner(self, position: int) -> int:
        """The tile that gives the score of a position, or would if the record went on to there."""
        return min(max((position - self._begin) // self._step, 0), self.count - 1)

    def stretch(self, first: int, last: int) -> np.ndarray:
        """Tiles that give the scores of all that `first`..`last` own, but for what the next shares.

        Where the first position is shared, the tile before gives its half of it, and nothing else.

        Returns:
            int64 [t, 5], as from `rows`; the positions from the first `owned_start` on are whole,
            up to the last `owned_end`, or the position before it where that one is shared.
        """
        before = int(self._shares and first > 0)
        rows = self.rows(first - before, last)
        if before:
            rows[0, 2], rows[0, 4] = rows[0, 3] - 1, 2
        return rows


def tile_records(lengths: np.ndarray, tile: int) -> Tiles:
    """Tiles of records of the given lengths (int64 [r]); a window's worth or less is one tile."""
    if not len(lengths) or lengths.max() <= tile:
        zero = np.zeros(len(lengths), dtype=np.int64)
        return Tiles(np.arange(len(lengths)), zero, lengths, zero, lengths, zero)
    parts = [TileGrid(int(length), tile).rows() for length in lengths]
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
