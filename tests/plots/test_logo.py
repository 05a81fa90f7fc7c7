"""Sequence logos."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dna_protein_bca.plots.logo import save_logo


def test_the_same_motif_gives_the_same_files(tmp_path: Path) -> None:
    heights = np.random.default_rng(0).dirichlet(np.ones(4), 8)
    names = ("a.svg", "a.png", "b.svg", "b.png")
    for first in (0, 2):
        save_logo(heights, "MAX", [tmp_path / name for name in names[first : first + 2]])
    bytes_of = {name: (tmp_path / name).read_bytes() for name in names}
    assert bytes_of["a.svg"] == bytes_of["b.svg"] and bytes_of["a.png"] == bytes_of["b.png"]
    save_logo(heights[::-1], "MAX", [tmp_path / "c.svg"])
    assert (tmp_path / "c.svg").read_bytes() != bytes_of["a.svg"]
