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
    assert text(found) == "GATTAC" and found.dtype == np.float32
    assert [*np.flatnonzero(found.max(1) > 0.5)] == [4, 5, 6, 7, 8, 9]
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


def test_log_odds_average_by_weight() -> None:
    found = consensus(np.stack([site("GATTAC", 4), site("GATGAC", 5)]), np.array([3.0, 1.0]))
    assert text(found) == "GATTAC"
    differing = np.log(found[7])
    # 3 of 4 parts of the weight say T, and one G.
    assert differing[3] - differing[0] == pytest.approx(3 * (differing[2] - differing[0]))
    assert differing[1] == pytest.approx(differing[0])


def test_what_averaging_blurs_is_made_sharper_and_a_motif_alone_stays() -> None:
    one = site("GATTAC", 4, sure=0.7)
    assert consensus(one[None], np.ones(1)) == pytest.approx(one)
    several = consensus(np.stack([one] * 4), np.ones(4))
    few = consensus(np.stack([one] * 4), np.array([1, 0.01, 0, 0]))
    assert several[4, 2] > few[4, 2] > one[4, 2]


def test_motifs_without_weight_do_not_count() -> None:
    motifs = np.stack([site("GATTAC", 4), site("CCCCCC", 4)])
    np.testing.assert_allclose(consensus(motifs, np.array([1.0, 0.0])), motifs[0], atol=1e-6)


def test_a_part_that_one_motif_alone_reaches_stays_faint() -> None:
    found = consensus(np.stack([site("TGACGTCA", 3), site("TGACG", 3)]), np.array([0.5, 0.5]))
    assert text(found) == "TGACGTCA"
    assert found[10].max() < 0.8 < found[3].max()
