"""Where a motif lies on a site."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.reports.parts.logos import letter_heights, place_motif

MOTIF = np.full((4, 4), 0.01) + np.eye(4)[[0, 0, 1, 3]] * 0.96
"""AACT."""


@pytest.mark.parametrize(("bases", "strand"), [("GGGAACTGGG", "+"), ("GGGAGTTGGG", "-")])
def test_a_motif_lies_where_it_fits_on_the_strand(bases: str, strand: str) -> None:
    turned, start = place_motif(MOTIF, bases, 50, (52, 58, strand))
    assert start == 53
    assert "".join("ACGT"[base] for base in turned.argmax(1)) == bases[3:7]


def test_a_better_fit_far_away_is_none_of_the_site() -> None:
    bases = "AACT" + "G" * 20 + "AAGT" + "G" * 4
    _, start = place_motif(MOTIF, bases, 0, (24, 28, "+"))
    assert start == 24


def test_heights_are_probabilities_times_information() -> None:
    heights = letter_heights(np.array([[1.0, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]]))
    assert heights == pytest.approx(np.array([[2, 0, 0, 0], [0] * 4, [0.5, 0.5, 0, 0]]), abs=1e-4)
