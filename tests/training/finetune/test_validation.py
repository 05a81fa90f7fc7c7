"""Figures of what was held out follow the weights."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.data.checks import can_choose
from dna_protein_bca.training.finetune.data.same_sequences import number_sequences
from dna_protein_bca.training.finetune.data.splits import split_pairs
from dna_protein_bca.training.finetune.prepare import Job, prepare
from dna_protein_bca.training.finetune.settings import TrainSettings
from dna_protein_bca.training.finetune.validation import SCORE, Validator


@pytest.fixture
def job(proteins: Path, examples: tuple[Path, Path], tiny_weights: Path) -> Job:
    settings = TrainSettings(batch_size=32)
    inputs = Inputs(proteins, dna=examples[0], pairs=examples[1])
    return prepare(inputs, settings, init=tiny_weights)


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
    assert found[SCORE] == pytest.approx(expected)


@pytest.fixture
def apart(proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any]) -> Callable[..., Job]:
    """A training whose validation pairs are given."""

    def call(train: pd.DataFrame, validation: pd.DataFrame | None = None, **given: Any) -> Job:
        settings = TrainSettings(architecture=tiny)
        inputs = Inputs(proteins, dna=examples[0], pairs=train, validation=validation, **given)
        return prepare(inputs, settings)

    return call


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_held_out_is_refused(
    label: int, apart: Callable[..., Job], labels: pd.DataFrame
) -> None:
    held = labels[labels["label"] == label].head(3)
    with pytest.raises(InputError) as error:
        apart(labels.drop(held.index), held)
    assert "average precision is not defined, because all 3 labels are" in str(error.value)
    assert "so that the validation pairs have both labels" in str(error.value)


@pytest.mark.parametrize(
    ("values", "reason"),
    [([2.5] * 4, "all 4 affinities are 2.5"), ([1.0, 2.0], "2 pairs have an affinity")],
)
def test_affinities_without_a_correlation_are_refused(
    values: list[float], reason: str, apart: Callable[..., Job], affinities: pd.DataFrame
) -> None:
    held = affinities.head(len(values)).assign(affinity=values)
    with pytest.raises(
        InputError, match=f"Spearman's correlation is not defined, because {reason}"
    ):
        apart(affinities.iloc[10:], held)


def test_another_figure_takes_its_place(
    apart: Callable[..., Job], labels: pd.DataFrame, affinities: pd.DataFrame
) -> None:
    both = labels.assign(affinity=affinities["affinity"])
    held = both[both["label"] == 1].head(5)
    given = apart(both.drop(held.index), held)
    assert given.notes == [
        "Warning: average precision of the validation pairs is not defined, because all 5 labels "
        "are 1: it has no part in choosing the best weights"
    ]
    found = Validator(given.data, given.proteins)(given.model)
    assert found[SCORE] == pytest.approx(found["val_spearman"])


@pytest.mark.parametrize(
    ("metric", "column", "reason"),
    [
        ("spearman", "label", "no validation pair has an affinity"),
        ("motif_spearman", "label", "no motifs validate"),
        ("auroc", "affinity", "no validation pair has a label"),
        ("loss", "label", None),
        ("pearson", "affinity", None),
    ],
)
def test_the_best_weights_are_chosen_by_a_metric_that_there_is(
    metric: Any,
    column: str,
    reason: str | None,
    proteins: Path,
    examples: tuple[Path, Path],
    tiny: dict[str, Any],
) -> None:
    pairs = pd.read_csv(examples[1], sep="\t")[["protein_id", "dna_id", column]]
    settings = TrainSettings(architecture=tiny, monitor=metric)
    inputs = Inputs(proteins, dna=examples[0], pairs=pairs)
    if reason:
        with pytest.raises(InputError, match=f"--monitor {metric} is not defined, .*{reason}: "):
            prepare(inputs, settings)
        return
    job = prepare(inputs, settings)
    assert job.loop.monitor in Validator(job.data, job.proteins)(job.model)
    assert job.loop.lowest == (metric == "loss") and job.loop.tie_break == "val_loss"


def test_the_loss_is_of_all_that_was_measured(job: Job, affinities: pd.DataFrame) -> None:
    found = Validator(job.data, job.proteins)(job.model)
    pairs = Validator(job.data, job.proteins).score(job.model, job.data.validation)
    label, score = (torch.tensor(pairs[name].to_numpy(float)) for name in ("label", "score"))
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(score, label)
    assert found["val_loss"] == pytest.approx(float(entropy) + 1 - found["val_pearson"], abs=1e-5)


def test_motifs_take_its_place(
    apart: Callable[..., Job], labels: pd.DataFrame, tmp_path: Path
) -> None:
    sharp = np.full((8, 4), 0.1, np.float32)
    sharp[:, 1] = 0.7
    held = labels[(labels["protein_id"] == "LHX2") & (labels["label"] == 1)]
    train = labels[labels["protein_id"] != "LHX2"]
    for matrix, error in ((sharp, None), (np.full((8, 4), 0.25, np.float32), InputError)):
        write_meme(tmp_path / "m.meme", [Motif("LHX2", matrix), Motif("MAX", sharp)])
        with pytest.raises(error) if error else nullcontext():
            given = apart(train, held, motifs=tmp_path / "m.meme")
            found = Validator(given.data, given.proteins)(given.model)
            assert found[SCORE] == pytest.approx(found["val_motif_spearman"])


def test_equal_scores_rank_nothing(apart: Callable[..., Job], affinities: pd.DataFrame) -> None:
    given = apart(affinities)
    validator = Validator(given.data, given.proteins)
    validator.score = lambda model, pairs: pairs.assign(score=0.5)  # type: ignore[method-assign]
    assert validator(given.model)[SCORE] == 0


@pytest.mark.parametrize("positives", [2, 3, 30])
def test_few_of_a_label_are_still_held_out(
    positives: int, apart: Callable[..., Job], labels: pd.DataFrame
) -> None:
    bound = labels["label"] == 1
    some = pd.concat([labels[bound].head(positives), labels[~bound]])
    held = apart(some).data.validation
    assert {*held["label"]} == {0, 1}


@pytest.mark.parametrize("count", [6, 16])
def test_few_affinities_are_still_held_out(
    count: int, apart: Callable[..., Job], affinities: pd.DataFrame
) -> None:
    data = apart(affinities.head(count)).data
    assert len(data.validation) == 3 and len(data.train) == count - 3


def test_a_label_that_stands_once_is_refused(
    apart: Callable[..., Job], labels: pd.DataFrame
) -> None:
    bound = labels["label"] == 1
    some = pd.concat([labels[bound].head(1), labels[~bound]])
    with pytest.raises(InputError, match="average precision is not defined"):
        apart(some)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"affinity": 1.0}, "all 108 affinities of the training pairs are 1"),
        ({"weight": 0.0}, "all 108 training pairs have weight 0"),
    ],
)
def test_pairs_that_teach_nothing_are_refused(
    change: dict[str, float], reason: str, apart: Callable[..., Job], affinities: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=f"{reason}|nothing to learn: {reason}"):
        apart(affinities.iloc[12:].assign(**change), affinities.head(12))


def test_constant_affinities_are_counted_as_they_are(
    apart: Callable[..., Job], affinities: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match="all 108 affinities of the training pairs are 1"):
        apart(affinities.assign(affinity=1.0))


@pytest.mark.parametrize("where", ["first", "last"])
def test_proteins_are_held_out_until_figures_are_defined(where: str, labels: pd.DataFrame) -> None:
    """Of twelve proteins with labels of one kind each, one alone would have no figure."""
    names = [f"P{number}" for number in range(12)]
    rows = [(one, dna, int(n % 2)) for n, one in enumerate(names) for dna in labels["dna_id"][:4]]
    table = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label"])
    dna = {name: "A" * (number + 1) for number, name in enumerate(labels["dna_id"])}
    table = number_sequences(table, {name: name for name in names}, dna)
    order = table if where == "first" else table[::-1].reset_index(drop=True)
    for seed in range(5):
        train, held = split_pairs(order, "auto", seed)
        assert can_choose(held) and not {*held["protein_id"]} & {*train["protein_id"]}
        assert held["protein_id"].nunique() <= 6


def test_one_affinity_a_protein_teaches_nothing(
    apart: Callable[..., Job], affinities: pd.DataFrame
) -> None:
    train = affinities.drop(affinities.head(6).index).groupby("protein_id").head(1)
    with pytest.raises(InputError, match="no protein has two affinities that differ"):
        apart(train, affinities.head(6))


def test_the_class_that_counts_for_nothing(apart: Callable[..., Job], labels: pd.DataFrame) -> None:
    weighed = labels.assign(weight=labels["label"].astype(float))
    with pytest.raises(InputError, match="labels are 1 among the training pairs that count"):
        apart(weighed)


@pytest.mark.parametrize("size", [1e-300, 1e39, 1e300])
def test_affinities_of_any_size_teach_the_same(
    size: float, apart: Callable[..., Job], affinities: pd.DataFrame
) -> None:
    sized = affinities.assign(affinity=affinities["affinity"] * size)
    targets = [apart(table).tasks[0].target["affinity"] for table in (affinities, sized)]
    np.testing.assert_allclose(*targets, rtol=1e-5, atol=1e-5)


@pytest.fixture
def affinities(examples: tuple[Path, Path]) -> pd.DataFrame:
    table = pd.read_csv(examples[1], sep="\t")
    return table[["protein_id", "dna_id", "affinity"]]
