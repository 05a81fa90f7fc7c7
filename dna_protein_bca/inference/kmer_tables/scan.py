"""Proteins along a genome by their tables: what may be a site is looked at with the motifs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import TIE
from dna_protein_bca.inference.scanning.engine import Scan
from dna_protein_bca.inference.scanning.hits import Hits
from dna_protein_bca.inference.scanning.stretches import Stretch
from dna_protein_bca.inference.scoring import Meeting, ProteinBlock, Scorer
from dna_protein_bca.io.genome import Contigs
from dna_protein_bca.io.intervals.bed import Regions
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.matching import match_middle

from .lookup import Lookup
from .match import LENGTH, heavy
from .table import KmerTable

WINDOWS = 2048
"""Windows that are looked at together, which stay in a CPU's caches."""

_DNA = DNATokenizer()


class FastScan(Scan):
    """A scan that scores with the motifs alone, and only where a table says that it is worth it.

    A position's score is its motifs' match with all that they read there, without the joint
    transformer, whatever contigs and stretches are. Positions less than a k-mer from a contig's end
    may be missed, and so may one in a hundred of the sites that are as good as `max_p` just asks
    for (`table.LOST`).

    Args:
        tables: of the proteins, None where one is left out; the others are those of `Scan`.
    """

    def __init__(
        self,
        scorer: Scorer,
        encoded: EncodedProteins,
        tables: Sequence[KmerTable | None],
        contigs: Contigs,
        regions: Regions | None = None,
        **options: Any,
    ) -> None:
        backgrounds = [None if table is None else table.background() for table in tables]
        super().__init__(scorer, encoded, backgrounds, contigs, regions, **options)
        lost = np.zeros(len(tables))
        for block in encoded.blocks:
            lost[block.rows] = block.state.loss.cpu().numpy()
        self._rows = [row for row, table in enumerate(tables) if table is not None]
        known = [table for table in tables if table is not None]
        # A damaged protein's sites have to be better to score as high.
        scores = [self._limits[row] + lost[row] for row in self._rows]
        self._lookup = Lookup(known, scores)

    def _score(self, stretch: Stretch) -> Hits:
        """The hits of a stretch, in no order."""
        wanted = self._wanted(stretch)
        self._count_tiles(stretch, wanted)
        found = self._places(stretch)
        columns = np.arange(len(stretch.first))
        parts = []
        for block in self._encoded.blocks:
            meeting = Meeting(
                self._scorer, block.rows, columns, stretch.records, stretch.tiles, block.state
            )
            for place, row in enumerate(block.rows.tolist()):
                if row in found:
                    parts.append(self._look(stretch, meeting, block, place, found[row]))
        return Hits.join(parts)

    def _places(self, stretch: Stretch) -> dict[int, np.ndarray]:
        """Row of a protein -> places in the stretch that are worth a look, in order."""
        records = stretch.records
        bases = records.ids & 3
        contig = self.coordinates.contig(stretch.at)
        begin = stretch.at - self.coordinates.offset[contig] + records.start
        size = np.diff(np.append(stretch.first, stretch.size))
        unknown = np.flatnonzero(records.ids > 3)
        places: dict[int, list[np.ndarray]] = {}
        for number, at in self._lookup.find(bases):
            piece = np.searchsorted(begin, at, side="right") - 1
            inside = (piece >= 0) & (at < begin[piece] + size[piece])
            if len(unknown):
                # What is known of the k-mer are not the letters that it was looked up by.
                near = np.searchsorted(unknown, at - LENGTH // 2)
                next_to = unknown[near.clip(max=len(unknown) - 1)]
                inside &= (next_to < at - LENGTH // 2) | (next_to > at + LENGTH // 2)
            at, piece = at[inside], piece[inside]
            places.setdefault(self._rows[number], []).append(
                at - begin[piece] + stretch.first[piece]
            )
        return {row: np.unique(np.concatenate(parts)) for row, parts in places.items()}

    def _look(
        self,
        stretch: Stretch,
        meeting: Meeting,
        block: ProteinBlock,
        number: int,
        place: np.ndarray,
    ) -> Hits:
        """Score some places with one protein, and keep those that are good enough."""
        offset = self.coordinates.offset[self.coordinates.contig(stretch.at)]
        piece = stretch.piece(place)
        at = stretch.coordinate(place) - offset[piece]
        both = self._match(stretch, block, number, piece, at)
        minus = both[:, 1] > both[:, 0] + TIE
        return self._sites(stretch, meeting, np.full(len(place), number), place, both.max(1), minus)

    @torch.inference_mode()
    def _match(
        self,
        stretch: Stretch,
        block: ProteinBlock,
        number: int,
        piece: np.ndarray,
        at: np.ndarray,
    ) -> np.ndarray:
        """The scores of middle bases on both strands, float32 [k, 2]."""
        config = self._scorer.model.config.matching
        state = block.state[number : number + 1]
        motifs = heavy(state.motifs, config.inverse_temperature)
        width = motifs.log_odds.shape[2] + 2 * config.pooling_radius
        table = _DNA.base_probabilities.to(motifs.log_odds)
        parts = [np.empty((0, 2), np.float32)]
        for first in range(0, len(at), WINDOWS):
            part = slice(first, first + WINDOWS)
            records = stretch.records.take(piece[part])
            windows = records.windows(at[part] - width // 2, width)
            bases = table[torch.from_numpy(windows.astype(np.int64)).to(table.device)][None]
            fit = match_middle(bases, motifs, config.pooling_radius, config.inverse_temperature)
            score = config.scale * fit[0] + (state.bias - state.loss)[0]
            parts.append(score.float().cpu().numpy())
        return np.concatenate(parts)

    def _count_tiles(self, stretch: Stretch, wanted: np.ndarray | None) -> None:
        """Count the positions of each contig that the tiles with known bases give."""
        tiles = stretch.tiles
        begin = (tiles.owned_start + stretch.place).clip(0, stretch.size)
        end = (tiles.owned_end + stretch.place).clip(0, stretch.size)
        # Of a position that two tiles share, the second one has none left.
        begin[1:] = np.maximum(begin[1:], end[:-1])
        given = end - begin
        if wanted is not None:
            before = np.concatenate(([0], np.cumsum(wanted)))
            given = before[end] - before[begin]
        counts = np.bincount(tiles.record, given, len(stretch.at)).astype(np.int64)
        np.add.at(self.scored, self.coordinates.contig(stretch.at), counts)
