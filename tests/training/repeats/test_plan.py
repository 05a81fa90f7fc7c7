"""What each of several trainings learns from, and what it is tested on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.training import TrainSettings
from dna_protein_bca.training.finetune.data import Inputs, TrainingData
from dna_protein_bca.training.finetune.prepare import prepare
from dna_protein_bca.training.repeats.plan import assign_folds, plan_folds, plan_replicates


@pytest.fixture
def data(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame, tiny: dict[str, Any]
) -> TrainingData:
    inputs = Inputs(proteins, examples[0], labels)
    return prepare(inputs, TrainSettings(architecture=tiny)).data


def test_groups_stay_together_in_folds_of_one_size() -> None:
    group = np.repeat(np.arange(12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    fold = assign_folds(group, 3, "protein", seed=0)
    assert all(len({*fold[group == one]}) == 1 for one in range(12))
    sizes = np.bincount(fold, minlength=3)
    assert sizes.sum() == 78 and np.ptp(sizes) <= 3
    np.testing.assert_array_equal(fold, assign_folds(group, 3, "protein", seed=0))
    with pytest.raises(InputError, match=r"13 folds by family need 13 groups .* there are 12"):
        assign_folds(group, 13, "family", seed=0)


@pytest.mark.parametrize("by", ["protein", "family", "dna"])
def test_every_pair_is_left_out_once(data: TrainingData, tmp_path: Path, by: Any) -> None:
    folds = plan_folds(data, tmp_path, 3, by, seed=0)
    tested: list[str] = []
    for one in folds:
        assert one.pairs is not None
        table = pd.read_csv(one.pairs, sep="\t")
        train, test = (table[table["split"] == name] for name in ("train", "test"))
        assert len(train) + len(test) == 120
        assert test["dna_id"].tolist() == one.held["dna_id"].tolist()
        column = "dna_id" if by == "dna" else "protein_id"
        assert not {*train[column]} & {*test[column]}
        tested += test["dna_id"].tolist()
    assert len(tested) == len({*tested}) == 120


def test_replicates_differ_by_their_seed_alone(data: TrainingData, tmp_path: Path) -> None:
    some = plan_replicates(data, tmp_path, 3, seed=5, own_split=False)
    assert [one.seed for one in some] == [5, 6, 7] and len({one.pairs for one in some}) == 1
    assert some[0].pairs is not None
    table = pd.read_csv(some[0].pairs, sep="\t")
    held = table[table["split"] == "validation"]["dna_id"].tolist()
    assert held == data.validation["dna_id"].tolist() == some[0].held["dna_id"].tolist()
    own = plan_replicates(data, tmp_path, 2, seed=5, own_split=True)
    assert own[0].pairs is None and len(own[0].held) == len(data.validation)
