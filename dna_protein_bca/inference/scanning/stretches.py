"""A genome's tiles, a stretch at a time: what is held does not grow with contigs or their number.

A contig's tiles are those that `predict` scores when the contig is a record (see `tiling`),
wherever a stretch begins and whatever is reported of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from dna_protein_bca.inference.dna_records import SHORTEST, DNARecords
from dna_protein_bca.inference.tiling import TileGrid, Tiles
from dna_protein_bca.io.genome import Contigs
from dna_protein_bca.io.shards import WHOLE, Shard
from dna_protein_bca.io.tokenizers import DNATokenizer

from .coordinates import Coordinates, Spans

HELD = 1 << 22
"""Scores that are held at once: the positions of a stretch x the proteins that meet it together."""

FEWEST, MOST = 1 << 17, 1 << 19
"""Positions of a stretch; fewer would leave a GPU idle, more would gain nothing."""

BEYOND = 1 << 62
"""A common coordinate after all contigs."""

_N = DNATokenizer.symbols.index("N")


class Piece(NamedTuple):
    """Some tiles of a contig, `first`..`last`, and the positions whose scores they give."""

    contig: int
    first: int
    last: int
    begin: int
    end: int


class Stretch(NamedTuple):
    """Pieces whose DNA was read, and that are scored together.

    Attributes:
        records: a record a piece, with the coordinates of its contig.
        tiles: theirs, without those that lie in runs of N.
        place: int64 [t], what is added to a tile's positions to find their place among `size`.
        at: int64 [k], common coordinate of the first position of each piece.
        first: int64 [k], the place of that position.
        size: positions of all pieces.
        begin: common coordinate from which on positions follow in the next stretch.
    """

    records: DNARecords
    tiles: Tiles
    place: np.ndarray
    at: np.ndarray
    first: np.ndarray
    size: int
    begin: int

    def coordinate(self, place: np.ndarray) -> np.ndarray:
        """Common coordinates of places: int64, the shape of `place`."""
        piece = self.piece(place)
        return self.at[piece] + place - self.first[piece]

    def piece(self, place: np.ndarray) -> np.ndarray:
        """The piece of each place: int64, the shape of `place`."""
        return np.searchsorted(self.first, place, side="right") - 1


def stretches(
    contigs: Contigs,
    coordinates: Coordinates,
    spans: Spans | None,
    *,
    proteins: int,
    tile: int,
    margin: int,
    shard: Shard = WHOLE,
) -> Iterator[Stretch]:
    """Read a genome in its order.

    Args:
        spans: what is reported; None for everything.
        proteins: how many meet a stretch together.
        tile: the model's window, in bp.
        margin: bp by which a site may lie beside its position, and which are read around a piece.
        shard: which of the stretches are read.

    Raises:
        InputError: see `Genome.fetch`.
    """
    most = min(max(HELD // proteins, FEWEST), MOST)

    def groups() -> Iterator[tuple[list[Piece], int]]:
        return _groups(_pieces(coordinates, spans, tile, margin, most // 2), coordinates, most)

    first, end = 0, None
    if shard.count > 1:
        # Counted, not held: a genome may have millions of contigs.
        first, end = shard.span(sum(1 for _ in groups()))
    total = int(coordinates.offset[-1] + coordinates.length[-1])
    for pieces, begin in islice(groups(), first, end):
        yield _read(pieces, contigs, coordinates, tile, margin, min(begin, total + margin))


def _groups(
    pieces: Iterable[Piece], coordinates: Coordinates, most: int
) -> Iterator[tuple[list[Piece], int]]:
    """Pieces of `most` positions together, and the common coordinate at which the next ones begin.

    After the last of them that is beyond all contigs.
    """
    group: list[Piece] = []
    held = 0
    for piece in pieces:
        size = piece.end - piece.begin
        if group and held + size > most:
            yield group, int(coordinates.offset[piece.contig]) + piece.begin
            group, held = [], 0
        group.append(piece)
        held += size
    if group:
        yield group, BEYOND


def _pieces(
    coordinates: Coordinates, spans: Spans | None, tile: int, margin: int, size: int
) -> Iterator[Piece]:
    """The tiles that are scored, in order, in pieces of about `size` positions at most."""
    most = max(1, size // (tile // 4 * 2))
    for contig, length in enumerate(coordinates.length.tolist()):
        if length < SHORTEST:
            continue
        grid = TileGrid(length, tile)
        ranges: Iterable[tuple[int, int]] = [(0, grid.count)]
        if spans is not None:
            ranges = _touched(grid, int(coordinates.offset[contig]), spans, margin)
        for begin, end in ranges:
            cuts = [*range(begin, end, most), end]
            for first, last in pairwise(cuts):
                yield Piece(contig, first, last, grid.begin(first), grid.begin(last))


def _touched(grid: TileGrid, offset: int, spans: Spans, margin: int) -> Iterator[tuple[int, int]]:
    """Ranges of tiles whose positions may give a site within a span of their contig."""
    low, high = np.searchsorted(spans.start, (offset, offset + grid.length))
    first = last = 0
    for start, end in zip(
        (spans.start[low:high] - offset).tolist(),
        (spans.end[low:high] - offset).tolist(),
        strict=True,
    ):
        begin, stop = grid.owner(start - margin), grid.owner(end - 1 + margin) + 1
        if begin > last:
            if last:
                yield first, last
            first = begin
        last = max(last, stop)
    if last:
        yield first, last


def _read(
    pieces: list[Piece],
    contigs: Contigs,
    coordinates: Coordinates,
    tile: int,
    margin: int,
    begin: int,
) -> Stretch:
    """Read the DNA of pieces, and lay them out."""
    texts, starts, parts = [], [], []
    for piece in pieces:
        length = int(coordinates.length[piece.contig])
        rows = TileGrid(length, tile).stretch(piece.first, piece.last)
        start = max(0, int(rows[0, 0]) - margin)
        end = min(length, int(rows[-1, 1]) + margin)
        texts.append(contigs.fetch(coordinates.names[piece.contig], start, end))
        starts.append(start)
        parts.append(rows)
    contig = np.array([piece.contig for piece in pieces])
    record = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    tiles = Tiles(record, *np.concatenate(parts).T)
    records = DNARecords.from_sequences(texts)
    records = records._replace(start=records.start - starts, length=coordinates.length[contig])
    tiles = tiles.take(_worth_scoring(records, tiles))
    size = np.array([piece.end - piece.begin for piece in pieces])
    first = np.cumsum(size) - size
    position = np.array([piece.begin for piece in pieces])
    return Stretch(
        records,
        tiles,
        (first - position)[tiles.record],
        coordinates.offset[contig] + position,
        first,
        int(size.sum()),
        begin,
    )


def _worth_scoring(records: DNARecords, tiles: Tiles) -> np.ndarray:
    """Rows of the tiles that are not all N, and of those beside them, which share positions."""
    unknown = records.ids == _N
    if not unknown.any():
        return np.arange(len(tiles.record))
    known = np.concatenate(([0], np.cumsum(~unknown)))
    shift = records.start[tiles.record]
    some = known[tiles.end + shift] > known[tiles.start + shift]
    beside = np.zeros(len(some), bool)
    alike = tiles.record[1:] == tiles.record[:-1]
    beside[1:] |= some[:-1] & alike
    beside[:-1] |= some[1:] & alike
    return np.flatnonzero(some | beside)
