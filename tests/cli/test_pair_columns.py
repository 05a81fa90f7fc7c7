"""`--columns` of the commands that read a table of pairs without labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Run = Callable[..., Any]

PAIRS = [("TF1", "b"), ("TF2", "a")]
NAMES = ("--columns", "protein=TF,dna=probe")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two pairs, under names of the table's own."""
    path = tmp_path / "own.csv"
    rows = "".join(f"{dna},{protein}\n" for protein, dna in PAIRS)
    path.write_text("probe,TF\n" + rows)
    return path


@pytest.fixture
def inputs(data_dir: Path, tiny_weights: Path, tmp_path: Path) -> list[Any]:
    sequences = (data_dir / "example_proteins.fa").read_text().split(">")[1:3]
    proteins, dna = tmp_path / "p.fa", tmp_path / "d.fa"
    bodies = (one.partition("\n")[2] for one in sequences)
    proteins.write_text("".join(f">TF{n}\n{body}" for n, body in enumerate(bodies, 1)))
    dna.write_text(">a\nACGTGATTACAACGTG\n>b\nTTTTAATTAGCCGGAA\n")
    return ["--proteins", proteins, "--dna", dna, "--model", tiny_weights]


def pairs_of(path: Path) -> list[tuple[str, str]]:
    found = pd.read_csv(path, sep="\t")
    return list(zip(found["protein_id"], found["dna_id"], strict=True))


def test_predict(run: Run, inputs: list[Any], table: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.tsv"
    result = run("predict", *inputs, "--pairs", table, *NAMES, "--no-p-values", "-o", out)
    assert result.exit_code == 0, result.output
    assert pairs_of(out) == PAIRS


def test_a_part_under_other_names_is_of_another_run(
    run: Run, inputs: list[Any], table: Path, tmp_path: Path
) -> None:
    part = ("predict", *inputs, "--pairs", table, "--no-p-values", "-o", tmp_path / "s.tsv")
    result = run(*part, *NAMES, "--shard", "1/2")
    assert result.exit_code == 0, result.output
    result = run(*part, "--columns", "protein=probe,dna=TF", "--shard", "2/2")
    assert result.exit_code == 1 and "--columns" in result.output


def test_embed_and_explain(run: Run, inputs: list[Any], table: Path, tmp_path: Path) -> None:
    result = run("embed", *inputs, "--pairs", table, *NAMES, "-o", tmp_path / "e.parquet")
    assert result.exit_code == 0, result.output
    embedded = pd.read_parquet(tmp_path / "e.parquet")
    assert list(zip(embedded["protein_id"], embedded["dna_id"], strict=True)) == PAIRS
    quick = ("--residues", "none", "--no-plots", "--no-p-values", "-o", tmp_path / "explained")
    result = run("explain", *inputs, "--pairs", table, *NAMES, *quick)
    assert result.exit_code == 0, result.output
    assert pairs_of(tmp_path / "explained" / "pairs.tsv") == PAIRS


def test_names_that_are_not_there(run: Run, inputs: list[Any], table: Path, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "x.tsv")
    result = run("predict", *inputs, "--pairs", table, "--columns", "protein=f,dna=probe", *out)
    assert result.exit_code == 1
    assert f"{table}:1: no column 'f', which is to be read as protein_id" in result.output
    result = run("predict", *inputs, *NAMES, *out)
    assert result.exit_code == 2 and "give --pairs as well" in result.output
