"""What becomes of position scores: a record's score and best site, all its sites, or its track."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.model.states import ProteinState

from .dna_records import DNARecords
from .scoring import Meeting, TilePositions
from .sites import site_spans
from .tiling import Tiles

TIE = 1e-4
"""Position scores this close are equal: a palindrome's two strands differ by rounding alone."""


class RecordScores(NamedTuple):
    """Answers of `p` proteins on `r` records, each [p, r].

    Attributes:
        score: float32, the logit that the protein binds in the record; NaN where there is none.
        start, end: int64, the best site, half-open.
        strand: int64, 0 for `+`, 1 for `-`.
    """

    score: np.ndarray
    start: np.ndarray
    end: np.ndarray
    strand: np.ndarray

    @classmethod
    def missing(cls, proteins: int, records: int) -> RecordScores:
        """Answers of which none is known."""
        shape = (proteins, records)
        integers = (np.zeros(shape, np.int64) for _ in range(3))
        return cls(np.full(shape, np.nan, np.float32), *integers)


class Sites(NamedTuple):
    """Sites of several proteins on several records, `k` in all, sorted by record and start.

    Attributes:
        protein, record: int64 [k], rows and columns of the table of answers.
        start, end: int64 [k], half-open, as wide as the columns that carry information.
        strand: int64 [k], 0 for `+`, 1 for `-`.
        score: float32 [k], the position's score.
    """

    protein: np.ndarray
    record: np.ndarray
    start: np.ndarray
    end: np.ndarray
    strand: np.ndarray
    score: np.ndarray


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

    @classmethod
    def empty(cls, proteins: int, tiles: int) -> TileScores:
        """Room for answers."""
        return cls(*(np.empty((proteins, tiles), kind) for kind in ("f4", "f4", "i8", "i8")))


def record_scores(meetings: Iterable[Meeting], proteins: int, records: int) -> RecordScores:
    """The table of answers [proteins, records] of all meetings, missing where none met."""
    table = RecordScores.missing(proteins, records)
    for meeting in meetings:
        for values, new in zip(table, best_sites(meeting), strict=True):
            values[np.ix_(meeting.rows, meeting.columns)] = new
    return table


def best_sites(meeting: Meeting) -> RecordScores:
    """Score and best site of every protein on every record."""
    tiles = meeting.tiles
    answers = TileScores.empty(len(meeting.rows), len(tiles.record))
    for batch in meeting:
        reduced = reduce_positions(batch.score, batch.owned, batch.log_share)
        score, best, at, strand = (values.cpu().numpy() for values in reduced)
        answers.score[:, batch.tiles] = score
        answers.best[:, batch.tiles] = best
        answers.at[:, batch.tiles] = at + tiles.start[batch.tiles]
        answers.strand[:, batch.tiles] = strand
    answers = pool(tiles, answers)
    at, strand = answers.at, answers.strand
    if meeting.paired:
        at, strand = at.T, strand.T
    start, end = widen(meeting.records, meeting.state, at, strand, paired=meeting.paired)
    if meeting.paired:
        start, end = start.T, end.T
    return RecordScores(answers.score, start, end, answers.strand)


def all_sites(meeting: Meeting, threshold: float | np.ndarray) -> Sites:
    """Every position and strand whose score is at least a threshold.

    Args:
        threshold: one for all, or float [p].
    """
    limit = np.broadcast_to(np.asarray(threshold, np.float32), len(meeting.rows))
    halves = np.full((2, len(limit), len(meeting.tiles.record), 2), -np.inf, np.float32)
    parts = []
    for batch in meeting:
        parts.append(_whole_positions(meeting.tiles, batch, limit))
        _keep_halves(meeting.tiles, batch, halves)
    parts.append(_shared_positions(meeting.tiles, halves, limit))
    protein, record, at, strand, score = (
        np.concatenate(values) for values in zip(*parts, strict=True)
    )
    start, end = widen_each(meeting, protein, record, at, strand)
    order = np.lexsort((strand, protein, start, record))
    columns = (meeting.rows[protein], meeting.columns[record], start, end, strand, score)
    return Sites(*(values[order] for values in columns))


