"""`--proteins collection`, and the list of species."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.folder_names import COLLECTION
from dna_protein_bca.proteins.collection import CollectedProtein, write_collection


@pytest.fixture(scope="module")
def folder(tiny_weights: Path, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("weights") / "weights"
    shutil.copytree(tiny_weights, copy)
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    proteins = [CollectedProtein(f"{r.id}|x", "Homo_sapiens", r.sequence) for r in records][:3]
    write_collection(copy / COLLECTION, proteins)
    return copy


def test_predict_and_motif(run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "d.fa").write_text(">site\nTTACCACGTGGTAATTTACC\n")
    asked = ("--proteins", "collection:Homo_sapiens", "--model", folder)
    done = run("predict", *asked, "--dna", tmp_path / "d.fa")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(io.StringIO(done.stdout), sep="\t")
    assert [*table.protein_id] == ["MAX|x", "GATA1|x", "CTCF|x"] and table.score.notna().all()
    done = run("motif", *asked, "--top", 1)
    assert [line for line in done.stdout.splitlines() if line.startswith("MOTIF")] == [
        f"MOTIF {name}|x share={share}"
        for name, share in zip(
            ("MAX", "GATA1", "CTCF"),
            [line.split("=")[1] for line in done.stdout.splitlines() if "share=" in line],
            strict=True,
        )
    ]


def test_the_best_proteins_of_each_dna_are_kept(run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "d.fa").write_text(">a\nTTACCACGTGGTAATTTACC\n>b\nGATAAGATTACAGATTACAT\n")
    asked = ("predict", "--proteins", "collection", "--model", folder, "--dna", tmp_path / "d.fa")
    table = pd.read_csv(io.StringIO(run(*asked, "--top", 2).stdout), sep="\t")
    assert [*table.dna_id] == ["a", "a", "b", "b"]
    assert run(*asked, "--top", 2, "--top-by", "dna").stdout == run(*asked, "--top", 2).stdout
    table = pd.read_csv(
        io.StringIO(run(*asked, "--top", 1, "--top-by", "protein").stdout), sep="\t"
    )
    assert [*table.protein_id] == ["MAX|x", "GATA1|x", "CTCF|x"]


def test_an_unknown_species_is_one_line(run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "d.fa").write_text(">site\nTTACCACGTGGTAATTTACC\n")
    out = tmp_path / "out.tsv"
    asked = ("--proteins", "collection:Homo_sapien", "--model", folder)
    done = run("predict", *asked, "--dna", tmp_path / "d.fa", "-o", out)
    assert done.exit_code == 1 and not out.exists()
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("Error: --proteins coll")
    assert "the nearest are Homo_sapiens (3 proteins)" in done.stderr


def test_species_are_listed(run, folder: Path, tiny_weights: Path) -> None:
    done = run("models", "species", folder)
    assert done.stdout == "species\tproteins\nHomo_sapiens\t3\n"
    assert "Homo_sapiens\t" in run("models", "species").stdout
    done = run("models", "species", tiny_weights)
    assert done.exit_code == 1 and "come without a collection" in done.stderr
