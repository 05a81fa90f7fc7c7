"""The best log-odds of many motifs on many DNAs at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import MIN_OVERLAP, log_odds

CHUNK = 256
"""DNA records that are scanned at once."""

_DNA = DNATokenizer()


def best_odds(motifs: Sequence[np.ndarray], dna: Sequence[str]) -> np.ndarray:
    """`score_motif` of many motifs on many DNAs.

    Args:
        motifs: base probabilities, [width, 4] each.
        dna: sequences of any lengths.

    Returns:
        float32 [motifs, dna]: the best log-odds over both strands and all offsets with at least
        five overlapping columns; -inf for DNA that is too short.
    """
    best = np.full((len(motifs), len(dna)), -np.inf, dtype=np.float32)
    by_width: dict[int, list[int]] = defaultdict(list)
    for row, motif in enumerate(motifs):
        by_width[len(motif)].append(row)
    filters = {}
    for width, rows in by_width.items():
        odds = torch.from_numpy(np.stack([log_odds(motifs[row]) for row in rows]))
        filters[width] = torch.cat((odds, odds.flip(1, 2))).transpose(1, 2).contiguous()
    weights = _DNA.base_probabilities.float().clone()
    weights[_DNA.symbols.index("N")] = 0
    order = np.argsort([len(sequence) for sequence in dna], kind="stable")
    for first in range(0, len(order), CHUNK):
        columns = order[first : first + CHUNK]
        ids, mask = _DNA.encode([dna[column] for column in columns])
        bases = (weights[ids.long()] * mask[..., None]).transpose(1, 2)
        for width, rows in by_width.items():
            odds = _best_of_width(bases, mask.sum(1), filters[width])
            best[np.ix_(np.array(rows), columns)] = odds.T.numpy()
    return best


@torch.inference_mode()
def _best_of_width(
    bases: torch.Tensor, length: torch.Tensor, filters: torch.Tensor
) -> torch.Tensor:
    """Best log-odds of motifs of the same width.

    Args:
        bases: float [d, 4, n], base probabilities; 0 where there is no DNA, and for N.
        length: int [d], of each DNA in bp.
        filters: float [2 m, 4, width], log-odds of the motifs, then of their other strands.

    Returns:
        float [d, m].
    """
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