def tracks(meeting: Meeting) -> list[np.ndarray]:
    """Score of every position of every record: `r` arrays, float32 [p, length, 2]."""
    tiles = meeting.tiles
    scores = [
        np.full((len(meeting.rows), int(length), 2), -np.inf, np.float32)
        for length in meeting.records.length
    ]
    for batch in meeting:
        given = (batch.score + batch.log_share[..., None]).cpu().numpy()
        for place, tile in enumerate(batch.tiles):
            first, last = int(tiles.owned_start[tile]), int(tiles.owned_end[tile])
            start = int(tiles.start[tile])
            track = scores[int(tiles.record[tile])][:, first:last]
            np.logaddexp(track, given[:, place, first - start : last - start], out=track)
    return scores


def reduce_positions(position: Tensor, owned: Tensor, log_share: Tensor) -> tuple[Tensor, ...]:
    """Score, best position score, its index and its strand of every tile.

    Ties go to `+`, then to the leftmost position.

    Args:
        position: float [p, s, n, 2], scores of each position and strand.
        owned: bool [s, n], the positions that count.
        log_share: float [s, n], log of the share of each position (0, or log 1/2).

    Returns:
        Float [p, s], float [p, s], int64 [p, s], int64 [p, s].
    """
    counted = position.masked_fill(~owned[..., None], -torch.inf)
    score = (counted + log_share[..., None]).flatten(2).logsumexp(-1)
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


def _whole_positions(
    tiles: Tiles, batch: TilePositions, limit: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Protein, record, place, strand and score of the sites that a tile gives alone."""
    # NaN is no site at any threshold.
    counted = batch.score.masked_fill(~(batch.owned & (batch.log_share == 0))[..., None], np.nan)
    score = counted.cpu().numpy()
    protein, place, offset, strand = np.nonzero(score >= limit[:, None, None, None])
    tile = batch.tiles[place]
    at = offset + tiles.start[tile]
    return protein, tiles.record[tile], at, strand, score[protein, place, offset, strand]


def _keep_halves(tiles: Tiles, batch: TilePositions, halves: np.ndarray) -> None:
    """Note the first and last position of each tile, which its neighbours may share."""
    score = batch.score.cpu().numpy()
    chosen = tiles.take(batch.tiles)
    places = np.arange(len(batch.tiles))
    for edge, at in enumerate((chosen.owned_start, chosen.owned_end - 1)):
        halves[edge][:, batch.tiles] = score[:, places, at - chosen.start]


def _shared_positions(
    tiles: Tiles, halves: np.ndarray, limit: np.ndarray
) -> tuple[np.ndarray, ...]:
    """The sites half-way between two tiles, to which each gives half."""
    before = np.flatnonzero(tiles.shared & 2)
    last, first = halves[1][:, before], halves[0][:, before + 1]
    score = np.logaddexp(last, first) + np.float32(np.log(0.5))
    protein, place, strand = np.nonzero(score >= limit[:, None, None])
    tile = before[place]
    at = tiles.owned_end[tile] - 1
    return protein, tiles.record[tile], at, strand, score[protein, place, strand]


def widen_each(
    meeting: Meeting, protein: np.ndarray, record: np.ndarray, at: np.ndarray, strand: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Widen `k` middle bases to sites: int64 [k] each."""
    owner = record if meeting.paired else protein
    start, end = np.empty_like(at), np.empty_like(at)
    for row in np.unique(owner):
        mine = np.flatnonzero(owner == row)
        state = meeting.state[int(row) : int(row) + 1]
        records = meeting.records.take(record[mine])
        ends = widen(records, state, at[None, mine], strand[None, mine])
        start[mine], end[mine] = (values[0] for values in ends)
    return start, end


@torch.inference_mode()
def widen(
    records: DNARecords,
    state: ProteinState,
    at: np.ndarray,
    strand: np.ndarray,
    *,
    paired: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Widen middle bases to the sites around them.

    Args:
        records: `r` records; state: of `p` proteins.
        at, strand: int64 [p, r]; `paired`: [r, 1], of protein `i` on record `i`.

    Returns:
        Starts and ends, int64, the shape of `at`.
    """
    width = state.motifs.log_odds.shape[2]
    starts = at - width // 2
    windows = (
        records.windows(starts.T, width).swapaxes(0, 1)
        if paired
        else (records.windows(starts, width))
    )
    device = state.bias.device
    spans = site_spans(
        torch.from_numpy(windows).to(device), torch.from_numpy(strand).to(device), state.motifs
    )
    sites = at[..., None] + spans.cpu().numpy()
    length = records.length[:, None] if paired else records.length
    # A short record may lie beside the columns that carry information: keep one base of it.
    start = np.minimum(sites[..., 0].clip(min=0), length - 1)
    return start, np.minimum(sites[..., 1].clip(min=1), length)
