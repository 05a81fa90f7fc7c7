"""k-mers of DNA as numbers: two bits a base, the first base in the highest bits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BASES = "ACGT"

BLOCK = 4096
"""Sequences whose k-mers are sorted at once, which bounds the memory."""

_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")

_AMBIGUOUS = 4

_BASE_IDS = np.full(256, _AMBIGUOUS, dtype=np.uint8)
for _letters, _id in (("Aa", 0), ("Cc", 1), ("Gg", 2), ("TtUu", 3)):
    for _letter in _letters:
        _BASE_IDS[ord(_letter)] = _id


class Occurrences(NamedTuple):
    """The k-mers of some sequences, position by position; int64 [k-mers] each.

    Attributes:
        sequence: index of the sequence, rising.
        code: of the k-mer.
        complement: code of its reverse complement.
    """

    sequence: np.ndarray
    code: np.ndarray
    complement: np.ndarray


def canonical_sequence(sequence: str) -> str:
    """A sequence or its reverse complement, whichever comes first in the alphabet."""
    text = sequence.upper().replace("U", "T")
    return min(text, text[::-1].translate(_COMPLEMENT))


def kmer_occurrences(sequences: Sequence[str], k: int) -> Occurrences:
    """The k-mers of sequences; those with an ambiguous base are left out.

    Args:
        sequences: bases in either case, U as T.
        k: at most 31.
    """
    # An ambiguous base between two sequences, so that no k-mer spans both.
    text = "N".join(sequences).encode("ascii", "replace")
    ids = _BASE_IDS[np.frombuffer(text, dtype=np.uint8)]
    count = max(0, len(ids) - k + 1)
    code, complement = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for position in range(k):
        base = ids[position : position + count].astype(np.int64)
        code = code << 2 | base & 3
        complement |= (3 - (base & 3)) << 2 * position
    ambiguous = np.concatenate(([0], np.cumsum(ids == _AMBIGUOUS)))
    whole = ambiguous[k:] == ambiguous[:-k]
    lengths = np.array([len(sequence) + 1 for sequence in sequences], dtype=np.int64)
    owner = np.repeat(np.arange(len(sequences)), lengths)[:count]
    return Occurrences(owner[whole], code[whole], complement[whole])


def distinct_kmers(sequences: Sequence[str], k: int) -> tuple[np.ndarray, np.ndarray]:
    """The distinct canonical k-mers of each sequence: its index and the code, [k-mers] each.

    Sorted by sequence, then by code; see `kmer_occurrences`. The index is int32, and so is the code
    up to k = 15, else int64.
    """
    begins = range(0, max(1, len(sequences)), BLOCK)
    parts = [_distinct(sequences[begin : begin + BLOCK], k, begin) for begin in begins]
    owner, code = zip(*parts, strict=True)
    return np.concatenate(owner), np.concatenate(code)


def _distinct(sequences: Sequence[str], k: int, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """What `distinct_kmers` returns of some of the sequences; `begin` is the index of the first."""
    owner, code, complement = kmer_occurrences(sequences, k)
    both = np.stack([owner, np.minimum(code, complement)])
    both = both[:, np.lexsort(both[::-1])]
    new = np.ones(both.shape[1], dtype=bool)
    new[1:] = (np.diff(both, axis=1) != 0).any(0)
    kind = np.int32 if 2 * k < 31 else np.int64
    return (both[0, new] + begin).astype(np.int32), both[1, new].astype(kind)


def kmer_presence(sequences: Sequence[str], k: int) -> csr_matrix:
    """Which canonical k-mers each sequence has: sparse float32 [sequences, distinct k-mers]."""
    from scipy import sparse

    owner, code = distinct_kmers(sequences, k)
    ends = np.cumsum(np.bincount(owner, minlength=len(sequences)))
    distinct, columns = np.unique(code, return_inverse=True)
    shape = (len(sequences), max(1, len(distinct)))
    entries = np.ones(len(code), np.float32), columns.astype(np.int32), np.append(0, ends)
    return sparse.csr_matrix(entries, shape=shape)


def kmer_counts(sequences: Sequence[str], k: int) -> csr_matrix:
    """How often each sequence has each canonical k-mer: sparse float32 [sequences, 4 ** k]."""
    from scipy import sparse

    owner, code, complement = kmer_occurrences(sequences, k)
    entries = np.ones(len(owner), np.float32), (owner, np.minimum(code, complement))
    return sparse.coo_matrix(entries, shape=(len(sequences), 4**k)).tocsr()


@cache
def canonical_codes(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes of all canonical k-mers, rising, and of their reverse complements: int64 [n] each."""
    codes = np.arange(4**k, dtype=np.int64)
    complements = np.zeros_like(codes)
    for position in range(k):
        complements = complements << 2 | 3 - (codes >> 2 * position & 3)
    canonical = np.flatnonzero(codes <= complements)
    return canonical, complements[canonical]


@cache
def canonical_kmers(k: int = 8) -> tuple[str, ...]:
    """All canonical k-mers in alphabetical order: 32,896 for k = 8.

    Of a k-mer and its reverse complement, the one that comes first in the alphabet is canonical and
    stands for both.
    """
    letters = np.array(list(BASES))
    return tuple("".join(row) for row in letters[kmer_bases(canonical_codes(k)[0], k)])


def kmer_bases(codes: np.ndarray | int, k: int) -> np.ndarray:
    """The bases, 0 to 3, of k-mers by code: int64 [..., k] of codes [...]."""
    return (np.asarray(codes)[..., None] >> 2 * np.arange(k)[::-1]) & 3


@cache
def one_hot_kmers(k: int) -> np.ndarray:
    """All k-mers by code, one-hot: float32 [4 ** k, k * 4]."""
    return np.eye(4, dtype=np.float32)[kmer_bases(np.arange(4**k), k)].reshape(4**k, k * 4)
