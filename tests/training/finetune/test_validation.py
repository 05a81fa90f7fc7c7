"""Figures of what was held out follow the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.training.finetune.fit import Job, prepare
from dna_protein_bca.training.finetune.settings import TrainSettings
from dna_protein_bca.training.finetune.validation import MONITOR, Validator


@pytest.fixture
def job(proteins: Path, examples: tuple[Path, Path], tiny_weights: Path) -> Job:
    settings = TrainSettings(batch_size=32)
    return prepare(
        proteins, dna=examples[0], pairs=examples[1], init=tiny_weights, settings=settings
    )


def test_scores_are_those_of_predict(job: Job, proteins: Path, examples: tuple[Path, Path]) -> None:
    pairs = job.data.validation
    found = Validator(job.data, job.proteins).score(job.model, pairs)["score"]
    predictor = BindingPredictor(job.model.eval(), threads=1)
    expected = predictor.predict(proteins, examples[0], pairs)["score"]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_readers_that_changed_are_read_again(job: Job) -> None:
    validator = Validator(job.data, job.proteins)
    # The moving average needs no gradients, and changes all the same.
    average = job.model.requires_grad_(False)
    before = validator.score(average, job.data.validation)["score"]
    with torch.no_grad():
        for parameter in average.members.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    after = validator.score(average, job.data.validation)["score"]
    assert float(np.abs(after - before).max()) > 0.1


def test_figures_and_what_they_are_of(job: Job) -> None:
    found = Validator(job.data, job.proteins)(job.model)
    assert {"val_loss", "val_auroc", "val_average_precision", "val_spearman"} <= found.keys()
    expected = (found["val_average_precision"] + found["val_spearman"]) / 2
    assert found[MONITOR] == pytest.approx(expected)


def test_one_class_held_out_is_judged_by_its_loss(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, tiny: dict[str, Any]
) -> None:
    bound = labels[(labels["label"] == 1) & (labels["protein_id"] == "MAX")].head(3)
    train = labels.drop(bound.index)
    settings = TrainSettings(architecture=tiny)
    given = prepare(proteins, dna=examples[0], pairs=train, validation=bound, settings=settings)
    found = Validator(given.data, given.proteins)(given.model)
    assert found[MONITOR] == pytest.approx(-found["val_loss"])
    assert Validator(given.data, given.proteins).calibration() is None
