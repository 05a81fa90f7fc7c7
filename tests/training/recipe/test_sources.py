"""Weights can be made without a source whose licence is in the way."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.encoders import make_encoder
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.training.recipe.configs import DataConfig
from dna_protein_bca.training.recipe.materials import Features, Materials
from dna_protein_bca.training.recipe.sources import ALL, Sources, choose_sources
from dna_protein_bca.training.recipe.specificity_task import SpecificityTask, TaskConfig


def features(**changes: object) -> Features:
    return make_encoder(
        BindingConfig(tuple(profile_lengths().values())).replace(**changes)
    ).features


def make_task(data: Path, run: Path, **choice: str) -> SpecificityTask:
    materials = Materials(data, DataConfig(("train",), **choice), run)
    return materials.task(TaskConfig(), 0, features())


def motif_counts(data: Path, run: Path, text: str) -> dict[str, int]:
    task = make_task(data, run, sources=text)
    assert task.target.shape == (len(task.proteins), 32_896)
    return {
        protein.id: len(motifs) for protein, motifs in zip(task.proteins, task.motifs, strict=True)
    }


def relatives(data: Path, text: str) -> dict[str, tuple[str, ...]]:
    found = Materials(data, DataConfig(("train",), sources=text), data).relatives
    return {one.protein_id: one.motif_sources for one in found.proteins}


def test_all_sources_count_unless_some_are_named(data: Path, tmp_path: Path) -> None:
    assert choose_sources(data, "") == ALL
    assert motif_counts(data, tmp_path, "") == {"MAX": 2, "LHX2": 1, "SP1": 2, "GATA1": 1}


@pytest.mark.parametrize(
    ("text", "motifs"),
    [
        ("-HOCOMOCO", {"MAX": 1, "LHX2": 1, "SP1": 2}),
        ("-cis-bp", {"MAX": 2, "SP1": 1, "GATA1": 1}),
        ("-HOCOMOCO,-CIS-BP", {"MAX": 1, "SP1": 1}),
        ("-UniProt", {"LHX2": 1}),
        ("JASPAR", {"MAX": 1, "SP1": 1}),
        ("jaspar, CIS-BP", {"MAX": 1, "LHX2": 1, "SP1": 2}),
    ],
)
def test_sequences_and_motifs_of_other_sources_are_left_out(
    data: Path, tmp_path: Path, text: str, motifs: dict[str, int]
) -> None:
    assert motif_counts(data, tmp_path, text) == motifs
    assert set(motifs) <= set(relatives(data, text))


def test_relatives_are_of_the_chosen_sources(data: Path) -> None:
    """What a source hides while it counts, another's motifs, is there when it is left out."""
    assert relatives(data, "")["MAX"] == ("JASPAR 2026",)
    without = relatives(data, "-JASPAR")
    assert "MAX" not in without and without["GATA1"] == ("HOCOMOCO v13",)
    assert relatives(data, "UniProt,HOCOMOCO")["MAX"] == ("HOCOMOCO v13",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-HOCOMOKO", "no source begins with 'hocomoko'; there are"),
        ("JASPAR,-CIS-BP", "both"),
        ("B1H", "no protein"),
    ],
)
def test_a_wrong_choice_is_refused(data: Path, tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        make_task(data, tmp_path, sources=text)


def test_proteins_are_left_out_by_the_beginning_of_their_ids(data: Path, tmp_path: Path) -> None:
    names = {protein.id for protein in make_task(data, tmp_path, without="MA").proteins}
    assert names == {"GATA1", "LHX2", "SP1"}
    assert "MAX" not in Materials(data, DataConfig(("train",), "MA"), data).relatives.rows


def test_names_are_beginnings_of_parts() -> None:
    assert Sources.parse("-cis-bp").keep("HOCOMOCO v13")
    assert not Sources.parse("-cis").keep("CIS-BP 2.0 (domain only); Pfam domains")
    assert not Sources.parse("2.0").keep("CIS-BP 2.0")


def test_proteins_are_read_as_the_model_reads_them(data: Path, tmp_path: Path) -> None:
    """A model that reads whole sequences, or other flanks, is trained on those."""
    residues = {}
    for name, change in (
        ("domains", {}),
        ("bare", {"flank": 0}),
        ("full", {"protein_region": "full"}),
    ):
        materials = Materials(data, DataConfig(("train",)), tmp_path)
        task = materials.task(TaskConfig(), 0, features(**change))
        residues[name] = {protein.id: len(protein.residues) for protein in task.proteins}
        assert len(task.target) == len(task.proteins)
    assert all(residues["bare"][id] < residues["domains"][id] for id in residues["domains"])
    table = pd.read_csv(data / "proteins.tsv.gz", sep="\t", index_col="protein_id")
    whole = table["sequence"].str.len()
    assert all(residues["full"][id] == whole[id] for id in residues["full"])
    assert "ALBU" in residues["full"] and "ALBU" not in residues["domains"]
