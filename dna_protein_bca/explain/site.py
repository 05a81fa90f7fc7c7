"""The best position of a DNA, the tile that gives its score, and the motifs that speak there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import TIE, tracks
from dna_protein_bca.inference.scoring import Scorer
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.matching import motif_shares, only_heavy
from dna_protein_bca.model.states import ProteinState


class BestPosition(NamedTuple):
    """Where a protein binds best on one DNA.

    Attributes:
        track: float32 [L, 2], the score of each base and strand.
        at, strand: the middle base of the best site, 0-based; 0 for `+`, 1 for `-`.
        start: of the tile that gives its score, in the record.
        ids: uint8 [n], the tile, in ids of `DNATokenizer`.
    """

    track: np.ndarray
    at: int
    strand: int
    start: int
    ids: Tensor


def best_position(scorer: Scorer, encoded: EncodedProteins, dna: str) -> BestPosition:
    """The best position of one protein on one DNA; of equals that on `+`, then the leftmost."""
    records = DNARecords.from_sequences([dna])
    (meeting,) = scorer.positions(records, encoded.blocks)
    track = tracks(meeting)[0][0]
    by_strand = track.T.reshape(-1)
    strand, at = divmod(int((by_strand >= by_strand.max() - TIE).argmax()), len(track))
    tiles = meeting.tiles
    tile = int(np.flatnonzero((tiles.owned_start <= at) & (at < tiles.owned_end))[0])
    start, end = int(tiles.start[tile]), int(tiles.end[tile])
    ids = torch.from_numpy(records.ids[start:end]).to(scorer.device)
    return BestPosition(track, at, strand, start, ids)


@torch.inference_mode()
def shares_at_site(model: BindingModel, state: ProteinState, best: BestPosition) -> Tensor:
    """The part of each motif of one protein in the match at its best position: float [k].

    It is 0 of those that are too light to be read.
    """
    matching = model.config.matching
    mask = torch.ones_like(best.ids, dtype=torch.bool)[None, None]
    bases = model.joint.dna.bases(best.ids[None, None], mask)
    motifs = only_heavy(state.every, matching.kept, matching.inverse_temperature)
    shares = motif_shares(
        bases, mask, motifs, matching.pooling_radius, matching.inverse_temperature
    )
    return shares[0, 0, best.at - best.start, best.strand]
