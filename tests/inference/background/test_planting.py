"""DNA with planted sites is drawn as often as its density says."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from dna_protein_bca.inference.background.dna import BackgroundDNA
from dna_protein_bca.inference.background.planting import (
    draw_sites,
    log_excess,
    mixture,
    plant,
    proposal,
)

DNA = BackgroundDNA.parse("0.4,0.1,0.2,0.3")
MOTIFS = np.random.default_rng(0).normal(size=(2, 5, 4))
PLANTED = mixture([proposal(MOTIFS[:1], DNA), proposal(2 * MOTIFS[1:], DNA)], (0.3, 0.9))


def every(length: int) -> tuple[np.ndarray, np.ndarray]:
    """All DNA of a length, and how often the background has each."""
    bases = np.array(list(product(range(4), repeat=length)), np.uint8)
    return bases, np.prod(np.array(DNA.fractions)[bases], axis=1)


@pytest.mark.parametrize(("length", "hang"), [(3, True), (6, True), (5, False)])
def test_densities_add_up_to_one(length: int, hang: bool) -> None:
    bases, chance = every(length)
    total = (chance * np.exp(log_excess(bases, PLANTED, hang=hang))).sum()
    assert total == pytest.approx(1, abs=1e-5)


def test_dna_is_drawn_as_its_density_says() -> None:
    rng = np.random.default_rng(1)
    bases = DNA.draw(rng, 200_000, 4)
    plant(bases, PLANTED, DNA, rng)
    drawn = np.bincount(bases @ 4 ** np.arange(3, -1, -1), minlength=256) / len(bases)
    known, chance = every(4)
    expected = chance * np.exp(log_excess(known, PLANTED))
    error = np.sqrt(expected / len(bases))
    assert (np.abs(drawn - expected) < 5 * error).all()


def test_sites_are_drawn_as_their_density_says() -> None:
    sites = draw_sites(PLANTED, 200_000, DNA, np.random.default_rng(2))
    drawn = np.bincount(sites @ 4 ** np.arange(4, -1, -1), minlength=1024) / len(sites)
    known, chance = every(5)
    expected = chance * np.exp(log_excess(known, PLANTED, hang=False))
    assert (np.abs(drawn - expected) < 5 * np.sqrt(expected / len(sites)) + 1e-12).all()
