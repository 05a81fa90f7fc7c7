"""What is drawn of real bound DNA, and the losses taken on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from dna_protein_bca.training.recipe.bound.draws import ASSAYS, BoundDNA, DrawConfig
from dna_protein_bca.training.recipe.bound.task import (
    AssayHeads,
    array_rank_loss,
    composition,
    place_loss,
)

FAMILIES = {"MAX": "HLH", "LHX2": "Homeodomain", "SP1": "zf-C2H2"}


@pytest.fixture(scope="module")
def dna(data: Path) -> BoundDNA:
    return BoundDNA(data.parent, FAMILIES, DrawConfig(bound=6, unbound=8, window=(40, 60)))


def test_the_tables_hold_the_proteins_that_count(dna: BoundDNA, data: Path) -> None:
    assert {assay: dna.proteins(assay) for assay in ASSAYS} == {
        "reads": ["MAX"],
        "sites": ["LHX2", "MAX"],
        "shuffled": ["LHX2", "MAX"],
        "arrays": ["SP1"],
    }
    fewer = BoundDNA(data.parent, {"LHX2": "Homeodomain"}, DrawConfig())
    assert fewer.names == ["LHX2"]


def test_what_is_drawn_depends_on_the_generator_alone(dna: BoundDNA) -> None:
    for assay in ASSAYS:
        name = dna.proteins(assay)[0]
        one, same = (dna.draw(assay, name, np.random.default_rng(3)) for _ in range(2))
        assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))


def test_shuffled_windows_differ_from_the_bound_ones_in_the_site_alone(dna: BoundDNA) -> None:
    drawn = dna.draw("shuffled", "MAX", np.random.default_rng(0))
    bound, shuffled = drawn.ids.chunk(2)
    site = drawn.site[: len(bound)]
    assert site.sum(1).tolist() == [8] * 6
    assert not ((bound != shuffled) & ~site).any() and (bound != shuffled).any()
    assert not drawn.site[len(bound) :].any()
    assert drawn.target.tolist() == [1.0] * 6 + [0.0] * 6


def test_sites_lie_anywhere_in_their_windows(dna: BoundDNA) -> None:
    starts = [
        int(row.nonzero()[0])
        for seed in range(8)
        for row in dna.draw("sites", "LHX2", np.random.default_rng(seed)).site[:6]
    ]
    assert np.std(starts) > 8


def test_the_weights_of_an_array_stand_for_all_of_its_8mers(dna: BoundDNA) -> None:
    drawn = dna.draw("arrays", "SP1", np.random.default_rng(0))
    assert float(drawn.weight.sum()) == pytest.approx(len(dna.arrays["SP1"].kmers))


def test_composition_counts_both_strands_alike() -> None:
    ids = torch.tensor([[0, 1, 1, 2, 3, 0]], dtype=torch.uint8)
    complement = (3 - ids).flip(1)
    torch.testing.assert_close(composition(ids), composition(complement))
    assert float(composition(ids).sum()) == pytest.approx(1.0)


def test_an_assay_has_habits_of_its_own() -> None:
    heads, ids, score = (
        AssayHeads(),
        torch.randint(0, 4, (3, 9), dtype=torch.uint8),
        torch.arange(3.0),
    )
    before = {assay: heads(assay, ids, score) for assay in ASSAYS}
    with torch.no_grad():
        heads.habit[0] += torch.arange(16.0)
    after = {assay: heads(assay, ids, score) for assay in ASSAYS}
    assert not torch.equal(before["reads"], after["reads"])
    assert torch.equal(before["arrays"], after["arrays"])


def test_losses_fall_where_the_order_and_the_place_are_right() -> None:
    escore = torch.tensor([0.45, 0.3, 0.0])
    assert array_rank_loss(escore * 9, escore) < array_rank_loss(-escore * 9, escore)
    site = torch.zeros(2, 6, dtype=torch.bool)
    site[0, 2:4] = True
    right, wrong = torch.zeros(2, 6, 2), torch.zeros(2, 6, 2)
    right[0, 3, 1], wrong[0, 5, 1] = 5.0, 5.0
    assert place_loss(right, site) < place_loss(wrong, site)
    # The second window has no known place, so that what is said of it does not count.
    wrong[1, 0] = 9.0
    right[1, 0] = -9.0
    torch.testing.assert_close(place_loss(right, site), place_loss(right[:1], site[:1]))
