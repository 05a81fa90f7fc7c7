"""The command `domains`."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.proteins.census import COLUMNS

UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"


@pytest.fixture
def proteome(data_dir: Path, tmp_path: Path) -> Path:
    """The example proteins, a protein without a domain, and half of a domain."""
    sequences = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    sequences |= {"UBI": UBIQUITIN, "cut": sequences["TP53"][:200]}
    path = tmp_path / "proteome.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in sequences.items()))
    return path


def test_a_census_and_its_warning(run, proteome: Path, tmp_path: Path) -> None:
    done = run("domains", "--proteins", proteome)
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(io.StringIO(done.stdout), sep="\t")
    assert tuple(table.columns) == COLUMNS and "UBI" not in {*table.protein_id}
    assert "8 of 9 proteins have a known DNA-binding domain" in done.stderr
    assert "1 protein may be a fragment" in done.stderr and "cut (P53, 0.52" in done.stderr
    out = tmp_path / "census.parquet"
    done = run("domains", "--proteins", proteome, "-o", out, "-q")
    assert done.exit_code == 0 and done.stderr == "" and done.stdout == ""
    assert [*pd.read_parquet(out).protein_id] == [*table.protein_id]


def test_a_collection_is_searched_as_well(run) -> None:
    done = run("domains", "--proteins", "collection:Rattus_norvegicus")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(io.StringIO(done.stdout), sep="\t")
    assert len(table) and table.protein_id.str.contains("|", regex=False).all()


def test_a_proteome_without_any_domain_has_a_header_alone(run, tmp_path: Path) -> None:
    (tmp_path / "p.fa").write_text(f">UBI\n{UBIQUITIN}\n")
    done = run("domains", "--proteins", tmp_path / "p.fa")
    assert done.exit_code == 0 and done.stdout == "\t".join(COLUMNS) + "\n"
    assert "0 of 1 protein have a known DNA-binding domain" in done.stderr


def test_broken_records(run, proteome: Path, tmp_path: Path) -> None:
    with open(proteome, "a") as file:
        file.write(">bad\nMK1V\n")
    out = tmp_path / "out.tsv"
    done = run("domains", "--proteins", proteome, "-o", out)
    assert done.exit_code == 1 and not out.exists() and len(done.stderr.splitlines()) == 1
    done = run("domains", "--proteins", proteome, "-o", out, "--on-error", "skip")
    assert done.exit_code == 0 and "1 left out" in done.stderr
    assert len(pd.read_csv(out, sep="\t")) == 8


def test_the_input_is_not_overwritten(run, proteome: Path) -> None:
    table = proteome.rename(proteome.with_suffix(".tsv"))
    before = table.read_bytes()
    done = run("domains", "--proteins", table, "-o", table)
    assert done.exit_code == 1 and "would be overwritten" in done.stderr
    assert table.read_bytes() == before
