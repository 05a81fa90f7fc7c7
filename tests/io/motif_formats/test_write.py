"""Motifs with their shares as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from Bio import motifs as biopython

from dna_protein_bca.io.meme import read_meme
from dna_protein_bca.io.motif_formats.write import NamedMode, write_modes


@pytest.fixture
def modes() -> list[NamedMode]:
    generator = np.random.default_rng(0)
    rows = [("MAX", 1, 0.8), ("MAX", 2, 0.2), ("a@b", 1, 1.0)]
    return [
        NamedMode(name, number, generator.dirichlet(np.ones(4), 5 + number), share)
        for name, number, share in rows
    ]


NAMES = ["MAX", "2@MAX", "1@a@b"]


def test_meme_has_names_and_shares_and_invents_nothing(
    tmp_path: Path, modes: list[NamedMode]
) -> None:
    path = tmp_path / "m.meme"
    write_modes(path, modes, "meme")
    read = list(read_meme(path))
    assert [motif.name for motif in read] == NAMES
    assert [motif.alias for motif in read] == ["share=0.80", "share=0.20", "share=1.00"]
    for motif, mode in zip(read, modes, strict=True):
        np.testing.assert_allclose(motif.matrix, mode.matrix, atol=1e-6)
    assert "nsites" not in path.read_text() and "E=" not in path.read_text()


def test_jaspar_is_read_by_biopython(tmp_path: Path, modes: list[NamedMode]) -> None:
    write_modes(tmp_path / "m.jaspar", modes, "jaspar")
    with open(tmp_path / "m.jaspar") as file:
        read = biopython.parse(file, "jaspar")
    assert [motif.matrix_id for motif in read] == NAMES
    assert read[0].name == "share=0.80"
    for motif, mode in zip(read, modes, strict=True):
        found = np.array([motif.pwm[base] for base in "ACGT"]).T
        np.testing.assert_allclose(found, mode.matrix, atol=1e-5)


@pytest.mark.parametrize("form", ["meme", "jaspar"])
def test_standard_output(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, modes: list[NamedMode], form: str
) -> None:
    write_modes("-", modes, form)
    write_modes(tmp_path / "m", modes, form)
    assert capsys.readouterr().out == (tmp_path / "m").read_text()


def test_a_table_has_a_row_for_each_position(tmp_path: Path, modes: list[NamedMode]) -> None:
    modes = [mode._replace(more={"nearest": f"like {mode.name}"}) for mode in modes]
    write_modes(tmp_path / "m.tsv", modes, "tsv", ["nearest"])
    table = pd.read_csv(tmp_path / "m.tsv", sep="\t")
    assert len(table) == sum(len(mode.matrix) for mode in modes)
    assert [*table.motif.unique()] == NAMES
    for mode in modes:
        rows = table[table.motif == mode.name]
        assert [*rows.position] == [*range(1, len(mode.matrix) + 1)]
        assert {*rows.protein_id} == {mode.protein_id} and {*rows.share} == {mode.share}
        assert {*rows.nearest} == {f"like {mode.name}"}
        np.testing.assert_allclose(rows[list("ACGT")], mode.matrix, atol=1e-6)
