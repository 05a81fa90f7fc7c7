"""The match of every k-mer is that of a site whose other bases are unknown."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.kmer_tables import match as module
from dna_protein_bca.inference.kmer_tables.match import LENGTH, best_columns, match_kmers
from dna_protein_bca.model.matching import match_middle


@pytest.mark.parametrize("first", [0, 6, 11])
@pytest.mark.parametrize("radius", [0, 2])
@pytest.mark.parametrize("inverse_temperature", [0.5, 0.8])
def test_it_is_the_match_of_such_windows(
    proteins: EncodedProteins,
    monkeypatch: pytest.MonkeyPatch,
    first: int,
    radius: int,
    inverse_temperature: float,
) -> None:
    monkeypatch.setattr(module, "LIGHT", 0.0)
    motifs = proteins.blocks[0].state[0:1].motifs
    found = match_kmers(motifs, first, radius, inverse_temperature)
    assert found.shape == (4**LENGTH,)
    number = np.random.default_rng(0).integers(0, 4**LENGTH, 300)
    digits = (number[:, None] >> (2 * np.arange(LENGTH - 1, -1, -1))) & 3
    width = motifs.log_odds.shape[2]
    windows = torch.full((1, 300, width + 2 * radius, 4), 0.25)
    begin = first + radius
    windows[0, :, begin : begin + LENGTH] = torch.eye(4)[digits]
    wanted = match_middle(windows, motifs, radius, inverse_temperature)[0, :, 0]
    np.testing.assert_allclose(found[number], wanted.numpy(), atol=1e-4)


def test_light_motifs_change_little(
    proteins: EncodedProteins, monkeypatch: pytest.MonkeyPatch
) -> None:
    motifs = proteins.blocks[0].state[0:1].motifs
    light = match_kmers(motifs, 5, 2, 0.5)
    monkeypatch.setattr(module, "LIGHT", 0.0)
    assert np.abs(light - match_kmers(motifs, 5, 2, 0.5)).max() < 1


def test_the_columns_that_say_most(proteins: EncodedProteins) -> None:
    motifs = proteins.blocks[0].state[0:1].motifs
    sharp = torch.zeros_like(motifs.log_odds)
    sharp[:, :, 3:13] = torch.tensor([1.0, -1.0, -1.0, 0.2])
    assert best_columns(motifs._replace(log_odds=sharp), 0.5) == 3
