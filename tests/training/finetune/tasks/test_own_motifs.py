"""Given weights that stay as they are, beside motifs that training proteins learn of their own."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.io.outputs import write_json
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import LEARNED, MeasuredProtein, MeasuredProteins
from dna_protein_bca.training import Callback, TrainSettings, fit
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.fit import make_trainer
from dna_protein_bca.training.finetune.prepare import prepare
from dna_protein_bca.training.finetune.tasks.own_motifs import own_motifs
from dna_protein_bca.training.finetune.validation import Validator

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


def test_what_is_saved_scores_as_what_was_trained(
    given: dict[str, Any], weights: Path, tmp_path: Path
) -> None:
    """Of training proteins that are each other's relatives, and of one that is not trained on."""
    sequence = {one.id: one.sequence for one in read_fasta(given["proteins"], "protein")}
    middle = find_domains([("MAX", sequence["MAX"])])[0][0].start + 10
    proteins = dict(sequence)
    for number in range(1, 4):
        changed = "A" * (4 * number)
        text = sequence["MAX"]
        proteins[f"MAX_{number}"] = text[:middle] + changed + text[middle + len(changed) :]
    table = given["pairs"]
    alike = table["protein_id"] == "MAX"
    more = [table[alike].assign(protein_id=f"MAX_{number}") for number in (1, 2)]
    pairs = pd.concat([table, *more], ignore_index=True)
    init = Path(shutil.copytree(weights, tmp_path / "init"))
    config = json.loads((init / "config.json").read_text(encoding="utf-8"))
    # Fewer relatives than there are, so that learned motifs take the place of measured ones.
    config["matching"]["relatives"] = 2
    write_json(init / "config.json", config)
    rate = dataclasses.replace(SETTINGS, rate=0.3)
    job = prepare(Inputs(proteins, given["dna"], pairs), rate, init=init)
    trainer = make_trainer(job, tmp_path / "run", device="cpu")
    trainer.run()
    validator = Validator(job.data, job.proteins)
    trained = validator.score(trainer.ema, job.data.validation)
    before = validator.score(load_model(init).eval(), job.data.validation)
    assert (trained["score"] - before["score"]).abs().max() > 0.1
    predictor = BindingPredictor.from_pretrained(tmp_path / "run" / "last", "cpu")
    found = predictor.predict(proteins, given["dna"], trained[["protein_id", "dna_id"]])
    np.testing.assert_allclose(found["score"], trained["score"], atol=1e-5)


def test_resumes_bit_for_bit_and_seeks_no_motif_again(
    given: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sought(*_: object) -> None:
        raise AssertionError("the checkpoint has the motifs")

    fit(out=tmp_path / "whole", settings=SETTINGS, **given)
    assert not fit(out=tmp_path / "cut", settings=SETTINGS, callbacks=[Stop()], **given).finished
    monkeypatch.setattr("dna_protein_bca.training.finetune.prepare.first_guesses", sought)
    fit(out=tmp_path / "cut", settings=SETTINGS, resume=True, **given)
    assert same_weights(tmp_path / "whole", tmp_path / "cut")


def test_a_run_that_did_not_count_its_motifs_goes_on_bit_for_bit(
    given: dict[str, Any], tmp_path: Path
) -> None:
    fit(out=tmp_path / "whole", settings=SETTINGS, **given)
    assert not fit(out=tmp_path / "cut", settings=SETTINGS, callbacks=[Stop()], **given).finished
    path = tmp_path / "cut" / "config.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["own_motifs"]
    write_json(path, record)
    fit(out=tmp_path / "cut", settings=SETTINGS, resume=True, **given)
    assert same_weights(tmp_path / "whole", tmp_path / "cut")


def same_weights(one: Path, other: Path) -> bool:
    """Whether two runs left the same files for predictions, byte for byte."""
    return all(
        (one / kind / name).read_bytes() == (other / kind / name).read_bytes()
        for kind in ("best", "last")
        for name in ("model.safetensors", "relatives.parquet")
    )


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


@pytest.mark.slow
def test_two_processes_learn_the_motifs_of_one(
    given: dict[str, Any], examples: tuple[Path, Path], tmp_path: Path
) -> None:
    pairs = tmp_path / "labels.tsv"
    given["pairs"].to_csv(pairs, sep="\t", index=False)
    one = fit(out=tmp_path / "one", settings=SETTINGS, **{**given, "pairs": pairs}).folder
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    inputs = ["--proteins", given["proteins"], "--dna", examples[0], "--pairs", pairs]
    length = ["--steps", SETTINGS.steps, "--batch-size", SETTINGS.batch_size]
    where = ["--init", given["init"], "--device", "cpu", "--threads", 1, "-o", tmp_path / "two"]
    command = [*launch, "-m", "dna_protein_bca", "train", *inputs, *length, *where]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = learned(one / "last"), learned(tmp_path / "two" / "last")
    assert first.keys() == second.keys()
    for name, protein in first.items():
        for ours, theirs in zip(protein.motifs, second[name].motifs, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("known", [False, True])
def test_proteins_are_held_out_where_none_has_a_domain_and_the_whole_model_learns(
    given: dict[str, Any], weights: Path, tmp_path: Path, known: bool
) -> None:
    init = Path(shutil.copytree(weights, tmp_path / "init"))
    config = json.loads((init / "config.json").read_text(encoding="utf-8"))
    config["protein"]["protein_region"] = "full"
    write_json(init / "config.json", config)
    rng = np.random.default_rng(0)
    proteins = {f"p{n}": "".join(rng.choice(list("ADEGKLNQSTV"), 60)) for n in range(12)}
    if known:
        proteins["p0"] = {r.id: r.sequence for r in read_fasta(given["proteins"], "protein")}["MAX"]
    half = given["pairs"].iloc[:40]
    pairs = pd.concat([half.assign(protein_id=name) for name in proteins], ignore_index=True)
    job = prepare(Inputs(proteins, given["dna"], pairs), SETTINGS, init=init)
    held, trained = (set(part["protein_id"]) for part in (job.data.validation, job.data.train))
    assert held
    learn_alone = own_motifs(job.model) is not None
    assert learn_alone == known
    assert (held <= trained) == known
    assert held.isdisjoint(trained) != known


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
