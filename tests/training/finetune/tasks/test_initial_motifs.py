"""A first motif from pairs alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.motifs.pwm import motif_correlation
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.prepare import prepare
from dna_protein_bca.training.finetune.settings import TrainSettings
from dna_protein_bca.training.finetune.tasks.initial_motifs import (
    discover_motif,
    find_initial_motifs,
)


def windows(count: int, site: np.ndarray | None, seed: int) -> list[str]:
    """Random DNA of 60 bp, with a site drawn from a motif on either strand."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        codes = rng.integers(0, 4, 60)
        if site is not None:
            drawn = np.array([rng.choice(4, p=column) for column in site])
            if rng.random() < 0.5:
                drawn = 3 - drawn[::-1]
            start = rng.integers(0, 60 - len(site))
            codes[start : start + len(site)] = drawn
        found.append("".join("ACGT"[code] for code in codes))
    return found


def degenerate(word: str, strength: float = 0.85) -> np.ndarray:
    motif = np.full((len(word), 4), (1 - strength) / 3)
    motif[np.arange(len(word)), ["ACGT".index(base) for base in word]] = strength
    return motif


@pytest.mark.parametrize("word", ["TGACTCAT", "GGGACTTTCC", "TAATTA"])
def test_finds_a_degenerate_motif_on_either_strand(word: str) -> None:
    site = degenerate(word)
    found = discover_motif(windows(150, site, 0), windows(150, None, 1))
    assert found is not None
    assert found.shape[1] == 4 and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    assert motif_correlation(found, site.astype(np.float32)) > 0.9


def test_finds_nothing_where_there_is_nothing() -> None:
    assert discover_motif(windows(9, None, 0), windows(150, None, 1)) is None
    # Some word is always the commonest; it does not tell the two apart.
    assert discover_motif(windows(600, None, 2), windows(600, None, 3)) is None


def test_each_protein_of_a_training_gets_its_own(
    proteins: Path, examples: tuple[Path, Path]
) -> None:
    job = prepare(Inputs(proteins, dna=examples[0], pairs=examples[1]), TrainSettings())
    found = find_initial_motifs(job.data)
    sites = {"MAX": "ACCACGTGGT", "SP1": "GGGGCGGGGC", "LHX2": "CTAATTAG"}
    assert {job.data.proteins[row].record.id for row in found} == set(sites)
    for row, (motif,) in found.items():
        site = degenerate(sites[job.data.proteins[row].record.id]).astype(np.float32)
        assert motif_correlation(motif, site) > 0.8
