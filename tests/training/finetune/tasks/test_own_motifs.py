"""Given weights that stay as they are, beside motifs that training proteins learn of their own."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import LEARNED, MeasuredProtein, MeasuredProteins
from dna_protein_bca.training import Callback, TrainSettings, fit
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.prepare import prepare

SETTINGS = TrainSettings(steps=12, batch_size=32, save_every=3)


class Stop(Callback):
    """Ends a training at its fifth step."""

    def on_step(self, report: Any) -> None:
        if report.step == 5:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(scope="module")
def weights(tiny_weights: Path, proteins: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights with relatives: a measured protein has the id of a training protein."""
    folder = tmp_path_factory.mktemp("weights") / "with_relatives"
    shutil.copytree(tiny_weights, folder)
    records = [(one.id, one.sequence) for one in read_fasta(proteins, "protein")]
    domains = find_domains(records)
    rng = np.random.default_rng(0)
    MeasuredProteins(
        MeasuredProtein(
            "MAX" if name == "LHX2" else f"relative of {name}",
            "",
            "measured",
            match_states(sequence, found),
            (rng.dirichlet(np.full(4, 0.3), 10).astype(np.float32),),
            ("measured",),
        )
        for (name, sequence), found in zip(records, domains, strict=True)
        if found
    ).save(folder / "relatives.parquet")
    return folder


@pytest.fixture
def given(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, weights: Path
) -> dict[str, Any]:
    quiet: dict[str, Any] = {"report": lambda _: None, "device": "cpu", "threads": 1}
    sources: dict[str, Any] = {"proteins": proteins, "dna": examples[0], "pairs": labels}
    return {**sources, "init": weights, **quiet}


def learned(folder: Path) -> dict[str, MeasuredProtein]:
    measured = MeasuredProteins.read(folder / "relatives.parquet")
    return {one.protein_id: one for one in measured.proteins if one.source == LEARNED}


def test_only_motifs_are_learned_and_predictions_read_them(
    given: dict[str, Any], weights: Path, tmp_path: Path
) -> None:
    done = fit(out=tmp_path, settings=SETTINGS, **given)
    before, after = (load_model(folder).state_dict() for folder in (weights, done.folder / "last"))
    assert before.keys() == after.keys()
    assert [n for n in before if not torch.equal(before[n], after[n])] == ["to_bias.bias"]
    found = learned(done.folder / "last")
    assert sorted(found) == ["LHX2", f"MAX ({LEARNED})", "SP1"]
    given_proteins = MeasuredProteins.read(weights / "relatives.parquet").proteins
    measured = MeasuredProteins.read(done.folder / "last" / "relatives.parquet")
    kept = measured.measured_alone()
    assert [one.protein_id for one in kept.proteins] == [one.protein_id for one in given_proteins]
    # What the training validated is what its weights predict.
    table = pd.read_csv(tmp_path / "pairs.tsv", sep="\t")
    held = table[table["split"] == "validation"].reset_index(drop=True)
    predictor = BindingPredictor.from_pretrained(tmp_path / "last", "cpu")
    score = predictor.predict(given["proteins"], given["dna"], held)["score"]
    cross_entropy = np.log1p(np.exp(-np.where(held["label"] == 1, 1, -1) * score)).mean()
    rows = pd.read_csv(tmp_path / "metrics.csv")
    assert rows["val_loss"].iloc[-1] == pytest.approx(cross_entropy, rel=0.05)


