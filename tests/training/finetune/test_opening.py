"""The first line of a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.training import TrainSettings, fit
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.fit import make_trainer
from dna_protein_bca.training.finetune.opening import opening
from dna_protein_bca.training.finetune.prepare import prepare


def first_line(inputs: Inputs, settings: TrainSettings, folder: Path) -> str:
    job = prepare(inputs, settings)
    (line,) = opening(job, make_trainer(job, folder, device="cpu"), None)
    return line


def test_says_what_is_learned_from_and_what_is_held_out(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, tiny: Any, tmp_path: Path
) -> None:
    sharp = np.full((6, 4), 0.1, np.float32)
    sharp[:, 1] = 0.7
    write_meme(tmp_path / "m.meme", [Motif("GATA1", sharp)])
    settings = TrainSettings(steps=4, batch_size=32, split="protein", architecture=tiny)
    line = first_line(
        Inputs(proteins, examples[0], labels, tmp_path / "m.meme"), settings, tmp_path
    )
    assert line.startswith(
        "Training from scratch on 80 pairs (40 bound) of 2 proteins and 80 DNA and the motifs of 1 "
        "protein; held out to choose the best weights: 40 pairs of 1 protein, 1 of them new; "
        "4 steps of "
    )
    # So few steps are over before they are timed.
    assert line.endswith(" pairs on cpu, 1 process")


def test_a_protein_that_is_trained_on_is_not_new_under_another_id(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, tiny: Any, tmp_path: Path
) -> None:
    named = {record.id: record.sequence for record in read_fasta(proteins, "protein")}
    named["other"] = named["MAX"].lower()
    held = labels["protein_id"].eq("MAX") & labels["dna_id"].str.match("MAX_[0-9]$")
    validation = pd.concat([labels[held].assign(protein_id="other"), labels[-10:]])
    train = labels[~held & (labels["protein_id"] != "LHX2")]
    settings = TrainSettings(steps=1, batch_size=32, architecture=tiny)
    line = first_line(Inputs(named, examples[0], train, validation=validation), settings, tmp_path)
    assert "held out to choose the best weights: 20 pairs of 2 proteins, 1 of them new; " in line
    assert "; 1 step of " in line


def test_says_how_long_it_takes_without_learning_anything(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, tiny: Any, tmp_path: Path
) -> None:
    settings = TrainSettings(steps=40, batch_size=32, architecture=tiny)
    job = prepare(Inputs(proteins, examples[0], labels), settings)
    before = {name: value.clone() for name, value in job.model.state_dict().items()}
    trainer = make_trainer(job, tmp_path, device="cpu")
    (line,) = opening(job, trainer, None)
    assert line.split(": about ")[1].endswith(" at most")
    assert all(torch.equal(value, before[name]) for name, value in job.model.state_dict().items())
    assert all(parameter.grad is None for parameter in job.model.parameters())
    assert "at most" not in first_line(
        Inputs(proteins, examples[0], labels),
        TrainSettings(steps=40, patience=0, batch_size=32, architecture=tiny),
        tmp_path,
    )


def test_given_weights_have_the_name_that_they_are_given_by(
    proteins: Path,
    examples: tuple[Path, Path],
    labels: pd.DataFrame,
    tiny_weights: Path,
    tmp_path: Path,
) -> None:
    settings = TrainSettings(steps=4, encoder_rate=1.0)
    job = prepare(Inputs(proteins, examples[0], labels), settings, init=tiny_weights)
    trainer = make_trainer(job, tmp_path, device="cpu")
    for weights, name in ((tiny_weights, str(tiny_weights)), (locate("heldout"), "heldout-v")):
        (line,) = opening(job, trainer, weights)
        assert line.startswith(f"Training {name}")


@pytest.mark.parametrize("resume", [False, True])
def test_a_run_stores_its_processes_and_begins_once(
    proteins: Path,
    examples: tuple[Path, Path],
    labels: pd.DataFrame,
    tiny: Any,
    tmp_path: Path,
    resume: bool,
) -> None:
    lines: list[str] = []
    given: dict[str, Any] = {
        "dna": examples[0],
        "pairs": labels,
        "settings": TrainSettings(steps=2, batch_size=32, architecture=tiny),
        "device": "cpu",
        "report": lines.append,
    }
    fit(proteins, tmp_path, **given)
    if resume:
        fit(proteins, tmp_path, resume=True, **given)
    assert sum(line.startswith("Training from scratch on ") for line in lines) == 1
    machine = json.loads((tmp_path / "config.json").read_text())["machine"]
    assert machine == {"processes": 1, "device": "cpu"}
    if resume:
        longer = TrainSettings(steps=30, batch_size=32, architecture=tiny)
        fit(proteins, tmp_path, resume=True, **given | {"settings": longer})
        line = next(line for line in reversed(lines) if line.startswith("Training from scratch"))
        assert "; 30 steps of " in line and ", 2 of them taken already: about " in line
