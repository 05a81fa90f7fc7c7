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
    header, model = (line.split("\t") for line in result.stdout.splitlines()[:2])
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


def test_one_split_alone_is_evaluated(
    run: Callable, tiny_weights: Path, data_dir: Path, pairs: Path, tmp_path: Path
) -> None:
    inputs = ("--proteins", data_dir / "example_proteins.fa", "--dna", data_dir / "example_dna.fa")
    options = ("--model", tiny_weights, "--resamples", 50)
    header, *rows = pairs.read_text().splitlines()
    # LHX2 is among the proteins, and its rows would not be missed.
    splits = [*(f"{row}\ttest" for row in rows), "LHX2\tLHX2_site_1\t1\ttrain"]
    divided = tmp_path / "divided.tsv"
    divided.write_text("\n".join([f"{header}\tsplit", *splits]) + "\n")
    whole = run("evaluate", *inputs, "--pairs", pairs, *options)
    part = run("evaluate", *inputs, "--pairs", divided, "--split", "test", *options)
    assert part.exit_code == 0, part.output
    assert (part.stdout, part.stderr) == (whole.stdout, whole.stderr)
    every = run("evaluate", *inputs, "--pairs", divided, *options)
    assert every.stderr == (
        "Evaluating 46 pairs of 4 proteins\n"
        "1 of 46 pairs has train in the column split: --split test leaves it out\n"
    )
    for table, name, message in (
        (pairs, "test", ":1: no column split: "),
        (divided, "validation", ": no row has validation in the column split"),
    ):
        result = run("evaluate", *inputs, "--pairs", table, "--split", name, *options)
        assert result.exit_code == 1 and len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith(f"Error: {table}{message}")


def test_says_which_metrics_are_not_defined(
    run: Callable, tiny_weights: Path, data_dir: Path, tmp_path: Path
) -> None:
    inputs = ("--proteins", data_dir / "example_proteins.fa", "--dna", data_dir / "example_dna.fa")
    table = tmp_path / "pairs.tsv"
    rows = [f"MAX\tMAX_site_{number}\t1" for number in range(1, 6)]
    table.write_text("\n".join(["protein_id\tdna_id\tlabel", *rows]) + "\n")
    for quiet, first in (((), "Evaluating 5 pairs of 1 protein\n"), (("-q",), "")):
        done = run("evaluate", *inputs, "--pairs", table, "--model", tiny_weights, *quiet)
        assert done.exit_code == 0 and done.stderr == first
        assert "MCC, F1: not defined, because all 5 labels are 1" in done.stdout


def test_counts_and_names_what_is_left_out(
    run: Callable, tiny_weights: Path, data_dir: Path, tmp_path: Path
) -> None:
    proteins, dna, table = (tmp_path / name for name in ("p.fa", "d.fa", "pairs.tsv"))
    names = ("example_proteins.fa", "non_binders.fa")
    proteins.write_text("".join((data_dir / name).read_text() for name in names))
    dna.write_text((data_dir / "example_dna.fa").read_text() + ">n\nNNNNNN\n")
    without = [
        line[1:].split()[0]
        for line in (data_dir / "non_binders.fa").read_text().splitlines()
        if line.startswith(">")
    ]
    rows = [f"{name}\tMAX_site_1\t0" for name in without] + ["MAX\tMAX_site_1\t1", "MAX\tn\t0"]
    table.write_text("\n".join(["protein_id\tdna_id\tlabel", *rows]) + "\n")
    inputs = ("--proteins", proteins, "--dna", dna, "--pairs", table, "--model", tiny_weights)
    assert run("evaluate", *inputs).stderr == (
        "Evaluating 12 pairs of 11 proteins\n"
        "Warning: 11 of 12 pairs have no score and are left out: 10 proteins have no known "
        f"DNA-binding domain, and no score: {', '.join(without[:3])} and 7 more; 1 DNA record is "
        "all N or shorter than 5 bp, and has no score: n\n"
    )
