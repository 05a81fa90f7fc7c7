"""Simulate how background DNA scores with a protein."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .dna import BackgroundDNA
from .members import Member
from .pool import draw_pool, read_pool
from .short import FROM_TILES, LENGTHS, read_curve, short_curve
from .sums import sum_curves
from .table import Background
from .tiles import places, tile_curves

SEED = 20
"""Of all that is drawn: every protein meets the same background DNA."""

BLOCKS = (0, 1, 3, 5, 13, 29, 61, 154, 1_536, 15_360, 163_840)
"""Blocks between the ends of long records. With 128-bp tiles, these are 192 bp to 10 Mbp."""


def build(members: Sequence[Member], dna: BackgroundDNA) -> Background:
    """The background of one protein, by the mean score of all members."""
    tile = members[0].scorer.model.config.tile
    lengths = [length for length in LENGTHS if length < tile]
    rng = np.random.default_rng(SEED)
    independent = dna.independent()
    pool = draw_pool(members, independent, rng)
    cuts = [length for length in lengths if length >= FROM_TILES]
    tiles = tile_curves(members, independent, pool, rng, cuts=cuts)
    short = [
        short_curve(members, independent, length, pool.planted, tiles.tail, rng)
        for length in lengths
        if length < FROM_TILES
    ]
    short += tiles.cuts
    if dna.of_file:
        place = places(tile, pool.windows.shape[1])
        pool = read_pool(members, dna, place, pool.planted, rng)
        tiles = tile_curves(members, dna, pool, rng, tiles)
        pairs = zip(lengths, short, strict=True)
        short = [read_curve(members, dna, length, further, rng) for length, further in pairs]
    long = sum_curves(tiles.block, tiles.end, BLOCKS)
    step = tile // 4 * 2
    lengths += [tile + step + step * blocks for blocks in BLOCKS]
    records = tuple(curve.table() for curve in (*short, *long))
    return Background(dna.name, tiles.site.table(), np.array(lengths), records)
