"""`fit`: a whole training, its folder, and its report."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.training import Callback, TrainSettings, fit
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.fit import Fit
from dna_protein_bca.training.finetune.prepare import prepare
from dna_protein_bca.training.finetune.run_folder import check_folder

Train = Callable[..., Fit]


@pytest.fixture
def settings(tiny: dict[str, Any]) -> TrainSettings:
    return TrainSettings(steps=6, batch_size=32, save_every=2, architecture=tiny)


@pytest.fixture
def given(proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame) -> dict[str, Any]:
    quiet: dict[str, Any] = {"report": lambda _: None, "device": "cpu", "threads": 1}
    return {"proteins": proteins, "dna": examples[0], "pairs": labels, **quiet}


def test_leaves_weights_that_predict(
    given: dict[str, Any], settings: TrainSettings, tmp_path: Path
) -> None:
    done = fit(out=tmp_path / "run", settings=settings, **given)
    assert done.finished and done.step == 6 and done.best is not None
    for name in ("best", "last"):
        predictor = BindingPredictor.from_pretrained(done.folder / name, "cpu")
        assert predictor.predict(given["proteins"], given["dna"])["score"].notna().any()
    listed = pd.read_csv(done.folder / "best" / "training_proteins.tsv", sep="\t")
    assert sorted(listed["protein_id"]) == ["LHX2", "MAX", "SP1"]
    about = json.loads((done.folder / "config.json").read_text())
    assert about["settings"]["steps"] == 6 and about["counts"]["train_pairs"] == 108
    assert len(about["checksums"]["proteins"]) == 64 and about["versions"]["torch"]


def test_every_figure_of_the_report_comes_from_the_files_beside_it(
    given: dict[str, Any], settings: TrainSettings, tmp_path: Path
) -> None:
    done = fit(out=tmp_path, settings=settings, **given)
    page = (tmp_path / "report.html").read_text()
    # Six steps may leave scores that tell nothing apart, and then nothing is calibrated.
    calibrated = (tmp_path / "best" / "calibration.json").is_file()
    assert page.count("<svg") == 5 + calibrated and "kmer_logistic" in page
    values = json.loads((tmp_path / "evaluation" / "metrics.json").read_text())
    table = pd.read_csv(tmp_path / "evaluation" / "predictions.tsv", sep="\t")
    means = [average_precision_score(p.label, p.score) for _, p in table.groupby("protein_id")]
    assert values["average_precision"] == pytest.approx(np.mean(means))
    rows = pd.read_csv(tmp_path / "metrics.csv")
    best = rows[rows["step"] == done.best_step].iloc[0]
    assert best["val_average_precision"] == pytest.approx(np.mean(means), abs=1e-6)
    # And the predictions themselves, from the weights and the sequences that the run kept.
    predictor = BindingPredictor.from_pretrained(tmp_path / "best", "cpu")
    again = predictor.predict(tmp_path / "proteins.fa", tmp_path / "dna.fa.gz", table)
    np.testing.assert_allclose(again["score"], table["score"], atol=1e-4)
    assert values["notes"]["kmer_logistic"] == "fitted on the run's training pairs"
    assert "protein_blind" in values["baselines"]


def test_a_finished_run_is_refused_or_left_alone(
    given: dict[str, Any], settings: TrainSettings, tmp_path: Path
) -> None:
    fit(out=tmp_path, settings=settings, **given)
    with pytest.raises(InputError, match="holds a run already: pass --resume"):
        fit(out=tmp_path, settings=settings, **given)
    kept = (tmp_path / "best" / "model.safetensors").read_bytes()
    assert fit(out=tmp_path, settings=settings, resume=True, **given).finished
    assert (tmp_path / "best" / "model.safetensors").read_bytes() == kept


def test_a_run_is_not_resumed_with_other_data_or_settings(
    given: dict[str, Any], settings: TrainSettings, tmp_path: Path
) -> None:
    fit(out=tmp_path, settings=settings, **given)
    other = dataclasses.replace(settings, rate=0.5)
    with pytest.raises(InputError, match=r"settings: rate was not given and is 0.5\)"):
        fit(out=tmp_path, settings=other, resume=True, **given)
    changed = given | {"pairs": given["pairs"].iloc[:-1]}
    with pytest.raises(InputError, match=r"checksums: pairs had another content\)"):
        fit(out=tmp_path, settings=settings, resume=True, **changed)
    wider = dataclasses.replace(settings, architecture={**settings.architecture, "dim": 32})
    with pytest.raises(InputError, match=r"begun otherwise \(model: dim was 16 and is 32"):
        fit(out=tmp_path, settings=wider, resume=True, **given)


def test_resume_starts_where_there_is_nothing_yet(
    given: dict[str, Any], settings: TrainSettings, tmp_path: Path
) -> None:
    assert fit(out=tmp_path / "new", settings=settings, resume=True, **given).step == 6


def test_a_finished_run_is_lengthened_and_keeps_what_it_was_begun_with(
    given: dict[str, Any], settings: TrainSettings, tmp_path: Path
) -> None:
    lines: list[str] = []
    given = given | {"report": lines.append, "out": tmp_path, "resume": True}
    settings = dataclasses.replace(settings, steps=10)
    fit(settings=settings, **given)
    longer = dataclasses.replace(settings, steps=16)
    assert fit(settings=longer, **given).step == 16
    assert sum(line.startswith("Training from scratch on") for line in lines) == 2
    about = json.loads((tmp_path / "config.json").read_text())
    assert about["length"] == {"steps": 16, "begun_with": 10}
    rows = pd.read_csv(tmp_path / "metrics.csv")
    assert rows["step"].tolist() == [10, 16]
    assert "16 steps in" in (tmp_path / "report.html").read_text()
    # The share of the steps that learned motifs alone is not taken again of the longer run.
    inputs = {name: given[name] for name in ("proteins", "dna", "pairs")}
    job = prepare(Inputs(**inputs), longer, resumed=tmp_path)
    assert job.tasks[0].match_steps == 3 == job.loop.patience_from
    shorter = dataclasses.replace(settings, steps=12)
    with pytest.raises(InputError, match=r"this run is of 16 steps already: give --steps 16 or"):
        fit(settings=shorter, **given)


def test_from_given_weights_with_frozen_encoders(
    given: dict[str, Any], tiny_weights: Path, tmp_path: Path
) -> None:
    settings = TrainSettings(steps=4, batch_size=32, freeze=True)
    fit(out=tmp_path, settings=settings, init=tiny_weights, **given)
    before, after = load_model(tiny_weights), load_model(tmp_path / "last")
    for name, value in before.state_dict().items():
        same = torch.equal(value, after.state_dict()[name])
        frozen = name.startswith(("members.", "joint.dna."))
        assert same or not frozen, name
    about = json.loads((tmp_path / "config.json").read_text())
    given_weights = (tiny_weights / "model.safetensors").read_bytes()
    assert about["checksums"]["init"] == hashlib.sha256(given_weights).hexdigest()
    changed = [
        name
        for name, value in before.state_dict().items()
        if not torch.equal(value, after.state_dict()[name])
    ]
    assert any(name.startswith("joint.") for name in changed)


def test_frozen_encoders_in_mixed_precision_resume_bit_for_bit(
    given: dict[str, Any], tiny_weights: Path, tmp_path: Path
) -> None:
    settings = TrainSettings(
        steps=4, batch_size=32, freeze=True, precision="bf16", accumulate=2, save_every=2
    )

    class Stop(Callback):
        def on_step(self, report: Any) -> None:
            if report.step == 2:
                os.kill(os.getpid(), signal.SIGTERM)

    whole = {**given, "init": tiny_weights, "settings": settings}
    fit(out=tmp_path / "whole", **whole)
    assert not fit(out=tmp_path / "cut", callbacks=[Stop()], **whole).finished
    assert fit(out=tmp_path / "cut", resume=True, **whole).finished
    one, other = (load_model(tmp_path / name / "last").state_dict() for name in ("whole", "cut"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_encoders_of_given_weights_learn_more_slowly(
    given: dict[str, Any], tiny_weights: Path, tmp_path: Path
) -> None:
    moved = {}
    for factor in (0.0, 1.0):
        settings = TrainSettings(steps=3, batch_size=32, encoder_rate=factor)
        fit(out=tmp_path / str(factor), settings=settings, init=tiny_weights, **given)
        after = load_model(tmp_path / str(factor) / "last").state_dict()
        before = load_model(tiny_weights).state_dict()
        name = next(n for n in before if n.startswith("members.") and n.endswith("to_bases.weight"))
        moved[factor] = float((after[name] - before[name]).abs().max())
    assert moved[0.0] == 0 and moved[1.0] > 0


def test_motifs_found_in_the_pairs_are_learned_before_the_pairs_count(
    given: dict[str, Any], tiny: dict[str, Any]
) -> None:
    inputs = {name: given[name] for name in ("proteins", "dna", "pairs")}
    settings = TrainSettings(steps=60, match_share=0.5, batch_size=32, architecture=tiny)
    job = prepare(Inputs(**inputs), settings)
    first = job.tasks[0].initial_motif_steps
    assert first == 10
    before, after = (job.losses(job.model, step) for step in (first - 1, first))
    assert before.keys() == after.keys() and float(before["seed"]) > 0
    assert float(before["label"]) == float(before["label_rank"]) == 0
    assert float(after["label"]) > 0 and float(after["label_rank"]) > 0


def test_what_scales_motifs_learns_more_slowly_from_scratch(
    given: dict[str, Any], tiny: dict[str, Any], tiny_weights: Path
) -> None:
    inputs = {name: given[name] for name in ("proteins", "dna", "pairs")}
    job = prepare(Inputs(**inputs), TrainSettings(architecture=tiny))
    rates = {id(p): group["scale"] for group in job.groups() for p in group["params"]}
    assert len(rates) == len(list(job.model.parameters()))
    member = job.model.member()
    assert rates[id(member.decoded_scale.weight)] == rates[id(job.model.to_bias.bias)] == 0.1
    assert rates[id(member.decoder.to_bases.weight)] == 1.0


def test_given_weights_of_another_architecture_name_the_fields(
    given: dict[str, Any], tiny_weights: Path
) -> None:
    settings = TrainSettings(architecture={"dim": 32, "heads": 2})
    inputs = {name: given[name] for name in ("proteins", "dna", "pairs")}
    with pytest.raises(InputError, match=r"differ in dim \(the weights have 16, 32 was asked for"):
        prepare(Inputs(**inputs), settings, init=tiny_weights)
    with pytest.raises(InputError, match="no field dimension of the architecture"):
        prepare(Inputs(**inputs), TrainSettings(architecture={"dimension": 3}))


def motif_file(path: Path) -> Path:
    motifs = []
    for name, site in (("MAX", "CACGTG"), ("SP1", "GGGCGG"), ("2@MAX", "CACGCG")):
        matrix = np.full((len(site), 4), 0.03, np.float32)
        matrix[np.arange(len(site)), ["ACGT".index(base) for base in site]] = 0.91
        motifs.append(Motif(name, matrix))
    write_meme(path, motifs)
    return path


def test_learns_from_motifs_alone(
    given: dict[str, Any], tiny: dict[str, Any], tmp_path: Path
) -> None:
    inputs = {k: v for k, v in given.items() if k not in ("dna", "pairs")}
    settings = TrainSettings(steps=60, architecture=tiny, rate=1e-2, patience=0)
    motifs = motif_file(tmp_path / "m.meme")
    fit(out=tmp_path / "run", motifs=motifs, settings=settings, **inputs)
    rows = pd.read_csv(tmp_path / "run" / "metrics.csv")
    assert rows["decode"].iloc[-1] < 0.8 * rows["decode"].iloc[0]
    assert rows["val_motif_spearman"].iloc[-1] > rows["val_motif_spearman"].iloc[0]
    page = (tmp_path / "run" / "report.html").read_text()
    assert "No pairs were held out, and no motifs: the validation is of motifs that were" in page
    assert "Every figure comes from metrics.csv and config.json.<" in page


def test_motifs_may_be_chosen_by_pairs(
    given: dict[str, Any], tiny: dict[str, Any], tmp_path: Path
) -> None:
    settings = TrainSettings(steps=2, architecture=tiny)
    inputs = {**given, "validation": given["pairs"], "pairs": None}
    motifs = motif_file(tmp_path / "m.meme")
    done = fit(out=tmp_path / "run", motifs=motifs, settings=settings, **inputs)
    row = pd.read_csv(done.folder / "metrics.csv").iloc[-1]
    assert row["val_average_precision"] == pytest.approx(done.best)
    assert (done.folder / "evaluation" / "metrics.json").is_file()


def test_learns_from_a_mix(
    given: dict[str, Any], examples: tuple[Path, Path], tiny: dict[str, Any], tmp_path: Path
) -> None:
    settings = TrainSettings(steps=2, batch_size=32, architecture=tiny)
    mixed = given | {"pairs": examples[1], "motifs": motif_file(tmp_path / "m.meme")}
    fit(out=tmp_path / "run", settings=settings, **mixed)
    row = pd.read_csv(tmp_path / "run" / "metrics.csv").iloc[-1]
    losses = {"label", "label_rank", "affinity", "affinity_rank", "decode", "kmer"}
    assert losses <= set(row.index)
    assert all(row[name] > 0 for name in losses)
    assert np.isfinite(row["val_spearman"])


def test_labels_in_some_rows_and_affinities_in_others(
    given: dict[str, Any], examples: tuple[Path, Path], settings: TrainSettings, tmp_path: Path
) -> None:
    table = pd.read_csv(examples[1], sep="\t").drop(columns="weight")
    measured = (np.arange(len(table)) // 2) % 2 == 0
    mixed = table.assign(
        label=table["label"].mask(measured), affinity=table["affinity"].where(measured)
    )
    # And one protein without any label.
    mixed = mixed.where((table["protein_id"] != "LHX2"), table.assign(label=np.nan), axis=0)
    fit(out=tmp_path, settings=settings, **given | {"pairs": mixed})
    counts = json.loads((tmp_path / "config.json").read_text())["counts"]
    held = pd.read_csv(tmp_path / "evaluation" / "predictions.tsv", sep="\t")
    assert counts["train_labels"] + held["label"].notna().sum() == mixed["label"].notna().sum()
    assert counts["validation_affinities"] == held["affinity"].notna().sum() > 5
    row = pd.read_csv(tmp_path / "metrics.csv").iloc[-1]
    assert row[["label", "label_rank", "affinity", "affinity_rank"]].gt(0).all()
    values = json.loads((tmp_path / "evaluation" / "metrics.json").read_text())
    labelled, other = held[held["label"].notna()], held[held["affinity"].notna()]
    expected = roc_auc_score(labelled["label"], labelled["score"])
    assert values["pooled"]["auroc"] == pytest.approx(expected)
    expected = spearmanr(other["score"], other["affinity"]).statistic
    assert values["pooled"]["spearman"] == pytest.approx(expected)
    assert values["baselines"]["kmer_logistic"]["pooled"]["auroc"] is not None
    calibrated = (tmp_path / "best" / "calibration.json").is_file()
    assert (tmp_path / "report.html").read_text().count("<svg") == 6 + calibrated


def test_own_logging(given: dict[str, Any], settings: TrainSettings, tmp_path: Path) -> None:
    steps: list[int] = []

    class Log(Callback):
        def on_step(self, report: Any) -> None:
            steps.append(report.samples)

    fit(out=tmp_path, settings=settings, callbacks=[Log()], **given)
    assert len(steps) == 6 and all(0 < count <= 64 for count in steps)


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(InputError, match="is a file: give a folder"):
        check_folder(tmp_path / "run", {}, resume=False)
