"""How similar two motifs are."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.motifs.pwm import motif_correlation
from dna_protein_bca.motifs.similarity import MotifTable, similarities, similarity


@pytest.fixture
def motifs() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.dirichlet(np.full(4, 0.3), width) for width in (5, 6, 6, 9, 14, 4)]


def test_strand_and_offset_do_not_count(motifs: list[np.ndarray]) -> None:
    flank = np.full((3, 4), 0.25)
    for motif in motifs:
        longer = np.concatenate([flank, motif[::-1, ::-1], flank[:1]])
        assert similarity(motif, motif) == pytest.approx(1)
        assert similarity(motif, longer) == pytest.approx(1)


def test_both_directions_are_equal(motifs: list[np.ndarray]) -> None:
    for one in motifs:
        for other in motifs:
            assert similarity(one, other) == pytest.approx(similarity(other, one))


def test_a_part_is_not_the_whole(motifs: list[np.ndarray]) -> None:
    whole = motifs[4]
    assert similarity(whole, whole[4:10]) < 0.9
    # The correlation over the measured motif alone does not tell them apart.
    assert motif_correlation(whole, whole[4:10]) == pytest.approx(1)


def test_equal_to_correlation_where_neither_is_longer(motifs: list[np.ndarray]) -> None:
    wide = [np.pad(m, ((14, 14), (0, 0)), constant_values=0.25) for m in motifs[:5]]
    for one in wide:
        for other in wide:
            assert similarity(one, other) == pytest.approx(motif_correlation(one, other), abs=0.02)


def test_a_uniform_motif_is_like_none(motifs: list[np.ndarray]) -> None:
    flat = np.full((6, 4), 0.25)
    assert similarities(flat, np.stack([motifs[1], flat])).tolist() == [0, 0]
    assert similarities(motifs[1], flat[None]).tolist() == [0]


def test_a_table_of_all_widths(motifs: list[np.ndarray]) -> None:
    table = MotifTable(motifs)
    for motif in motifs:
        expected = [similarity(motif, other) for other in motifs]
        np.testing.assert_allclose(table.similarities(motif), expected)
    assert MotifTable([]).similarities(motifs[0]).shape == (0,)
