"""`evaluate` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.tsv"
    rows = [
        f"{protein}\t{other}_site_{number}\t{int(protein == other)}"
        for protein in ("MAX", "SP1", "TP53")
        for other in ("MAX", "SP1", "TP53")
        for number in range(1, 6)
    ]
    path.write_text("\n".join(["protein_id\tdna_id\tlabel", *rows]) + "\n")
    return path


def test_prints_a_table_and_writes_a_report(
    run: Callable, tiny_weights: Path, data_dir: Path, pairs: Path, tmp_path: Path
) -> None:
    inputs = ("--proteins", data_dir / "example_proteins.fa", "--dna", data_dir / "example_dna.fa")
    options = ("--pairs", pairs, "--model", tiny_weights, "--resamples", 50)
    result = run("evaluate", *inputs, *options, "-o", tmp_path / "report")
    assert result.exit_code == 0, result.output
    header, model = (line.split("\t") for line in result.output.splitlines()[:2])
    assert header[1] == "AUROC" and model[0] == "model"
    values = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert model[1].startswith(f"{values['auroc']:.3f}")
    assert {"kmer_logistic", "shuffled"} <= values["baselines"].keys()
    assert (tmp_path / "report" / "report.html").is_file()


def test_pairs_without_labels_are_refused(
    run: Callable, tiny_weights: Path, data_dir: Path
) -> None:
    inputs = ("--proteins", data_dir / "example_proteins.fa", "--dna", data_dir / "example_dna.fa")
    pairs = data_dir / "example_pairs.tsv"
    result = run("evaluate", *inputs, "--pairs", pairs, "--model", tiny_weights)
    assert result.exit_code == 1
    assert "no column label or affinity" in result.output


def test_the_threshold_is_a_probability(run: Callable, data_dir: Path) -> None:
    inputs = ("--proteins", data_dir / "example_proteins.fa", "--dna", data_dir / "example_dna.fa")
    result = run("evaluate", *inputs, "--pairs", "x.tsv", "--threshold", "2")
    assert result.exit_code == 2
    assert "2.0 is not in the range" in result.output
