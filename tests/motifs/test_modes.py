"""Ways to bind: groups of similar motifs."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.motifs.modes import LEAST_SHARE, binding_modes
from dna_protein_bca.motifs.pwm import column_information


def site(letters: str, start: int, width: int = 15, sure: float = 0.91) -> np.ndarray:
    """A motif of these letters from a column on, uniform elsewhere."""
    motif = np.full((width, 4), 0.25)
    for column, letter in enumerate(letters, start):
        motif[column] = (1 - sure) / 3
        motif[column, "ACGT".index(letter)] = sure
    return motif


def text(motif: np.ndarray) -> str:
    return "".join("ACGT"[row.argmax()] for row in motif if row.max() > 0.5)


CRE, AP1 = "TGACGTCA", "TGACTCA"


def test_two_elements_are_two_modes_and_neither_is_a_mixture() -> None:
    motifs = np.stack([site(CRE, 2), site(AP1, 3), site(CRE, 5), site(AP1, 6)])
    modes = binding_modes(motifs, np.array([0.4, 0.2, 0.3, 0.1]))
    assert [text(mode.motif) for mode in modes] == [CRE, AP1]
    assert [mode.share for mode in modes] == pytest.approx([0.7, 0.3])
    for mode in modes:
        assert column_information(mode.motif).sum() > column_information(motifs[1]).sum()


def test_shares_do_not_depend_on_the_sum_of_weights() -> None:
    motifs, weights = np.stack([site(CRE, 2), site("GGGCGG", 3)]), np.array([0.8, 0.2])
    one, other = binding_modes(motifs, weights), binding_modes(motifs, 50 * weights)
    for a, b in zip(one, other, strict=True):
        assert a.share == pytest.approx(b.share)
        np.testing.assert_allclose(a.motif, b.motif)


def test_of_equal_shares_the_one_that_says_more_comes_first() -> None:
    half, whole = site("AGGTCA", 2), site("AGGTCACAGTGACCT", 0)
    modes = binding_modes(np.stack([half, whole]), np.array([0.5, 0.5]))
    assert text(modes[0].motif) == text(whole)


def test_faint_modes_are_left_out_but_not_the_first() -> None:
    motifs = np.stack([site(CRE, 2), site("GGGCGG", 3)])
    assert len(binding_modes(motifs, np.array([1 - LEAST_SHARE / 2, LEAST_SHARE / 2]))) == 1
    assert len(binding_modes(motifs, np.array([0.9, 0.1]))) == 2


def test_one_motif_is_one_mode() -> None:
    (mode,) = binding_modes(site(CRE, 2)[None], np.array([0.3]))
    assert mode.share == 1 and mode.motif == pytest.approx(site(CRE, 2))
