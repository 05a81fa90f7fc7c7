"""A first motif of each protein from its pairs alone, for a model that has learned nothing yet.

The 6-mer that best separates bound from unbound DNA is refined by expectation-maximisation over the
bound DNA: at most one site a sequence, as in MEME's ZOOPS model (Bailey and Elkan 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.kmers import kmer_bases, kmer_occurrences
from dna_protein_bca.motifs.pwm import BACKGROUND, scan_motif, score_motif, trim_ends

if TYPE_CHECKING:
    from dna_protein_bca.training.finetune.data import TrainingData

K = 6
"""Length of the words that are compared: each of the 2,080 occurs often in a hundred windows."""

WIDTH = 16
"""Columns of the motif before its ends are trimmed."""

FEWEST = 10
"""Bound and unbound DNAs without which no motif is sought."""

MOST = 1000
"""Bound DNAs, and unbound ones, that are read for one protein."""

ROUNDS = 10
"""Of expectation-maximisation, which has converged by then."""

PSEUDOCOUNT = 0.5
"""Sites' worth of background in each column."""

INFORMATIVE = 0.15
"""Bits below which a column at an end is trimmed."""

LOWEST_AUROC = 0.6
"""Of the motif on the training pairs; one below it is dropped."""

_DNA = DNATokenizer()


def find_initial_motifs(data: TrainingData) -> dict[int, list[np.ndarray]]:
    """One motif, float32 [width, 4], of each protein in whose pairs there is one.

    Where a protein has no labels, affinities count as bound in their upper third and as unbound in
    their lower.
    """
    motifs: dict[int, list[np.ndarray]] = {}
    sequences = list(data.dna.values())
    rng = np.random.default_rng(0)
    for protein, pairs in data.train.groupby("protein", sort=True):
        if "label" in pairs and pairs["label"].notna().any():
            bound, unbound = ((pairs["label"] == value).to_numpy() for value in (1, 0))
        else:
            low, high = np.nanquantile(pairs["affinity"], (1 / 3, 2 / 3))
            bound, unbound = ((pairs["affinity"] >= high), (pairs["affinity"] <= low))
        dna = pairs["dna"].to_numpy()
        drawn = [rng.permutation(dna[np.asarray(rows)])[:MOST] for rows in (bound, unbound)]
        motif = discover_motif(*([sequences[row] for row in rows] for rows in drawn))
        if motif is not None:
            motifs[int(protein)] = [motif]
    return motifs


def discover_motif(bound: Sequence[str], unbound: Sequence[str]) -> np.ndarray | None:
    """The motif that separates bound from unbound DNA, float32 [width, 4]; None where none does."""
    if min(len(bound), len(unbound)) < FEWEST:
        return None
    motif = _from_word(_best_word(bound, unbound))
    ids, mask = (tensor.numpy() for tensor in _DNA.encode(list(bound)))
    for _ in range(ROUNDS):
        motif = _refined(motif, ids, mask)
    motif = trim_ends(motif, INFORMATIVE)
    positive = score_motif(motif, ids, mask)
    negative = score_motif(motif, *(tensor.numpy() for tensor in _DNA.encode(list(unbound))))
    above, ties = positive[:, None] > negative, positive[:, None] == negative
    return motif if above.mean() + ties.mean() / 2 >= LOWEST_AUROC else None


def _words(dna: Sequence[str]) -> np.ndarray:
    """Bool [dna, 4 ** K]: which words, on either strand, each DNA holds."""
    held = np.zeros((len(dna), 4**K), dtype=bool)
    row, code, complement = kmer_occurrences(dna, K)
    held[row, code] = held[row, complement] = True
    return held


def _best_word(bound: Sequence[str], unbound: Sequence[str]) -> np.ndarray:
    """Bases int64 [K] of the word whose share differs most, in standard errors."""
    positive, negative = _words(bound).sum(0) + 0.5, _words(unbound).sum(0) + 0.5
    n, m = len(bound) + 1, len(unbound) + 1
    pooled = (positive + negative) / (n + m)
    z = (positive / n - negative / m) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    word = int(np.argmax(z))
    return kmer_bases(word, K)


def _from_word(word: np.ndarray) -> np.ndarray:
    motif = np.full((WIDTH, 4), BACKGROUND, dtype=np.float32)
    first = (WIDTH - K) // 2
    motif[first : first + K] = 0.1
    motif[first + np.arange(K), word] = 0.7
    return motif


def _refined(motif: np.ndarray, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """One round: where the motif sits in each DNA, then what stands there."""
    score, offsets = scan_motif(motif, ids, mask)
    odds = np.exp(np.minimum(score, 30.0))
    positions = np.isfinite(score).sum((1, 2), keepdims=True)
    # No site at all is as likely beforehand as one.
    share = odds / (odds.sum((1, 2), keepdims=True) + positions)
    width = len(motif)
    hang = -int(offsets[0])
    bases = np.eye(4, dtype=np.float32)[np.minimum(ids, 3)]
    bases *= ((ids < 4) & mask)[..., None]
    bases = np.pad(bases, ((0, 0), (hang, hang), (0, 0)))
    windows = sliding_window_view(bases, width, axis=1)[:, : score.shape[1]]
    counts = np.einsum("do,doaw->wa", share[..., 0], windows, optimize=True)
    counts += np.einsum("do,doaw->wa", share[..., 1], windows, optimize=True)[::-1, ::-1]
    counts = counts + PSEUDOCOUNT * BACKGROUND
    refined: np.ndarray = (counts / counts.sum(1, keepdims=True)).astype(np.float32)
    return refined
