"""The consensus of several motifs."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.motifs.consensus import consensus


def site(letters: str, start: int, width: int = 15, sure: float = 0.91) -> np.ndarray:
    """A motif of these letters from a column on, uniform elsewhere."""
    motif = np.full((width, 4), 0.25)
    for column, letter in enumerate(letters, start):
        motif[column] = (1 - sure) / 3
        motif[column, "ACGT".index(letter)] = sure
    return motif


def text(motif: np.ndarray) -> str:
    return "".join("ACGT"[row.argmax()] for row in motif if row.max() > 0.5)


def test_offsets_and_strands_are_undone() -> None:
    motifs = np.stack([site("GATTAC", 4), site("GATTAC", 7), site("GTAATC", 2)])
    found = consensus(motifs, np.array([0.5, 0.3, 0.2]))
    np.testing.assert_allclose(found, motifs[0], atol=1e-6)
    assert found.dtype == np.float32


def test_columns_average_by_weight() -> None:
    found = consensus(np.stack([site("GATTAC", 4), site("GATGAC", 5)]), np.array([3.0, 1.0]))
    assert text(found) == "GATTAC"
    assert found[7].tolist() == pytest.approx([0.03, 0.03, 0.25, 0.69])
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


def test_motifs_without_weight_do_not_count() -> None:
    motifs = np.stack([site("GATTAC", 4), site("CCCCCC", 4)])
    np.testing.assert_allclose(consensus(motifs, np.array([1.0, 0.0])), motifs[0], atol=1e-6)


def test_a_part_that_one_motif_alone_reaches_stays_faint() -> None:
    found = consensus(np.stack([site("TGACGTCA", 3), site("TGACG", 3)]), np.array([0.5, 0.5]))
    assert text(found) == "TGACGTCA"
    assert found[3].max() == pytest.approx(0.91) and found[10].max() == pytest.approx(0.58)
