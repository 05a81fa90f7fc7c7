"""`train --folds` and `--replicates`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

TINY = "dim=16 heads=2 decoder_depth=1 latents=4 motifs=1 joint_dim=16 joint_heads=2 joint_depth=1"
FIELDS = [part for field in TINY.split() for part in ("--set", field)]


@pytest.fixture
def inputs(data_dir: Path, tmp_path: Path) -> list[object]:
    """Two proteins on their own sites and without them."""
    rng = np.random.default_rng(0)
    rows, records = ["protein_id\tdna_id\tlabel"], []
    for protein, site in (("MAX", "ACCACGTGGT"), ("SP1", "GGGGCGGGGC")):
        for number in range(24):
            dna = "".join(rng.choice(list("ACGT"), 50))
            if number % 2:
                dna = f"{dna[:20]}{site}{dna[30:]}"
            records.append(f">{protein}{number}\n{dna}\n")
            rows.append(f"{protein}\t{protein}{number}\t{number % 2}")
    (tmp_path / "dna.fa").write_text("".join(records))
    (tmp_path / "pairs.tsv").write_text("\n".join(rows) + "\n")
    given = ["--proteins", data_dir / "example_proteins.fa", "--dna", tmp_path / "dna.fa"]
    return [*given, "--pairs", tmp_path / "pairs.tsv", "--device", "cpu", "--threads", 1]


@pytest.mark.parametrize("how", [("--folds", 2), ("--replicates", 2)])
def test_several_trainings_are_one_report_and_one_ensemble(
    run: Callable, inputs: list, tmp_path: Path, how: Any
) -> None:
    out = tmp_path / "run"
    given = ("train", *inputs, *FIELDS, "--steps", 2, "--batch-size", 16, *how, "-o", out)
    done = run(*given)
    assert done.exit_code == 0, done.output
    assert f"2 trainings finished; --model {out} takes them as an ensemble" in done.stdout
    folds = how[0] == "--folds"
    names = [f"{'fold' if folds else 'replicate'}-{number}" for number in (1, 2)]
    values = json.loads((out / "metrics.json").read_text())["model"]
    assert list(values) == [*names, "mean", "standard deviation", "together"]
    each = [values[name]["average_precision"] for name in names]
    assert values["mean"]["average_precision"] == pytest.approx(np.mean(each))
    expected = np.std(each, ddof=1)
    assert values["standard deviation"]["average_precision"] == pytest.approx(expected)
    predictions = pd.read_csv(out / "predictions.tsv", sep="\t")
    assert sorted(predictions["run"].unique()) == names
    if folds:
        assert len(predictions) == 48 and not predictions["dna_id"].duplicated().any()
    page = (out / "report.html").read_text()
    assert all(name in page for name in names)

    predict = ("predict", *inputs[:4], "--device", "cpu")
    ensemble = run(*predict, "--model", out)
    members = [part for name in names for part in ("--model", out / name / "best")]
    assert ensemble.exit_code == 0, ensemble.output
    assert ensemble.stdout == run(*predict, *members).stdout
    assert ensemble.stdout.splitlines()[0].endswith("uncertainty")
    single = run("motif", *inputs[:2], "--model", out)
    assert single.exit_code == 2 and "of an ensemble, one member, such as" in single.output

    shown = run("models", "show", out).stdout
    assert [shown.count(f"{out / name / 'best'}\n") for name in names] == [1, 1]
    assert shown.count("\ncommand\t") == 2

    again = run(*given)
    assert again.exit_code == 1 and "holds a run already: pass --resume" in again.output
    assert run(*given, "--resume").exit_code == 0


def test_what_cannot_be_divided_is_refused(run: Callable, inputs: list, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "run")
    both = run("train", *inputs, "--folds", 2, "--replicates", 2, *out)
    assert both.exit_code == 2 and "two ways to train several times" in both.output
    alone = run("train", *inputs, "--by", "family", *out)
    assert alone.exit_code == 2 and "--by says how --folds divides the pairs" in alone.output
    many = run("train", *inputs, *FIELDS, "--folds", 3, *out)
    assert many.exit_code == 1 and "3 folds by protein need 3 groups" in many.output
    table = tmp_path / "pairs.tsv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([f"{lines[0]}\tsplit", *(f"{one}\ttrain" for one in lines[1:])]))
    divided = run("train", *inputs, *FIELDS, "--folds", 2, *out)
    assert divided.exit_code == 1 and "--folds divides all pairs" in divided.output
