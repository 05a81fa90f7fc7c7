"""The baselines that need no training, on any DNA: nearest neighbour and twenty relatives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import MIN_OVERLAP, log_odds
from dna_protein_bca.motifs.votes import vote_weights, votes
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.relatives import (
    NEAREST_TIES,
    RELATIVES,
    MeasuredProteins,
    Relative,
)

CHUNK = 256
"""DNA records scanned at once."""

_DNA = DNATokenizer()


def best_odds(motifs: Sequence[np.ndarray], dna: Sequence[str]) -> np.ndarray:
    """`motif_scores.score_motif` of many motifs on many DNAs.

    Args:
        motifs: base probabilities, [width, 4] each.
        dna: sequences of any lengths.

    Returns:
        float32 [motifs, dna]: the best log-odds over both strands and all offsets with at least
        five overlapping columns; -inf for DNA that is too short.
    """
    out = np.full((len(motifs), len(dna)), -np.inf, dtype=np.float32)
    groups: dict[int, list[int]] = defaultdict(list)
    for row, motif in enumerate(motifs):
        groups[len(motif)].append(row)
    filters = {}
    for width, rows in groups.items():
        odds = torch.from_numpy(np.stack([log_odds(motifs[row]) for row in rows]))
        filters[width] = torch.cat((odds, odds.flip(1, 2))).transpose(1, 2).contiguous()
    weights = _DNA.base_probabilities.float().clone()
    weights[_DNA.symbols.index("N")] = 0
    order = np.argsort([len(sequence) for sequence in dna], kind="stable")
    for first in range(0, len(order), CHUNK):
        columns = order[first : first + CHUNK]
        ids, mask = _DNA.encode([dna[column] for column in columns])
        bases = (weights[ids.long()] * mask[..., None]).transpose(1, 2)
        for width, rows in groups.items():
            best = _scan(bases, mask.sum(1), filters[width])
            out[np.ix_(np.array(rows), columns)] = best.T.numpy()
    return out


@torch.inference_mode()
def _scan(bases: torch.Tensor, length: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Best log-odds float [d, m] of motifs of one width; `filters` [2 m, 4, width]."""
    width = filters.shape[2]
    overlap = min(MIN_OVERLAP, width)
    hang = width - overlap
    if bases.shape[2] < overlap:
        return torch.full((len(bases), len(filters) // 2), -torch.inf)
    scores = F.conv1d(F.pad(bases, (hang, hang)), filters)
    offset = torch.arange(scores.shape[2]) - hang
    beyond = (offset[None] > length[:, None] - overlap) | (length[:, None] < overlap)
    best = scores.masked_fill(beyond[:, None], -torch.inf).amax(-1)
    return torch.maximum(*best.chunk(2, dim=1))


class RelativeScores:
    """What the motifs of measured proteins say about some DNA, kept for all queries.

    z is a motif's score standardised over the DNA that is scored.
    """

    def __init__(self, measured: MeasuredProteins, dna: Sequence[str]) -> None:
        self.measured, self.dna = measured, dna
        self._odds: dict[int, np.ndarray] = {}
        self._votes: dict[int, np.ndarray] = {}

    def prepare(self, relatives: Sequence[Relative]) -> None:
        """Scan the DNA with the motifs of these relatives, all at once."""
        rows = sorted({one.row for one in relatives} - self._odds.keys())
        motifs = [(row, motif) for row in rows for motif in self.measured.proteins[row].motifs]
        scores = best_odds([motif for _, motif in motifs], self.dna)
        owner = np.array([row for row, _ in motifs])
        for row in rows:
            found = scores[owner == row].astype(np.float64)
            finite = np.isfinite(found).all(0)
            found[:, ~finite] = found[:, finite].min() if finite.any() else 0.0
            mean, std = found.mean(1, keepdims=True), found.std(1, keepdims=True)
            z = (found - mean) / np.where(std > 1e-6, std, 1.0)
            self._odds[row] = found.mean(0).astype(np.float32)
            self._votes[row] = votes(z).mean(0).astype(np.float32)

    def nearest(self, relatives: Sequence[Relative]) -> np.ndarray:
        """The baseline `nn`, float [dna]; NaN without a relative."""
        top = [one for one in relatives if one.identity == relatives[0].identity][:NEAREST_TIES]
        if not top:
            return np.full(len(self.dna), np.nan)
        return np.mean([self._odds[one.row] for one in top], axis=0)

    def twenty(self, relatives: Sequence[Relative]) -> np.ndarray:
        """The baseline `relatives20`, float [dna]; NaN without a relative."""
        if not relatives:
            return np.full(len(self.dna), np.nan)
        weights = vote_weights([relative.identity for relative in relatives])
        return weights @ np.stack([self._votes[relative.row] for relative in relatives])


def relatives_matrices(
    measured: MeasuredProteins,
    proteins: Sequence[tuple[str, str]],
    dna: Sequence[str],
    threads: int = 0,
) -> dict[str, np.ndarray]:
    """Both baselines for proteins (id, sequence) on DNA: `nn`, `relatives20`, float32 [p, d]."""
    known = []
    for (_, sequence), domains in zip(
        proteins, find_domains(proteins, threads=threads), strict=True
    ):
        near = measured.nearest(domains, sequence, None)
        known.append([one for one in near if measured.proteins[one.row].motifs][:RELATIVES])
    scores = RelativeScores(measured, dna)
    scores.prepare([one for ones in known for one in ones])
    return {
        "nn": np.stack([scores.nearest(ones) for ones in known]).astype(np.float32),
        "relatives20": np.stack([scores.twenty(ones) for ones in known]).astype(np.float32),
    }
