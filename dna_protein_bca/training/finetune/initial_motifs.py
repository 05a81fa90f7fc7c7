"""A first motif of each protein from its pairs alone, for readers that have learned nothing yet.

The 6-mer that tells bound DNA from unbound best is refined by expectation-maximisation over the
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
    from .data import TrainingData

K = 6
"""Length of the words that are compared: each of the 2,080 is seen often in a hundred windows."""

WIDTH = 16
"""Columns of the motif before its ends are cut."""

FEWEST = 10
"""Bound and unbound DNAs without which no motif is sought."""

MOST = 1000
"""Bound DNAs, and unbound ones, that are read for one protein."""

ROUNDS = 10
"""Of expectation-maximisation; it has settled by then."""

PSEUDOCOUNT = 0.5
"""Sites' worth of background in each column."""

INFORMATIVE = 0.15
"""Bits under which a column at an end is cut."""

WORTH = 0.6
"""AUROC on the training pairs under which a motif is not believed."""

_DNA = DNATokenizer()


def find_seeds(data: TrainingData) -> dict[int, list[np.ndarray]]:
    """A motif, float32 [width, 4], of each protein whose pairs give one away; none for the others.

    Where a protein has no labels, affinities count as bound in their upper third and as unbound in
    their lower.
    """
    found: dict[int, list[np.ndarray]] = {}
    sequences = list(data.dna.values())
    rng = np.random.default_rng(0)
    for protein, part in data.train.groupby("protein", sort=True):
        if "label" in part and part["label"].notna().any():
            bound, unbound = ((part["label"] == value).to_numpy() for value in (1, 0))
        else:
            low, high = np.nanquantile(part["affinity"], (1 / 3, 2 / 3))
            bound, unbound = ((part["affinity"] >= high), (part["affinity"] <= low))
        rows = part["dna"].to_numpy()
        chosen = [rng.permutation(rows[np.asarray(some)])[:MOST] for some in (bound, unbound)]
        motif = find_seed(*([sequences[row] for row in some] for some in chosen))
        if motif is not None:
            found[int(protein)] = [motif]
    return found


def find_seed(bound: Sequence[str], unbound: Sequence[str]) -> np.ndarray | None:
    """The motif that tells bound DNA from unbound, or None where none does."""
    if min(len(bound), len(unbound)) < FEWEST:
        return None
    motif = _from_word(_best_word(bound, unbound))
    ids, mask = (tensor.numpy() for tensor in _DNA.encode(list(bound)))
    for _ in range(ROUNDS):
        motif = _refined(motif, ids, mask)
    motif = trim_ends(motif, INFORMATIVE)
    other, there = (tensor.numpy() for tensor in _DNA.encode(list(unbound)))
    score = score_motif(motif, ids, mask), score_motif(motif, other, there)
    above = score[0][:, None] > score[1]
    ties = score[0][:, None] == score[1]
    return motif if above.mean() + ties.mean() / 2 >= WORTH else None


def _words(dna: Sequence[str]) -> np.ndarray:
    """Bool [dna, 4 ** K]: which words, on either strand, each DNA holds."""
    held = np.zeros((len(dna), 4**K), dtype=bool)
    row, code, complement = kmer_occurrences(dna, K)
    held[row, code] = held[row, complement] = True
    return held


def _best_word(bound: Sequence[str], unbound: Sequence[str]) -> np.ndarray:
    """Bases int64 [K] of the word whose share differs most, in standard errors."""
    ours, theirs = _words(bound).sum(0) + 0.5, _words(unbound).sum(0) + 0.5
    n, m = len(bound) + 1, len(unbound) + 1
    pooled = (ours + theirs) / (n + m)
    z = (ours / n - theirs / m) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
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
    places = np.isfinite(score).sum((1, 2), keepdims=True)
    # No site at all is as likely beforehand as one.
    share = odds / (odds.sum((1, 2), keepdims=True) + places)
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
