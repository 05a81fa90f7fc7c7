"""The better strand of every position of a stretch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.inference.reducers import TIE
from dna_protein_bca.inference.scoring import Meeting, TilePositions
from dna_protein_bca.inference.tiling import Tiles


class Strands(NamedTuple):
    """Every position of a stretch by its better strand.

    Attributes:
        score: float32 [p, n], of that strand; NaN where there is none.
        minus: bool [p, n], whether it is `-`; of equal strands, as in a palindrome, `+` is better.
    """

    score: np.ndarray
    minus: np.ndarray


def better_strands(meeting: Meeting, place: np.ndarray, size: int) -> Strands:
    """Reduce a meeting to the better strand of `size` positions.

    Args:
        place: int64 [t], what is added to a tile's positions to find their place.
    """
    tiles = meeting.tiles
    count = len(meeting.rows)
    found = Strands(np.full((count, size), np.nan, np.float32), np.zeros((count, size), bool))
    pairs = _sharing(tiles)
    halves = np.zeros((2, count, len(tiles.record), 2), np.float32)
    for batch in meeting:
        whole = (batch.owned & (batch.log_share == 0)).cpu().numpy()
        score, minus = (values.cpu().numpy() for values in _better(batch.score))
        row, offset = np.nonzero(whole)
        tile = batch.tiles[row]
        at = offset + (tiles.start + place)[tile]
        found.score[:, at] = score[:, row, offset]
        found.minus[:, at] = minus[:, row, offset]
        if len(pairs):
            _keep_halves(tiles, batch, halves)
    if len(pairs):
        both = np.logaddexp(halves[1][:, pairs], halves[0][:, pairs + 1]) + np.float32(np.log(0.5))
        score, minus = (values.numpy() for values in _better(torch.from_numpy(both)))
        at = (tiles.owned_end - 1 + place)[pairs]
        found.score[:, at], found.minus[:, at] = score, minus
    return found


def _better(score: Tensor) -> tuple[Tensor, Tensor]:
    """Score of the better strand, and whether it is `-`: of float [..., 2]."""
    plus, minus = score.unbind(-1)
    return torch.maximum(plus, minus), minus > plus + TIE


def _sharing(tiles: Tiles) -> np.ndarray:
    """The tiles that share their last position with the tile that follows them here: int64."""
    end = tiles.owned_end[:-1] - 1
    shares = (tiles.shared[:-1] & 2 > 0) & (tiles.shared[1:] & 1 > 0)
    return np.flatnonzero(
        shares & (tiles.record[:-1] == tiles.record[1:]) & (end == tiles.owned_start[1:])
    )


def _keep_halves(tiles: Tiles, batch: TilePositions, halves: np.ndarray) -> None:
    """Note the scores of the first and last position of each tile, float32 [2, p, t, 2]."""
    chosen = tiles.take(batch.tiles)
    row = torch.arange(len(batch.tiles))
    for edge, at in enumerate((chosen.owned_start, chosen.owned_end - 1)):
        offset = torch.from_numpy(at - chosen.start)
        halves[edge][:, batch.tiles] = batch.score[:, row, offset].cpu().numpy()
