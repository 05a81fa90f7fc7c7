"""Encoded proteins against DNA records: one stream of position scores, tile by tile.

`Scorer.positions` runs the model; what becomes of its scores is for `reducers`: the score of a
pair and its best site, all sites above a threshold, or the whole track.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.states import ProteinState

from .batches import in_order
from .dna_records import DNARecords
from .tiling import Tiles, owned_positions, tile_records

CPU_POSITIONS = 1 << 15
"""Positions (proteins x tiles x bp) in a batch on a CPU, where more fall out of the caches."""

GPU_POSITIONS = 1 << 20
"""The same on a GPU, where fewer leave it idle."""

DENSE = 8
"""Pairs a protein in a table from which on its DNA goes through the model together."""

_DNA = DNATokenizer()


class ProteinBlock(NamedTuple):
    """A few encoded proteins that meet DNA together.

    Attributes:
        rows: int64 [p], which proteins of the input they are.
        state: what the model keeps of them.
    """

    rows: np.ndarray
    state: ProteinState


class TilePositions(NamedTuple):
    """Scores of every position of a batch of tiles.

    Attributes:
        tiles: int64 [s], which of the tiles of their `Meeting`.
        score: float32 [p, s, n, 2], of each base as the middle of a site, on `+` and on `-`.
        match: float32 [p, s, n, 2], the part of it that the motifs alone give, not yet scaled.
        owned: bool [s, n], the positions whose score the tile gives.
        log_share: float32 [s, n], log of the share of each position that the tile gives: 0, or
            log 1/2 where it lies half-way between the middles of two tiles.
    """

    tiles: np.ndarray
    score: Tensor
    match: Tensor
    owned: Tensor
    log_share: Tensor


@dataclass(frozen=True)
class Meeting:
    """Proteins and records that meet, and where their answers stand in the table of all.

    Iterate over it for the position scores of its tiles, the longest tiles first.

    Attributes:
        rows: int64 [p], columns: int64 [r], of the table of answers.
        records: `r` records, all scorable.
        tiles: their tiles.
        state: of `p` proteins. Where `paired` it is of `r` proteins, protein `i` meets record `i`
            alone, and there is one row of answers.
    """

    scorer: Scorer
    rows: np.ndarray
    columns: np.ndarray
    records: DNARecords
    tiles: Tiles
    state: ProteinState
    paired: bool = False

    def __iter__(self) -> Iterator[TilePositions]:
        batches = self.scorer.batches(self.tiles, len(self.rows))
        return in_order(partial(self.scorer.run, self), batches, self.scorer.threads)

    def one_by_one(self) -> Iterator[TilePositions]:
        """The same, each batch computed when it is asked for."""
        for tiles in self.scorer.batches(self.tiles, len(self.rows)):
            yield self.scorer.run(self, tiles)


class Scorer:
    """Runs a model over DNA in batches of tiles of similar length.

    Args:
        model: in evaluation mode, on the device where it is to run.
        batch_size: tiles at once, or `auto`: as many as make a batch of a fixed size.
        precision: `float32`, `bfloat16` or `float16`; `auto` is float32.
    """

    def __init__(
        self, model: BindingModel, batch_size: int | str = "auto", precision: str = "auto"
    ) -> None:
        self.model = model
        self.device = next(model.parameters()).device
        self.batch_size = batch_size
        self.dtype = None if precision in ("auto", "float32") else getattr(torch, precision)

    @property
    def threads(self) -> int:
        """How many batches are computed at once: on a CPU one for each thread of torch."""
        return torch.get_num_threads() if self.device.type == "cpu" else 1

    def autocast(self) -> AbstractContextManager:
        """The arithmetic of the chosen precision."""
        if self.dtype is None:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def positions(
        self,
        records: DNARecords,
        proteins: Sequence[ProteinBlock],
        pairs: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Iterator[Meeting]:
        """The position scores of the tiles of every scorable record, for every protein.

        Args:
            records: `r` records; those that cannot be scored are passed over.
            proteins: blocks of encoded proteins.
            pairs: rows of proteins and of records, int64 [q] each: only these meet, and the table
                of answers has one row and a column a pair.
        """
        if pairs is None:
            columns = np.flatnonzero(records.scorable)
            if len(columns):
                chosen = records.take(columns)
                tiles = tile_records(chosen.length, self.model.config.tile)
                for block in proteins:
                    yield Meeting(self, block.rows, columns, chosen, tiles, block.state)
            return
        for block in proteins:
            yield from self._pairs(records, block, *pairs)

    def _pairs(
        self, records: DNARecords, block: ProteinBlock, protein: np.ndarray, record: np.ndarray
    ) -> Iterator[Meeting]:
        """The pairs of a block's proteins: a protein at a time where each has many."""
        place = np.full(max(block.rows.max(), protein.max(initial=0)) + 1, -1)
        place[block.rows] = np.arange(len(block.rows))
        index = place[protein]
        columns = np.flatnonzero((index >= 0) & records.scorable[record])
        present, counts = np.unique(index[columns], return_counts=True)
        if not len(columns):
            return
        if len(columns) < DENSE * len(present):
            groups = [columns]
            states = [block.state[torch.from_numpy(index[columns]).to(self.device)]]
        else:
            order = columns[np.argsort(index[columns], kind="stable")]
            groups = np.split(order, np.cumsum(counts)[:-1])
            states = [block.state[int(row) : int(row) + 1] for row in present]
        for group, state in zip(groups, states, strict=True):
            chosen = records.take(record[group])
            tiles = tile_records(chosen.length, self.model.config.tile)
            paired = len(state) == len(group) > 1
            yield Meeting(self, np.zeros(1, np.int64), group, chosen, tiles, state, paired)

    def batches(self, tiles: Tiles, proteins: int) -> Iterator[np.ndarray]:
        """Tiles of similar length, the longest first, so that memory peaks at once."""
        length = tiles.end - tiles.start
        order = np.argsort(-length, kind="stable")
        budget = CPU_POSITIONS if self.device.type == "cpu" else GPU_POSITIONS
        first = 0
        while first < len(order):
            if isinstance(self.batch_size, int):
                size = self.batch_size
            else:
                size = max(1, budget // (proteins * int(length[order[first]])))
            yield order[first : first + size]
            first += size

    @torch.inference_mode()
    def run(self, meeting: Meeting, rows: np.ndarray) -> TilePositions:
        """Position scores of some of the tiles of a meeting."""
        tiles = meeting.tiles.take(rows)
        width = int((tiles.end - tiles.start).max())
        array = meeting.records.take(tiles.record).windows(tiles.start, width, tiles.end)
        ids, owned, log_share = (
            torch.from_numpy(values).to(self.device)
            for values in (array, *owned_positions(tiles, width))
        )
        state = meeting.state
        if meeting.paired:
            state = state[torch.from_numpy(tiles.record).to(self.device)]
        # Every protein meets the same DNA, or each its own.
        ids = ids[:, None] if meeting.paired else ids[None]
        with self.autocast():
            scores = self.model(ids, ids != _DNA.pad_id, state)
        score, match = (
            values.transpose(0, 1) if meeting.paired else values
            for values in (scores.position, scores.match)
        )
        return TilePositions(rows, score.float(), match.float(), owned, log_share)
