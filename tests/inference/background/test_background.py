"""From scores to p-values: simulated once a protein, for sites and for records of any length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.background import Background

PROTEINS = {
    "MAX": "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE",
    "none": "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV",
    "LHX": "RKRGRQTYTRYQTLELEKEFHFNRYLTRRRRIEIAHALCLTERQIKIWFQNRRMKWKKENK",
}


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="module")
def found(predictor: BindingPredictor) -> list[Background | None]:
    return predictor.background(PROTEINS, cache=False)


def test_a_protein_without_a_known_domain_has_no_background(
    found: list[Background | None],
) -> None:
    assert [each is None for each in found] == [False, True, False]


def test_p_values_fall_with_the_score_and_are_never_0(found: list[Background | None]) -> None:
    scores = np.linspace(-20, 20, 999)
    for background in filter(None, found):
        site = background.site_p(scores)
        assert (np.diff(site) <= 0).all() and (np.diff(site[site < 0.5]) < 0).all()
        assert (site > 0).all() and (site <= 1).all()
        for length in (1, 5, 37, 128, 1_000, 10_000, 10**8):
            p = background.record_p(scores, np.full(len(scores), length))
            assert (np.diff(p) <= 0).all() and (p > 0).all() and (p <= 1).all()


def test_a_missing_score_has_a_missing_p_value(found: list[Background | None]) -> None:
    assert found[0] is not None
    p = found[0].record_p(np.array([np.nan, 0.0]), np.array([101, 101]))
    assert np.isnan(p[0]) and p[1] > 0
    assert np.isnan(found[0].site_p(np.array(np.nan)))


@pytest.mark.parametrize("p", [0.5, 1e-2, 1e-4, 1e-9])
def test_the_threshold_is_the_lowest_score_with_that_p_value(
    found: list[Background | None], p: float
) -> None:
    assert found[0] is not None
    threshold = found[0].site_threshold(p)
    assert found[0].site_p(np.array(threshold)) <= p
    assert found[0].site_p(np.array(threshold - 1e-6)) > p
