"""What one motif says: log-odds, information, and how well it fits DNA, k-mers or another motif.

The definitions are those of the data set of binding specificities: the best log-odds over both
strands and all offsets with at least five overlapping columns, base probabilities clipped to 0.001
against a background of 0.25.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .kmers import BASES, canonical_codes, one_hot_kmers

MIN_OVERLAP = 5
"""Columns of a motif that must lie on the DNA; all of them for a motif of fewer."""

CLIP = 0.001
BACKGROUND = 0.25

SCORE_DECIMALS = 4
"""Decimals to which a k-mer's score is rounded: coarser than the error of float32, and finer than
any difference that matters."""

_IUPAC = ("A", "C", "G", "T", "AG", "CT", "CG", "AT", "GT", "AC", "CGT", "AGT", "ACT", "ACG")
"""The bases of each id of `DNATokenizer` before N; N, mask and padding say nothing of the base."""


class KmerScale(NamedTuple):
    """Mean and standard deviation of a motif's score over all k-mers: z = (score - mean) / std."""

    mean: float
    std: float


def log_odds(matrix: np.ndarray) -> np.ndarray:
    """Natural log of base probabilities over the background: [width, 4] -> float32 [width, 4]."""
    return np.log(np.maximum(np.asarray(matrix, dtype=np.float32), CLIP) / BACKGROUND)


def column_information(motif: np.ndarray) -> np.ndarray:
    """Bits of information of each column: float [width] of base probabilities [width, 4]."""
    bits: np.ndarray = 2 + (motif * np.log2(motif.clip(1e-6))).sum(1)
    return bits


def trim_to_width(motif: np.ndarray, width: int) -> np.ndarray:
    """The `width` consecutive columns that carry most information, of probabilities [w, 4].

    A motif of `width` columns or fewer is returned unchanged.
    """
    if len(motif) <= width:
        return motif
    start = int(np.convolve(column_information(motif), np.ones(width), "valid").argmax())
    return motif[start : start + width]


def trim_ends(motif: np.ndarray, bits: float) -> np.ndarray:
    """A motif [width, 4] without the columns at its ends that carry less than `bits`.

    A motif whose columns all carry less is returned unchanged.
    """
    informative = np.flatnonzero(column_information(motif) >= bits)
    return motif[informative[0] : informative[-1] + 1] if len(informative) else motif


def kmer_scores(matrix: np.ndarray, k: int = 8) -> np.ndarray:
    """Score of every k-mer under a motif.

    Args:
        matrix: base probabilities, [width, 4].
        k: length of the k-mers.

    Returns:
        float32 [number of canonical k-mers], in the order of `canonical_kmers(k)`: the best natural
        log-odds over both strands and all offsets with at least five overlapping columns.
    """
    odds = log_odds(matrix)
    overlap = min(MIN_OVERLAP, len(odds), k)
    padded = np.pad(odds, ((k - overlap, k - overlap), (0, 0)))
    windows = sliding_window_view(padded, (k, 4))[:, 0].reshape(-1, k * 4)
    # A k-mer's log-odds is the sum of its halves', looked up.
    half = k // 2
    left = windows[:, : 4 * half] @ one_hot_kmers(half).T
    right = windows[:, 4 * half :] @ one_hot_kmers(k - half).T
    best = np.full((4**half, 4 ** (k - half)), -np.inf, dtype=np.float32)
    total = np.empty_like(best)
    for row in range(len(windows)):
        np.add(left[row][:, None], right[row], out=total)
        np.maximum(best, total, out=best)
    forward, backward = canonical_codes(k)
    flat = best.reshape(-1)
    # Rounded, so that equal sums are ties whatever the order of their additions.
    return np.maximum(flat[forward], flat[backward]).round(SCORE_DECIMALS)


def kmer_scale(scores: np.ndarray) -> KmerScale:
    """Mean and standard deviation of `kmer_scores`; a flat motif's deviation counts as 1."""
    std = float(scores.std(dtype=np.float64))
    return KmerScale(float(scores.mean(dtype=np.float64)), std if std > 1e-6 else 1.0)


def mean_kmer_scores(motifs: Iterable[np.ndarray]) -> np.ndarray:
    """`kmer_scores` of all 8-mers, averaged over a protein's motifs: float32 [32,896]."""
    scores: np.ndarray = np.mean([kmer_scores(motif) for motif in motifs], axis=0)
    return scores


