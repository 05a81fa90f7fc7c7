"""The data of the retraining tutorial is what its datasheet says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dna_protein_bca.io.fasta import read_fasta


@pytest.fixture
def folder(data_dir: Path) -> Path:
    return data_dir / "retraining"


def test_counts_and_ids(folder: Path) -> None:
    dna = {one.id: one.sequence for one in read_fasta(folder / "dna.fa.gz", "dna")}
    proteins = {one.id for one in read_fasta(folder / "proteins.fa", "protein")}
    assert len(dna) == 1895 and len(proteins) == 6
    assert {len(sequence) for sequence in dna.values()} == {101}
    for name, rows in (("train", 1200), ("test_dna", 600), ("test_protein", 120)):
        table = pd.read_csv(folder / f"{name}.tsv", sep="\t")
        assert len(table) == rows and table["label"].mean() == 0.5
        assert set(table["dna_id"]) <= dna.keys() and set(table["protein_id"]) <= proteins
        assert not table.duplicated(["protein_id", "dna_id"]).any()


def test_what_is_held_out_is_held_out(folder: Path) -> None:
    train, dna, protein = (
        pd.read_csv(folder / f"{name}.tsv", sep="\t")
        for name in ("train", "test_dna", "test_protein")
    )
    assert not set(train["dna_id"]) & {*dna["dna_id"], *protein["dna_id"]}
    assert set(protein["protein_id"]) == {"TAL1"} and "TAL1" not in set(train["protein_id"])
    assert set(dna["protein_id"]) == set(train["protein_id"])
    chromosomes = [set(table["dna_id"].str.partition(":")[0]) for table in (train, dna)]
    assert chromosomes == [{"chr3", "chr4"}, {"chr5"}]
