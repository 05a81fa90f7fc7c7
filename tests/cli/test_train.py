"""`train` as a user runs it."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import SafetensorError

from dna_protein_bca.commands.training.options import LOSSES
from dna_protein_bca.commands.training.train import command
from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.training import TrainSettings

TINY = "dim=16 heads=2 decoder_depth=1 latents=4 motifs=1 joint_dim=16 joint_heads=2 joint_depth=1"
FIELDS = [part for field in TINY.split() for part in ("--set", field)]


@pytest.fixture
def inputs(data_dir: Path, tmp_path: Path) -> list[object]:
    """MAX on its own site and without it, 30 DNAs each."""
    rng = np.random.default_rng(0)
    rows, records = ["protein_id\tdna_id\tlabel"], []
    for number in range(60):
        dna = "".join(rng.choice(list("ACGT"), 50))
        if number % 2:
            dna = f"{dna[:20]}ACCACGTGGT{dna[30:]}"
        records.append(f">d{number}\n{dna}\n")
        rows.append(f"MAX\td{number}\t{number % 2}")
    (tmp_path / "dna.fa").write_text("".join(records))
    (tmp_path / "pairs.tsv").write_text("\n".join(rows) + "\n")
    proteins = ["--proteins", data_dir / "example_proteins.fa", "--dna", tmp_path / "dna.fa"]
    return [*proteins, "--pairs", tmp_path / "pairs.tsv", "--device", "cpu", "--threads", 1]


def test_from_nothing_to_a_model_and_a_report(
    run: Callable, inputs: list, data_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    result = run("train", *inputs, *FIELDS, "--steps", 5, "--batch-size", 16, "-o", out)
    assert result.exit_code == 0, result.output
    assert "finished at step 5" in result.output
    # No terminal, no bar.
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", result.output)
    for name in ("config.json", "metrics.csv", "report.html", "evaluation/metrics.json"):
        assert (out / name).is_file(), name
    for name in ("best", "last"):
        given = ("--proteins", data_dir / "example_proteins.fa", "--dna", tmp_path / "dna.fa")
        predicted = run("predict", *given, "--model", out / name)
        assert predicted.exit_code == 0 and len(predicted.stdout.splitlines()) == 421
    evaluated = run(
        "evaluate", *inputs[:6], "--model", out / "best", "--model", out / "last", "--resamples", 20
    )
    assert evaluated.exit_code == 0, evaluated.output
    assert evaluated.stdout.splitlines()[1].startswith("model")
    made = run("models", "show", out / "best")
    assert made.exit_code == 0
    facts = dict(line.split("\t") for line in made.stdout.splitlines() if "\t" in line)
    assert facts["started from"] == "scratch" and facts["held out"] == "drawn pairs, seed 0"
    assert facts["pairs"].startswith(f"{tmp_path / 'pairs.tsv'} (SHA-256 ")
    assert "train pairs 54" in facts["counts"] and "val score " in facts["metrics"]
    assert "torch " in facts["made by"] and '"dim": 16' in made.stdout
    # Predictions say how near a training protein is.
    table = pd.read_csv(io.StringIO(predicted.stdout), sep="\t")
    near = table.drop_duplicates("protein_id").set_index("protein_id")["nearest_identity"]
    assert near["MAX"] == 1 and near.drop("MAX").fillna(0).max() < 1
    assert set(table["nearest_measured"].dropna()) == {"MAX"}
    # A tenth of the pairs was held out.
    assert evaluated.stderr == (
        "Evaluating 60 pairs of 1 protein\n"
        "54 of 60 pairs are among those that the weights were trained on: on others expect less\n"
    )


def test_refuses_a_run_and_resumes_it(run: Callable, inputs: list, tmp_path: Path) -> None:
    given = ("train", *inputs, *FIELDS, "--steps", 2, "--batch-size", 16, "-o", tmp_path / "run")
    assert run(*given, "--resume").exit_code == 0
    again = run(*given)
    assert again.exit_code == 1 and "holds a run already: pass --resume" in again.output
    assert run(*given, "--resume").exit_code == 0
    other = run(*given, "--rate", "0.5", "--resume")
    assert other.exit_code == 1 and "rate was not given" in other.output


def test_dry_run_writes_nothing(run: Callable, inputs: list, tmp_path: Path) -> None:
    result = run("train", *inputs, *FIELDS, "-o", tmp_path / "run", "--dry-run")
    assert result.exit_code == 0, result.output
    shown = dict(line.split("\t") for line in result.output.splitlines())
    assert int(shown["train_pairs"]) + int(shown["validation_pairs"]) == 60
    assert float(shown["train_positive_share"]) == 0.5
    assert shown["dna_length_bp"] == "50 to 50, median 50"
    assert float(shown["seconds_per_epoch"]) > 0 and float(shown["memory_megabytes"]) > 50
    assert not (tmp_path / "run").exists()


def test_bad_input_is_one_line(run: Callable, inputs: list, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "run")
    table = tmp_path / "one.tsv"
    table.write_text("protein_id\tdna_id\tlabel\n" + "MAX\td1\t1\nMAX\td3\t1\n")
    replaced = [table if part == tmp_path / "pairs.tsv" else part for part in inputs]
    cases = [
        (replaced, 1, "no negative labels"),
        ([*inputs, "--split", "protein"], 1, "needs two proteins or more"),
        ([*inputs, "--validation", tmp_path / "pairs.tsv"], 1, "pass --allow-overlap"),
        ([*inputs, "--init", tmp_path], 1, "config.json is missing"),
        ([*inputs, "--set", "dimension=3"], 1, "no field dimension"),
        ([*inputs, "--freeze"], 2, "give --init"),
        ([*inputs[:2], *out], 1, "nothing to learn from"),
    ]
    for arguments, code, message in cases:
        result = run("train", *arguments, *out)
        assert result.exit_code == code, result.output
        assert message in result.output
        assert len(result.output.strip().splitlines()) == 1
        assert not (tmp_path / "run").exists()


def test_every_setting_has_an_option(run: Callable, inputs: list, tmp_path: Path) -> None:
    given = ("--loss", "rank=0", "--loss", "kmer=0.25", "--hide", 0.1, "--motif-proteins", 3)
    out = tmp_path / "run"
    steps = ("--steps", 1, "--batch-size", 8, *FIELDS)
    result = run("train", *inputs, *given, *steps, "-o", out)
    assert result.exit_code == 0, result.output
    settings = json.loads((out / "config.json").read_text())["settings"]
    expected = {"rank": 0, "kmer": 0.25, "hide": 0.1, "motif_proteins": 3, "label": 1}
    assert {name: settings[name] for name in expected} == expected
    parameters = {one.name for one in command.params}
    for field in dataclasses.fields(TrainSettings):
        assert field.name in {*parameters, *LOSSES}, field.name
        shown = next((one.default for one in command.params if one.name == field.name), None)
        if type(field.default) in (int, float) and field.name not in (*LOSSES, "batch_size"):
            assert shown == field.default, field.name
    listed = next(one.help for one in command.params if one.name == "losses")
    defaults = [f"{name}={getattr(TrainSettings(), name):g}" for name in LOSSES]
    assert listed.endswith(f"[default: {' '.join(defaults)}]")


@pytest.mark.parametrize("text", ["rank", "rank=-1", "rank=much", "rank=inf", "order=1"])
def test_a_weight_of_no_loss(run: Callable, inputs: list, text: str, tmp_path: Path) -> None:
    result = run("train", *inputs, "--loss", text, "-o", tmp_path / "run")
    assert (
        result.exit_code == 2 and "give NAME=WEIGHT, the name one of label, rank" in result.output
    )


def test_weights_that_are_none(
    run: Callable, inputs: list, tiny_weights: Path, tmp_path: Path
) -> None:
    pickled = tmp_path / "model.pt"
    torch.save({"w": torch.zeros(2)}, pickled)
    result = run("train", *inputs, "--init", pickled, "-o", tmp_path / "run")
    assert result.exit_code == 1 and "save its state dict with safetensors" in result.output
    other = run("train", *inputs, "--init", tiny_weights, "--set", "dim=64", "-o", tmp_path / "run")
    assert other.exit_code == 1
    assert "differ in dim (the weights have 16, 64 was asked for)" in other.output


def test_a_full_disk_says_how_to_go_on(
    run: Callable, inputs: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("train", *inputs, *FIELDS, "--steps", 2, "-o", tmp_path / "run")

    def full(*_: object, **__: object) -> None:
        raise SafetensorError("Error while serializing: No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr("dna_protein_bca.training.engine.checkpoint.save_file", full)
        result = run(*given)
    assert result.exit_code == 1
    begun, error = result.stderr.splitlines()
    place = tmp_path / "run" / "checkpoint.safetensors"
    assert begun.startswith("Training from scratch on 54 pairs (27 bound) of 1 protein")
    assert error.startswith(f"Error: {place}: no space left on the disk; ")
    assert error.endswith("go on with --resume")
    assert run(*given, "--resume").exit_code == 0


def test_a_loss_that_is_not_finite_says_what_to_do(
    run: Callable, inputs: list, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    result = run("train", *inputs, *FIELDS, "--steps", 20, "--rate", 1e30, "-o", out)
    assert result.exit_code == 1 and len(result.stderr.splitlines()) == 2
    kept = f"The last good checkpoint, {out / 'checkpoint.safetensors'}, is of step 0."
    advice = "Begin another run, at a lower rate or without the pairs that it fails on."
    assert f"{kept} {advice} The batch: MAX d" in result.stderr


def test_calibration_travels_with_the_weights(run: Callable, inputs: list, tmp_path: Path) -> None:
    out, pairs = tmp_path / "run", tmp_path / "pairs.tsv"
    lines = pairs.read_text().splitlines()
    (tmp_path / "train.tsv").write_text("\n".join(lines[:41]) + "\n")
    (tmp_path / "held.tsv").write_text("\n".join([lines[0], *lines[41:]]) + "\n")
    given = [tmp_path / "train.tsv" if part == pairs else part for part in inputs]
    settings = ["--steps", 60, "--rate", 0.01, "--batch-size", 16, "--match-share", 1, *FIELDS]
    result = run("train", *given, "--validation", tmp_path / "held.tsv", *settings, "-o", out)
    assert result.exit_code == 0, result.output
    stored = json.loads((out / "best" / "calibration.json").read_text())
    assert (stored["pairs"], stored["proteins"], stored["background"]) == (20, 1, "uniform")
    assert stored["slope"] > 0 and 0 < stored["threshold"] < 1
    assert "probabilities fitted on 20 validation pairs of 1 of the 1 validation" in result.output
    values = json.loads((out / "evaluation" / "metrics.json").read_text())
    calibration = Calibration.read(out / "best")
    assert calibration is not None and values["prior"] == 0.5
    assert values["threshold"] == pytest.approx(calibration.threshold_at(0.5))
    assert values["expected_calibration_error"] < 0.3
    assert "Calibration" in (out / "report.html").read_text()
    assert values["auroc"] > 0.8


def test_weights_of_affinities_give_no_probability(
    run: Callable, inputs: list, tmp_path: Path
) -> None:
    labelled = (tmp_path / "pairs.tsv").read_text()
    (tmp_path / "measured.tsv").write_text(labelled.replace("label", "affinity"))
    out = tmp_path / "measured"
    training = [*inputs[:5], tmp_path / "measured.tsv", *inputs[6:], *FIELDS, "--steps", 2]
    assert run("train", *training, "-o", out).exit_code == 0
    for model in ([out / "best"], [out / "best", out / "last"]):
        given = [part for one in model for part in ("--model", one)]
        done = run("predict", *inputs[:4], *given, "-o", tmp_path / "out.tsv")
        table = pd.read_csv(tmp_path / "out.tsv", sep="\t")
        assert table["score"].notna().all() and table["p_value"].notna().all()
        assert table["probability"].isna().all()
        assert "Warning: probability is blank" in done.stderr
    report = tmp_path / "report"
    evaluated = run("evaluate", *inputs[:6], "--model", out / "best", "-o", report)
    assert evaluated.exit_code == 0
    assert (
        "MCC, F1, Brier, ECE: not defined, because the weights have no calibration, and give no "
        "probabilities" in evaluated.stdout
    )
    assert "Calibration" not in (report / "report.html").read_text()


def test_a_validation_that_cannot_choose_is_one_line(
    run: Callable, inputs: list, tmp_path: Path
) -> None:
    header, *rows = (tmp_path / "pairs.tsv").read_text().splitlines()
    held = tmp_path / "held.tsv"
    held.write_text("\n".join([header, *(row for row in rows[:9] if row.endswith("1"))]) + "\n")
    (tmp_path / "pairs.tsv").write_text("\n".join([header, *rows[9:]]) + "\n")
    out = tmp_path / "run"
    for option in ((), ("--dry-run",)):
        done = run("train", *inputs, *FIELDS, "--validation", held, "-o", out, *option)
        assert done.exit_code == 1 and done.stdout == "" and not out.exists()
        assert done.stderr == (
            f"Error: {held}: the 4 pairs held out for validation cannot tell which weights are "
            "best: average precision is not defined, because all 4 labels are 1. Give "
            "--validation, or a column split, so that the validation pairs have both labels, 0 "
            "and 1\n"
        )
