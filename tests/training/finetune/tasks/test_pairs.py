"""Losses on batches of labelled pairs: the scores are those that `predict` gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.training.engine.config import Part
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.prepare import Job, prepare
from dna_protein_bca.training.finetune.settings import TrainSettings
from dna_protein_bca.training.finetune.tasks.pairs import (
    PairTask,
    class_weights,
    score_groups,
    standardised,
)


@pytest.fixture
def job(proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any]) -> Job:
    settings = TrainSettings(batch_size=32, architecture=tiny)
    return prepare(Inputs(proteins, dna=examples[0], pairs=examples[1]), settings)


def test_scores_in_training_are_those_of_predict(
    tiny_weights: Path, proteins: Path, examples: tuple[Path, Path]
) -> None:
    inputs = Inputs(proteins, dna=examples[0], pairs=examples[1])
    given = prepare(inputs, TrainSettings(batch_size=32), init=tiny_weights)
    task, model = given.tasks[0], load_model(tiny_weights)
    predictor = BindingPredictor(model, threads=1)
    expected = predictor.predict(proteins, examples[0], given.data.train)["score"].to_numpy()
    compared = 0
    for step in range(task.batcher.steps_per_epoch):
        groups = task.batcher.batch(step)
        rows = np.array([task.protein[group[0]] for group in groups])
        with torch.no_grad():
            state = given.proteins.encode(model, rows)
            found = score_groups(model, task.collate(groups, torch.device("cpu")), state)
        for row, group in enumerate(groups):
            np.testing.assert_allclose(found[row, : len(group)].numpy(), expected[group], atol=2e-4)
            assert (found[row, len(group) :] < -1000).all()
            compared += len(group)
    assert compared == len(given.data.train)
    assert given.data.records.length.max() > model.config.tile


@pytest.mark.parametrize("freeze", [False, True])
def test_parts_add_up_to_the_batch(
    tiny_weights: Path, proteins: Path, examples: tuple[Path, Path], freeze: bool
) -> None:
    settings = TrainSettings(batch_size=48, freeze=freeze)
    inputs = Inputs(proteins, dna=examples[0], pairs=examples[1])
    given = prepare(inputs, settings, init=tiny_weights)
    given.model.train()
    for step in (0, 3):
        torch.manual_seed(step)
        whole = given.losses(given.model, step)
        sums = dict.fromkeys(whole, 0.0)
        for index in range(3):
            torch.manual_seed(step)
            for name, value in given.losses(given.model, step, Part(index, 3)).items():
                sums[name] += float(value)
        for name, value in whole.items():
            assert sums[name] == pytest.approx(float(value), abs=1e-4)


def test_a_part_without_groups_has_losses_of_zero(job: Job) -> None:
    found = job.losses(job.model, 0, Part(40, 41))
    assert set(found) == {"label", "label_rank", "affinity", "affinity_rank", "seed"}
    assert all(float(value) == 0 for value in found.values())


def test_gradients_are_finite_where_groups_differ_in_length(job: Job) -> None:
    task = job.tasks[0]
    uneven = [s for s in range(20) if len({len(group) for group in task.batcher.batch(s)}) > 1]
    assert uneven
    sum(job.losses(job.model, uneven[0]).values()).backward()  # type: ignore[union-attr]
    gradients = [p.grad for p in job.model.parameters() if p.grad is not None]
    assert len(gradients) > 10
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)


def test_a_pair_without_weight_teaches_nothing(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, tiny: dict[str, Any]
) -> None:
    one = labels.assign(weight=np.where(labels["dna_id"] == "MAX_1", 0.0, 1.0))
    other = one.copy()
    other.loc[other["dna_id"] == "MAX_1", "label"] = 0
    validation = labels[labels["protein_id"] == "SP1"].head(4)
    terms = []
    for table in (one, other):
        kept = table.merge(validation, on=["protein_id", "dna_id"], how="left", indicator=True)
        kept = kept[kept["_merge"] == "left_only"]
        kept = kept[["protein_id", "dna_id", "label_x", "weight"]]
        kept = kept.rename(columns={"label_x": "label"})
        settings = TrainSettings(batch_size=500, balance=False, architecture=tiny, dna_mask=0.0)
        inputs = Inputs(proteins, dna=examples[0], pairs=kept, validation=validation)
        given = prepare(inputs, settings)
        task: PairTask = given.tasks[0]
        total = 0.0
        given.model.eval()
        for step in range(task.batcher.steps_per_epoch):
            groups = task.batcher.batch(step)
            weight = sum(float(task.weight["label"][group].sum()) for group in groups)
            total += weight * float(given.losses(given.model, step)["label"])
        terms.append(total)
    assert terms[0] == pytest.approx(terms[1], rel=1e-4)


def test_a_row_teaches_what_it_has(
    proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any]
) -> None:
    whole = pd.read_csv(examples[1], sep="\t").drop(columns="weight")
    number = np.arange(len(whole)) % 3
    # The rest has both.
    mixed = whole.assign(
        label=whole["label"].where(number != 0), affinity=whole["affinity"].where(number != 1)
    )
    settings = TrainSettings(batch_size=500, architecture=tiny, dna_mask=0.0)
    inputs = {"dna": examples[0], "validation": whole.head(4)}
    for target in ("label", "affinity"):
        alone = mixed[mixed[target].notna()][["protein_id", "dna_id", target]]
        terms = []
        for table in (mixed, alone):
            given = prepare(Inputs(proteins, pairs=table, **inputs), settings, allow_overlap=True)
            given.model.eval()
            task: PairTask = given.tasks[0]
            whole_batch = [np.flatnonzero(task.protein == row) for row in range(3)]
            task.batcher.batch = lambda _, groups=whole_batch: groups  # type: ignore[method-assign]
            with torch.no_grad():
                terms.append(task.losses(given.model, 10**6))
        assert set(terms[0]) == {"label", "label_rank", "affinity", "affinity_rank"}
        for name in (target, f"{target}_rank"):
            assert float(terms[0][name]) == pytest.approx(float(terms[1][name]), rel=1e-4)
            assert float(terms[0][name]) > 0


def test_classes_weigh_the_same() -> None:
    label = np.array([1] * 10 + [0] * 30)
    weight = class_weights(label, balance=True)
    assert weight[label == 1].sum() == pytest.approx(weight[label == 0].sum())
    assert (class_weights(label, balance=False) == 1).all()


def test_affinities_are_standardised_within_a_protein() -> None:
    protein = np.array([0, 0, 0, 1, 1, 1])
    found = standardised(np.array([1.0, 2, 3, 100, 200, 300]), protein)
    np.testing.assert_allclose(found[:3], found[3:], atol=1e-5)
    assert abs(found[:3].mean()) < 1e-6