def test_resumes_bit_for_bit(given: dict[str, Any], tmp_path: Path) -> None:
    fit(out=tmp_path / "whole", settings=SETTINGS, **given)
    assert not fit(out=tmp_path / "cut", settings=SETTINGS, callbacks=[Stop()], **given).finished
    fit(out=tmp_path / "cut", settings=SETTINGS, resume=True, **given)
    one, other = (learned(tmp_path / name / "last") for name in ("whole", "cut"))
    assert one.keys() == other.keys()
    for name in one:
        for ours, theirs in zip(one[name].motifs, other[name].motifs, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_second_training_replaces_what_the_first_left(
    given: dict[str, Any], tmp_path: Path
) -> None:
    first = fit(out=tmp_path / "one", settings=SETTINGS, **given).folder / "last"
    job = prepare(
        Inputs(**{name: given[name] for name in ("proteins", "dna", "pairs")}), SETTINGS, init=first
    )
    relatives = job.proteins.relative_motifs
    assert relatives is not None
    assert len(relatives.measured) == len(relatives.measured.measured_alone())
    second = fit(out=tmp_path / "two", settings=SETTINGS, **{**given, "init": first}).folder
    assert learned(second / "last").keys() == learned(first).keys()


def test_what_was_learned_is_no_measurement(given: dict[str, Any], tmp_path: Path) -> None:
    folder = fit(out=tmp_path, settings=SETTINGS, **given).folder / "last"
    predictor = BindingPredictor.from_pretrained(folder, "cpu")
    nearest = predictor.predict(given["proteins"], {"site": "ACGTCACGTGACC"})["nearest_measured"]
    assert nearest.notna().any() and not nearest.str.contains(LEARNED).any()
    assert predictor.relative_motifs is not None and predictor.measured is not None
    assert len(predictor.relative_motifs.measured) > len(predictor.measured)


def test_a_run_from_before_a_setting_was_known_goes_on(
    given: dict[str, Any], tmp_path: Path
) -> None:
    assert not fit(out=tmp_path, settings=SETTINGS, callbacks=[Stop()], **given).finished
    path = tmp_path / "config.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["model"]["joint_gate"]
    path.write_text(json.dumps(record), encoding="utf-8")
    assert fit(out=tmp_path, settings=SETTINGS, resume=True, **given).finished


def test_given_motifs_are_all_learned_from(given: dict[str, Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    records = [(one.id, one.sequence) for one in read_fasta(given["proteins"], "protein")]
    # Twelve proteins, of which a tenth would be held out if the whole model learned.
    many = {f"{name}_{n}": text + n * "A" for name, text in records for n in range(12)}
    path = tmp_path / "motifs.meme"
    write_meme(path, [Motif(f"M@{n}", rng.dirichlet(np.full(4, 0.3), 8)) for n in many])
    inputs = Inputs(proteins=many, motifs=path)
    assert not prepare(inputs, SETTINGS, init=given["init"]).data.held_motifs
    whole = dataclasses.replace(SETTINGS, encoder_rate=0.1)
    assert prepare(inputs, whole, init=given["init"]).data.held_motifs


def test_whole_weights_learn_where_that_is_asked_for(
    given: dict[str, Any], weights: Path, tmp_path: Path
) -> None:
    settings = TrainSettings(steps=3, batch_size=32, encoder_rate=0.1)
    done = fit(out=tmp_path, settings=settings, **given)
    before, after = (load_model(folder).state_dict() for folder in (weights, done.folder / "last"))
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert {"members", "joint"} <= changed
    assert not learned(done.folder / "last")


def test_where_no_trained_protein_validates_the_last_weights_are_the_best(
    given: dict[str, Any], labels: pd.DataFrame, tmp_path: Path
) -> None:
    new = (labels["protein_id"] == "SP1").to_numpy()
    parts = {"pairs": labels[~new], "validation": labels[new]}
    sources = {name: given[name] for name in ("proteins", "dna")}
    job = prepare(Inputs(**sources, **parts), SETTINGS, init=given["init"], allow_overlap=True)
    assert (job.loop.monitor, job.loop.patience) == ("step", 0)
    done = fit(out=tmp_path, settings=SETTINGS, allow_overlap=True, **{**given, **parts})
    assert done.best_step == done.step == SETTINGS.steps
    assert "SP1" not in learned(done.folder / "best")