def standard_kmer_scores(matrix: np.ndarray) -> np.ndarray:
    """`kmer_scores` of all 8-mers in standard deviations from their mean: float32 [32,896]."""
    scores = kmer_scores(matrix)
    mean, std = kmer_scale(scores)
    return (scores - mean) / std


def scan_motif(
    matrix: np.ndarray, dna_ids: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of a motif at every offset on both strands of DNA.

    Args:
        matrix: base probabilities, [width, 4].
        dna_ids: ids of `DNATokenizer`, integer [d, n] or [n]. An ambiguous base gives the mean of
            its bases' log-odds; N, mask and padding give 0.
        mask: bool, as `dna_ids`; False at padding, which no column of the motif overlaps. None
            where there is no padding.

    Returns:
        scores float32 [d, offsets, 2] (or [offsets, 2]), the strands `+` and `-`, -inf where fewer
        than five columns overlap; and offsets int64 [offsets], where on the DNA the leftmost of
        the motif's columns lies (below 0 where it hangs over).
    """
    ids = np.atleast_2d(dna_ids)
    present = np.ones(ids.shape, bool) if mask is None else np.atleast_2d(mask)
    odds = log_odds(matrix)
    width, n = len(odds), ids.shape[1]
    overlap = min(MIN_OVERLAP, width)
    hang = width - overlap
    offsets = np.arange(-hang, n - overlap + 1)
    count = max(0, len(offsets))
    bases = np.pad(_base_weights()[ids] * present[..., None], ((0, 0), (hang, hang), (0, 0)))
    inside = np.pad(present, ((0, 0), (hang, hang)))
    strands = np.concatenate([odds, odds[::-1, ::-1]], axis=1).reshape(width, 2, 4)
    scores = np.zeros((len(ids), count, 2), dtype=np.float32)
    columns = np.zeros((len(ids), count), dtype=np.int64)
    for position in range(width):
        scores += bases[:, position : position + count] @ strands[position].T
        columns += inside[:, position : position + count]
    scores[columns < overlap] = -np.inf
    return scores.reshape(*np.shape(dna_ids)[:-1], count, 2), offsets


def score_motif(
    matrix: np.ndarray, dna_ids: np.ndarray, mask: np.ndarray | None = None
) -> np.ndarray:
    """The best log-odds of a motif over both strands and all offsets of `scan_motif`.

    Returns:
        float32 [d] (or a scalar array where `dna_ids` is [n]); -inf for DNA that is too short.
    """
    scores, _ = scan_motif(matrix, dna_ids, mask)
    return scores.max(axis=(-1, -2), initial=-np.inf)


def motif_correlation(predicted: np.ndarray, measured: np.ndarray | Sequence[np.ndarray]) -> float:
    """How well a predicted motif agrees with a protein's measured ones.

    For each offset with an overlap of five columns or more and each strand: Pearson correlation
    over all columns of the measured motif, 0.25 where the predicted one has no column. The best of
    all, over all measured motifs.

    Args:
        predicted: base probabilities, [width, 4].
        measured: one motif or several, of any widths.

    Returns:
        -1 to 1; 0 where either is uniform, and where there is no measured motif.
    """
    if isinstance(measured, np.ndarray):
        measured = [measured] if measured.ndim == 2 else list(measured)
    best = [_correlation(np.asarray(predicted, np.float64), motif) for motif in measured]
    return max(best, default=0.0)


def _correlation(predicted: np.ndarray, measured: np.ndarray) -> float:
    width = len(measured)
    hang = width - min(MIN_OVERLAP, width, len(predicted))
    both = np.stack([predicted, predicted[::-1, ::-1]])
    padded = np.pad(both, ((0, 0), (hang, hang), (0, 0)), constant_values=BACKGROUND)
    windows = sliding_window_view(padded, (width, 4), axis=(1, 2))[:, :, 0].reshape(-1, width * 4)
    # Rows sum to 1 in both, so the mean over all bases is the background.
    placed = windows - windows.mean(axis=1, keepdims=True)
    target = np.asarray(measured, np.float64).reshape(-1)
    target = target - target.mean()
    norms = np.linalg.norm(placed, axis=1) * np.linalg.norm(target)
    return float(np.divide(placed @ target, norms, out=np.zeros(len(norms)), where=norms > 0).max())


@cache
def _base_weights() -> np.ndarray:
    """What each token id says about the base: float32 [256, 4], rows that sum to 1 or are 0."""
    weights = np.zeros((256, 4), dtype=np.float32)
    for row, bases in enumerate(_IUPAC):
        for base in bases:
            weights[row, BASES.index(base)] = 1 / len(bases)
    return weights
