"""k-mers of DNA, both strands as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")

_CODES = np.full(256, 4, dtype=np.uint8)
for _letters, _code in (("Aa", 0), ("Cc", 1), ("Gg", 2), ("TtUu", 3)):
    for _letter in _letters:
        _CODES[ord(_letter)] = _code


def canonical_sequence(sequence: str) -> str:
    """A sequence or its reverse complement, whichever comes first in the alphabet."""
    text = sequence.upper().replace("U", "T")
    return min(text, text[::-1].translate(_COMPLEMENT))


def kmer_codes(sequences: Sequence[str], k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k-mers of sequences, each standing for its reverse complement too.

    Args:
        sequences: bases; a k-mer with an ambiguous one is left out.
        k: at most 31.

    Returns:
        row and code, both int64 [k-mers]: each k-mer of a row once, sorted by row.
    """
    ids = _CODES[np.frombuffer("N".join(sequences).encode("ascii", "replace"), dtype=np.uint8)]
    count = len(ids) - k + 1
    if count < 1:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    forward, backward = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for place in range(k):
        base = ids[place : place + count].astype(np.int64)
        forward = forward << 2 | base & 3
        backward |= (3 - (base & 3)) << 2 * place
    known = np.concatenate(([0], np.cumsum(ids > 3)))
    whole = known[k:] == known[:-k]
    lengths = np.array([len(sequence) + 1 for sequence in sequences], dtype=np.int64)
    rows = np.repeat(np.arange(len(sequences)), lengths)[:count]
    both = np.stack([rows[whole], np.minimum(forward, backward)[whole]])
    order = np.lexsort(both[::-1])
    both = both[:, order]
    new = np.ones(both.shape[1], dtype=bool)
    new[1:] = (np.diff(both, axis=1) != 0).any(0)
    return both[0, new], both[1, new]


def kmer_matrix(sequences: Sequence[str], k: int) -> Any:
    """Which k-mers each sequence has: sparse float32 [sequences, distinct k-mers]."""
    from scipy import sparse

    rows, codes = kmer_codes(sequences, k)
    distinct, columns = np.unique(codes, return_inverse=True)
    ones = np.ones(len(rows), np.float32)
    shape = (len(sequences), max(1, len(distinct)))
    return sparse.csr_matrix((ones, (rows, columns)), shape=shape)
