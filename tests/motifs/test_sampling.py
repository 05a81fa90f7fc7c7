"""Sites drawn from motifs and planted in DNA."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.motifs.sampling import draw_site, plant_sites, random_windows_with_sites


def certain(letters: str) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[["ACGT".index(letter) for letter in letters]]


def text(bases: np.ndarray) -> str:
    return "".join("ACGT"[base] for base in bases)


def test_sites_are_drawn_by_their_probabilities_on_either_strand() -> None:
    rng = np.random.default_rng(0)
    assert {text(draw_site(certain("GATTC"), rng)) for _ in range(50)} == {"GATTC", "GAATC"}
    motif = np.array([[0.7, 0.3, 0.0, 0.0]])
    drawn = [text(draw_site(motif, rng)) for _ in range(2000)]
    # A and C on one strand, T and G on the other.
    assert abs(drawn.count("A") / 2000 - 0.35) < 0.04 and abs(drawn.count("G") / 2000 - 0.15) < 0.04


def test_planted_sites_are_where_nothing_else_is() -> None:
    rng = np.random.default_rng(0)
    ids = random_windows_with_sites([certain("CACGTG")] * 20, 40, rng)
    texts = [text(row) for row in ids]
    assert ids.shape == (20, 40) and ids.dtype == np.uint8
    assert all("CACGTG" in one for one in texts)
    assert len({one.index("CACGTG") for one in texts}) > 5


def test_windows_without_a_motif_stay_as_they_are() -> None:
    windows = np.zeros((3, 30), dtype=np.uint8)
    spans = plant_sites(windows, iter([certain("GGCGG"), certain("CCC")]), np.random.default_rng(1))
    assert spans.shape == (2, 2) and (spans[:, 1] - spans[:, 0]).tolist() == [5, 3]
    for window, (start, end) in zip(windows, spans, strict=False):
        assert (window[start:end] > 0).all() and window.sum() == window[start:end].sum()
    assert not windows[2].any()
