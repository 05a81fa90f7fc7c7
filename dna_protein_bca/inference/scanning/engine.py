"""Proteins along a genome: hits as they are found, in their final order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from dna_protein_bca.inference.background import Background
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import widen_each
from dna_protein_bca.inference.scoring import Meeting, Scorer
from dna_protein_bca.io.genome import Contigs
from dna_protein_bca.io.intervals.bed import Regions
from dna_protein_bca.io.intervals.regions import merge
from dna_protein_bca.io.shards import WHOLE, Shard

from .coordinates import Coordinates, Spans
from .hits import Arranger, Hits, q_values_of_each
from .strands import Strands, better_strands
from .stretches import Stretch, stretches


class Track(Protocol):
    """Where values along contigs go."""

    def write(self, contig: str, start: int, values: np.ndarray) -> None:
        """Append values of consecutive positions, NaN for none."""


class Scan:
    """One scan; iterate over it for hits.

    Args:
        scorer: holds the model.
        encoded: the proteins.
        backgrounds: theirs, None where a protein is left out.
        contigs: the genome.
        regions: keep only sites that lie within these (from `place_regions`), or within several
            that overlap or touch; None for all sites.
        max_p: the highest p-value of a hit.
        overlaps: see `Arranger`.
        keep: remember what `q_values` needs.
        tracks: row of a protein -> where -log10 of the p-values of its positions are written.
        progress: is called with the number of positions that were scored.
        shard: which of the stretches are scored.

    Attributes:
        coordinates: the common coordinate of all contigs, in which hits are given.
        scored: int64 [c], the positions that were scored in each contig so far.
    """

    def __init__(
        self,
        scorer: Scorer,
        encoded: EncodedProteins,
        backgrounds: Sequence[Background | None],
        contigs: Contigs,
        regions: Regions | None = None,
        *,
        max_p: float = 1e-4,
        overlaps: bool = True,
        keep: bool = False,
        tracks: Mapping[int, Track] | None = None,
        progress: Callable[[int], object] | None = None,
        shard: Shard = WHOLE,
    ) -> None:
        self._shard = shard
        self._scorer, self._encoded, self._contigs = scorer, encoded, contigs
        self._backgrounds, self._max_p, self._overlaps = backgrounds, max_p, overlaps
        self._tracks, self._progress = tracks or {}, progress
        self.coordinates = Coordinates(contigs.lengths)
        self._spans: Spans | None = None
        if regions is not None:
            offset = self.coordinates.offset[regions.chrom]
            self._spans = Spans(*merge(regions.start + offset, regions.end + offset))
        self._limits = np.array(
            [np.inf if b is None else b.site_threshold(max_p) for b in backgrounds]
        )
        self.scored = np.zeros(len(contigs.lengths), np.int64)
        self._passing: list[Hits] | None = [] if keep else None

    def __iter__(self) -> Iterator[Hits]:
        """Hits in order, each site once.

        Raises:
            InputError: see `Genome.fetch`.
        """
        arranger = Arranger(self._overlaps)
        for hits, until in self.found():
            if self._passing is not None:
                self._passing.append(hits)
            yield arranger.add(hits, until)

    def found(self) -> Iterator[tuple[Hits, int]]:
        """The hits of one stretch after another, as an `Arranger` takes them.

        Raises:
            InputError: see `Genome.fetch`.
        """
        blocks = self._encoded.blocks
        width = max(block.state.motifs.log_odds.shape[2] for block in blocks)
        for stretch in stretches(
            self._contigs,
            self.coordinates,
            self._spans,
            proteins=max(len(block.rows) for block in blocks),
            tile=self._scorer.model.config.tile,
            margin=width,
            shard=self._shard,
        ):
            yield self._score(stretch), stretch.begin - width
            if self._progress is not None:
                self._progress(stretch.size)

    def q_values(self, hits: Hits) -> np.ndarray:
        """Q-values of hits, for each protein over all positions that were scored: float64 [k]."""
        return q_values_of_each(hits, Hits.join(self._passing or []), int(self.scored.sum()))

    def unscored(self) -> list[str]:
        """The contigs, with regions of them alone where regions are given, without any score."""
        none = self.scored == 0
        if self._spans is not None:
            present = np.zeros(len(none), bool)
            present[self.coordinates.contig(self._spans.start)] = True
            none &= present
        names: list[str] = self.coordinates.names[none].tolist()
        return names

    def _score(self, stretch: Stretch) -> Hits:
        """The hits of a stretch, in no order; writes its tracks."""
        wanted = self._wanted(stretch)
        columns = np.arange(len(stretch.first))
        parts = []
        for number, block in enumerate(self._encoded.blocks):
            meeting = Meeting(
                self._scorer, block.rows, columns, stretch.records, stretch.tiles, block.state
            )
            strands = better_strands(meeting, stretch.place, stretch.size)
            if not number:
                self._count(stretch, strands, wanted)
            parts.append(self._hits(stretch, meeting, strands))
            self._write_tracks(stretch, block.rows, strands, wanted)
        return Hits.join(parts)

    def _wanted(self, stretch: Stretch) -> np.ndarray | None:
        """The positions that are reported, bool [size]; None for all."""
        if self._spans is None:
            return None
        at = stretch.coordinate(np.arange(stretch.size))
        return self._spans.hold(at, at + 1)

    def _count(self, stretch: Stretch, strands: Strands, wanted: np.ndarray | None) -> None:
        """Count the positions that were scored in each contig."""
        scored = ~np.isnan(strands.score[0])
        if wanted is not None:
            scored &= wanted
        counts = np.add.reduceat(scored, stretch.first, dtype=np.int64)
        np.add.at(self.scored, self.coordinates.contig(stretch.at), counts)

    def _hits(self, stretch: Stretch, meeting: Meeting, strands: Strands) -> Hits:
        """The positions whose p-value is low enough, as sites."""
        # A threshold rounded up would lose hits; those that are too high are sorted out below.
        limit = np.nextafter(self._limits[meeting.rows].astype(np.float32), np.float32(-np.inf))
        row, place = np.nonzero(strands.score >= limit[:, None])
        score, minus = strands.score[row, place], strands.minus[row, place]
        return self._sites(stretch, meeting, row, place, score, minus)

    def _sites(
        self,
        stretch: Stretch,
        meeting: Meeting,
        row: np.ndarray,
        place: np.ndarray,
        score: np.ndarray,
        minus: np.ndarray,
    ) -> Hits:
        """Of `k` positions those whose p-value is low enough, as sites.

        Args:
            row, place: int64 [k], of the meeting's proteins, and in the stretch.
            score: float32 [k]; minus: bool [k], of the better strand.
        """
        p = np.ones(len(score))
        for number in np.unique(row):
            background = self._backgrounds[meeting.rows[number]]
            if background is not None:
                p[row == number] = background.site_p(score[row == number])
        low = (p <= self._max_p) & (self._limits[meeting.rows] < np.inf)[row]
        row, place, score, minus, p = row[low], place[low], score[low], minus[low], p[low]
        at = stretch.coordinate(place)
        offset = self.coordinates.offset[self.coordinates.contig(at)]
        piece = stretch.piece(place)
        start, end = widen_each(meeting, row, piece, at - offset, minus.astype(np.int64))
        hits = Hits(meeting.rows[row], start + offset, end + offset, minus, score, p)
        return hits if self._spans is None else hits.take(self._spans.hold(hits.start, hits.end))

    def _write_tracks(
        self, stretch: Stretch, rows: np.ndarray, strands: Strands, wanted: np.ndarray | None
    ) -> None:
        contigs = self.coordinates.contig(stretch.at)
        starts = stretch.at - self.coordinates.offset[contigs]
        for number, row in enumerate(rows.tolist()):
            background = self._backgrounds[row]
            if row not in self._tracks or background is None:
                continue
            value = -np.log10(background.site_p(strands.score[number]))
            if wanted is not None:
                value[~wanted] = np.nan
            parts = np.split(value, stretch.first[1:])
            for contig, start, part in zip(contigs, starts.tolist(), parts, strict=True):
                self._tracks[row].write(self.coordinates.names[contig], start, part)
