"""The column `split` of a pairs table says what is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.evaluation.training_data import read_training_data
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.encoders import make_encoder
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.training import TrainSettings, fit
from dna_protein_bca.training.finetune.data import Inputs, TrainingData, read_data


def read(proteins: Any, **given: Any) -> TrainingData:
    features = make_encoder(BindingConfig(tuple(profile_lengths().values()))).features
    names = ("dna", "pairs", "motifs", "validation")
    inputs = {name: given.pop(name) for name in names if name in given}
    return read_data(Inputs(proteins, **inputs), features, **given)


def names(data: pd.DataFrame) -> list[str]:
    return data["dna_id"].tolist()


@pytest.fixture
def sided(labels: pd.DataFrame) -> pd.DataFrame:
    """MAX and SP1 train, but for ten rows each that validate; LHX2 is on the side test."""
    side = np.where(labels["protein_id"] == "LHX2", "test", "train").astype(object)
    number = labels["dna_id"].str.partition("_")[2].astype(int)
    side[((number >= 30) & (side == "train")).to_numpy()] = "validation"
    return labels.assign(split=side)


@pytest.fixture
def path(sided: pd.DataFrame, tmp_path: Path) -> Path:
    sided.to_csv(tmp_path / "sided.tsv", sep="\t", index=False)
    return tmp_path / "sided.tsv"


@pytest.fixture
def motifs(tmp_path: Path) -> Path:
    flat = np.full((6, 4), 0.25, np.float32)
    write_meme(tmp_path / "m.meme", [Motif(name, flat) for name in ("MAX", "LHX2", "GATA1")])
    return tmp_path / "m.meme"


def test_rows_go_where_the_column_says(
    proteins: Path, examples: tuple[Path, Path], sided: pd.DataFrame, path: Path, motifs: Path
) -> None:
    data = read(proteins, dna=examples[0], pairs=path, motifs=motifs)
    assert names(data.train) == names(sided[sided["split"] == "train"])
    assert names(data.validation) == names(sided[sided["split"] == "validation"])
    assert dict(data.unused) == {"pairs": 40, "proteins": 1}
    assert data.note == (
        f"column split of {path}: 60 pairs train, 20 validate, 40 are left out, and so are the "
        "motifs of 1 protein"
    )
    # What stands in rows of test alone is nowhere: no protein, no motif, no DNA.
    assert [one.record.id for one in data.proteins] == ["MAX", "GATA1", "SP1"]
    assert sorted(data.motifs) == [0, 1] and not data.held_motifs
    assert not {name for name in data.dna if name.startswith("LHX2")}
    same = read(proteins, dna=examples[0], pairs=sided, motifs=motifs)
    assert names(same.train) == names(data.train)


def test_motifs_of_a_protein_that_only_validates_are_held_out(
    proteins: Path, examples: tuple[Path, Path], sided: pd.DataFrame, motifs: Path
) -> None:
    table = sided.assign(split=sided["split"].replace("test", "validation"))
    data = read(proteins, dna=examples[0], pairs=table, motifs=motifs)
    held = {data.proteins[row].record.id for row in data.held_motifs}
    assert held == {"LHX2"} and len(data.motifs) == 2


def test_without_rows_to_validate_some_are_drawn_from_those_that_train(
    proteins: Path, examples: tuple[Path, Path], sided: pd.DataFrame
) -> None:
    table = sided[sided["split"] != "validation"]
    data = read(proteins, dna=examples[0], pairs=table)
    train = set(names(sided[sided["split"] == "train"]))
    assert {*names(data.train), *names(data.validation)} == train
    assert len(data.validation) == 8 and "some of them are drawn to validate" in data.note


def test_a_validation_table_takes_the_place_of_the_rows_that_validate(
    proteins: Path, examples: tuple[Path, Path], sided: pd.DataFrame
) -> None:
    # What its own column says counts for nothing.
    given = sided[sided["split"] == "test"]
    data = read(proteins, dna=examples[0], pairs=sided, validation=given)
    assert len(data.train) == 60 and names(data.validation) == names(given)
    assert dict(data.unused) == {"pairs": 60, "proteins": 0}
    with pytest.raises(InputError, match="60 pairs of the validation are in the training too"):
        read(proteins, dna=examples[0], pairs=sided, validation=sided)


def test_rows_of_test_need_no_sequence(
    proteins: Path, examples: tuple[Path, Path], sided: pd.DataFrame
) -> None:
    lost = sided.assign(
        protein_id=sided["protein_id"].replace("LHX2", "NOBODY"),
        dna_id=sided["dna_id"].where(sided["split"] != "test", "nowhere_" + sided["dna_id"]),
    )
    assert len(read(proteins, dna=examples[0], pairs=lost).train) == 60


def test_a_pair_on_both_sides_is_refused(
    proteins: Path, examples: tuple[Path, Path], sided: pd.DataFrame
) -> None:
    first = sided[sided["split"] == "train"].head(1)
    twice = pd.concat([sided, first.assign(split="validation")])
    with pytest.raises(InputError, match="pairs:121: 1 pair of the validation is in the"):
        read(proteins, dna=examples[0], pairs=twice)
    assert read(proteins, dna=examples[0], pairs=twice, allow_overlap=True)
    # One that is left out is no overlap.
    aside = pd.concat([sided, first.assign(split="test")])
    assert len(read(proteins, dna=examples[0], pairs=aside).train) == 60


def test_a_side_that_nobody_knows_and_no_side_to_train_on(
    proteins: Path, examples: tuple[Path, Path], sided: pd.DataFrame, path: Path
) -> None:
    text = path.read_text()
    path.write_text(text.replace("\ttest", "\tholdout", 1))
    with pytest.raises(InputError, match=r"sided\.tsv:\d+: the split is 'holdout': give train, "):
        read(proteins, dna=examples[0], pairs=path)
    path.write_text(text.replace("\ttrain", "\ttest"))
    with pytest.raises(InputError, match=r"sided\.tsv: no row has train in the column split"):
        read(proteins, dna=examples[0], pairs=path)


def test_a_run_knows_its_training_rows_alone(
    proteins: Path, examples: tuple[Path, Path], path: Path, tiny: dict[str, Any], tmp_path: Path
) -> None:
    lines: list[str] = []
    settings = TrainSettings(steps=2, batch_size=16, architecture=tiny)
    where: dict[str, Any] = {"dna": examples[0], "device": "cpu", "threads": 1}
    run = tmp_path / "run"
    fit(proteins, run, pairs=path, settings=settings, report=lines.append, **where)
    assert "60 pairs train, 20 validate, 40 are left out" in lines[0]
    known = read_training_data(run / "best", None)
    assert [name for name, _ in known.proteins] == ["MAX", "SP1"]
    assert known.pairs is not None and len(known.pairs) == 60
    table = pd.read_csv(run / "pairs.tsv", sep="\t")
    assert table["split"].value_counts().to_dict() == {"train": 60, "validation": 20}
    # Trained on again, the run's own table gives the same sides.
    again = read(proteins, dna=run / "dna.fa.gz", pairs=run / "pairs.tsv")
    assert names(again.train) == known.pairs["dna_id"].tolist()


def test_a_pair_may_have_another_label_in_another_assay(
    proteins: Path, examples: tuple[Path, Path], labels: pd.DataFrame
) -> None:
    other = labels.head(1).assign(label=1 - labels["label"].head(1), assay="PBM")
    table = pd.concat([labels.assign(assay="ChIP-seq"), other])
    data = read(proteins, dna=examples[0], pairs=table)
    assert len(data.train) + len(data.validation) == 121
    with pytest.raises(InputError, match="both labels for 1 pair"):
        read(proteins, dna=examples[0], pairs=table.drop(columns="assay"))
