"""k-mers as numbers, and which k-mers sequences have."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.motifs.kmers import (
    canonical_kmers,
    canonical_sequence,
    distinct_kmers,
    kmer_bases,
    kmer_counts,
    kmer_occurrences,
    kmer_presence,
    one_hot_kmers,
)

COMPLEMENT = str.maketrans("ACGT", "TGCA")
dna = st.text("ACGTNacgtu", max_size=20)


def reverse_complement(sequence: str) -> str:
    return sequence[::-1].translate(COMPLEMENT)


def word(code: int, k: int) -> str:
    return "".join("ACGT"[base] for base in kmer_bases(code, k))


def words_of(sequence: str, k: int) -> list[str]:
    """The k-mers without an ambiguous base, by definition."""
    text = sequence.upper().replace("U", "T")
    words = (text[start : start + k] for start in range(len(text) - k + 1))
    return [one for one in words if "N" not in one]


def test_canonical_kmers() -> None:
    kmers = canonical_kmers(8)
    assert len(kmers) == len(set(kmers)) == 32_896
    assert list(kmers) == sorted(kmers)
    assert all(kmer <= reverse_complement(kmer) for kmer in kmers)
    assert canonical_kmers(1) == ("A", "C")


def test_kmers_stand_in_the_order_of_the_arrays(specificity_dir: object) -> None:
    table = pd.read_csv(f"{specificity_dir}/pbm_8mer_escores.tsv.gz", sep="\t", usecols=["kmer"])
    assert tuple(table["kmer"]) == canonical_kmers(8)


@settings(deadline=None)
@given(st.lists(dna, max_size=5), st.integers(1, 6))
def test_occurrences_are_the_words_of_each_sequence(sequences: list[str], k: int) -> None:
    found = kmer_occurrences(sequences, k)
    expected = [(row, one) for row, text in enumerate(sequences) for one in words_of(text, k)]
    assert [(row, word(code, k)) for row, code, _ in zip(*found, strict=True)] == expected
    complements = [word(code, k) for code in found.complement]
    assert complements == [reverse_complement(one) for _, one in expected]


@settings(deadline=None)
@given(st.lists(dna, min_size=1, max_size=5), st.integers(1, 6))
def test_distinct_and_counted_kmers_are_canonical(sequences: list[str], k: int) -> None:
    counted = [Counter(map(canonical_sequence, words_of(text, k))) for text in sequences]
    rows, codes = distinct_kmers(sequences, k)
    expected = [(row, one) for row, count in enumerate(counted) for one in sorted(count)]
    assert [(row, word(code, k)) for row, code in zip(rows, codes, strict=True)] == expected
    counts = kmer_counts(sequences, k)
    assert counts.shape == (len(sequences), 4**k) and counts.dtype == np.float32
    for row, count in enumerate(counted):
        columns = counts[row].indices
        assert {word(c, k): counts[row, c] for c in columns} == count
    presence = kmer_presence(sequences, k)
    assert presence.sum(1).ravel().tolist() == [[len(count) for count in counted]]


def test_one_hot_kmers_stand_in_the_order_of_their_codes() -> None:
    one_hot = one_hot_kmers(3).reshape(64, 3, 4)
    np.testing.assert_array_equal(one_hot.argmax(2), kmer_bases(np.arange(64), 3))
    assert one_hot.sum() == 64 * 3
