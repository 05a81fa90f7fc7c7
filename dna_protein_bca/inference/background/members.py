"""Run the model over simulated DNA: the mean of all members' scores, and of what motifs say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.reducers import reduce_positions
from dna_protein_bca.inference.scoring import ProteinBlock, Scorer
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.model.matching import MotifSet, match_middle

WINDOWS = 2048
"""Windows at a time, which stay in a CPU's caches."""

_DNA = DNATokenizer()


class Member(NamedTuple):
    """A model, and what it keeps of one protein."""

    scorer: Scorer
    block: ProteinBlock


class Simulated(NamedTuple):
    """Scores of `n` records of one tile at most, float32.

    Attributes:
        record: [n], their scores.
        site: [n, length, 2], position scores.
        match: [n, length, 2], the part of them that the motifs alone give.
    """

    record: np.ndarray
    site: np.ndarray
    match: np.ndarray


def simulate(members: Sequence[Member], bases: np.ndarray) -> Simulated:
    """Score records, as `predict` does.

    Args:
        bases: uint8 [n, length], 0 to 3.
    """
    count, length = bases.shape
    records = DNARecords(
        np.ascontiguousarray(bases).ravel(),
        np.arange(count) * length,
        np.full(count, length, np.int64),
        np.ones(count, bool),
    )
    record = np.zeros(count, np.float32)
    both = np.zeros((2, count, length, 2), np.float32)
    for scorer, block in members:
        scale = scorer.model.config.matching.scale
        for meeting in scorer.positions(records, [block]):
            for batch in meeting:
                score, *_ = reduce_positions(batch.score, batch.owned, batch.log_share)
                record[batch.tiles] += score[0].cpu().numpy()
                both[0, batch.tiles] += batch.score[0].cpu().numpy()
                both[1, batch.tiles] += scale * batch.match[0].cpu().numpy()
    both /= len(members)
    return Simulated(record / len(members), *both)


def window_width(members: Sequence[Member]) -> int:
    """Bases around a middle base, itself included, that the motifs of all members read there."""
    return max(_width(member) for member in members)


@torch.inference_mode()
def middle_match(members: Sequence[Member], windows: np.ndarray) -> np.ndarray:
    """What the motifs say of the middle base of windows, on both strands: float32 [n, 2].

    Args:
        windows: uint8 [n, `window_width`], 0 to 3.
    """
    total = np.zeros((len(windows), 2), np.float32)
    table = _DNA.base_probabilities
    for member in members:
        config = member.scorer.model.config.matching
        motifs: MotifSet = member.block.state.motifs
        aside = (windows.shape[1] - _width(member)) // 2
        inner = windows[:, aside : windows.shape[1] - aside]
        for first in range(0, len(windows), WINDOWS):
            ids = torch.from_numpy(inner[first : first + WINDOWS].astype(np.int64))
            bases = table[ids][None].to(motifs.log_odds)
            fit = match_middle(bases, motifs, config.pooling_radius, config.inverse_temperature)
            total[first : first + WINDOWS] += config.scale * fit[0].cpu().numpy()
    return total / len(members)


def _width(member: Member) -> int:
    motifs = member.block.state.motifs
    return motifs.log_odds.shape[2] + 2 * member.scorer.model.config.matching.pooling_radius
