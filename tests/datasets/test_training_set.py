"""The training format: written whole, read back the same, the same bytes every time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.datasets.datasheet import (
    checksum,
    describe_file,
    format_sheet,
    make_sheet,
    read_sheet,
)
from dna_protein_bca.datasets.training_set import TrainingSet, read_files, read_set, write_set
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import Motif

PROTEINS = {"p": "MKRA", "q": "MSTV"}
DNA = {"d1": "ACGTACGT", "d2": "GGGTTTAA"}
MOTIFS = [Motif("m1@p", np.full((6, 4), 0.25, np.float32)), Motif("q", np.eye(4, dtype=np.float32))]


def pairs(**more: object) -> pd.DataFrame:
    table = pd.DataFrame({"protein_id": ["p", "q", "p"], "dna_id": ["d1", "d1", "d2"]})
    return table.assign(label=[1, 0, 0], affinity=[0.5, -0.25, 0.125], **more)


FULL = {
    "weight": [1.0, 2.0, 0.5],
    "group": ["chr1", "chr1", "chr2"],
    "assay": "PBM",
    "split": ["train", "test", "train"],
}


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("more", [{}, FULL])
def test_a_set_is_read_as_it_was_written(more: dict, parquet: bool, tmp_path: Path) -> None:
    data = TrainingSet(PROTEINS, DNA, pairs(**more), MOTIFS)
    write_set(tmp_path / "set", data, make_sheet("test"), parquet=parquet)
    again = read_set(tmp_path / "set")
    assert (again.proteins, again.dna) == (PROTEINS, DNA)
    assert [motif.name for motif in again.motifs] == ["m1@p", "q"]
    expected = pairs(**more)
    if more:
        expected = expected.loc[[0, 2, 1]]  # side by side
    assert again.pairs is not None
    assert again.pairs.astype(object).to_numpy().tolist() == expected.to_numpy().tolist()
    assert list(again.pairs) == list(expected)


def test_sides_of_motifs_survive(tmp_path: Path) -> None:
    sides = {"p": "train", "q": "validation"}
    write_set(
        tmp_path / "set", TrainingSet(PROTEINS, motifs=MOTIFS, motif_splits=sides), make_sheet("x")
    )
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [
        "datasheet.json",
        "proteins.fa",
        "train.meme",
        "validation.meme",
    ]
    again = read_set(tmp_path / "set")
    assert again.motif_splits == sides
    assert again.counts()["motifs_by_side"] == {"train": 1, "validation": 1, "test": 0}


def test_the_same_set_gives_the_same_bytes(tmp_path: Path) -> None:
    data = TrainingSet(PROTEINS, DNA, pairs(**FULL), MOTIFS)
    found = []
    for name in ("a", "b"):
        write_set(tmp_path / name, data, make_sheet("x", parameters={"seed": 1}))
        found.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert found[0] == found[1]


def test_the_datasheet_has_checksums_parameters_and_counts(tmp_path: Path) -> None:
    source = tmp_path / "source.txt"
    source.write_text("abc")
    sheet = make_sheet("somewhere", [source], parameters={"seed": 7}, counts={"left_out": {"n": 3}})
    write_set(tmp_path / "set", TrainingSet(PROTEINS, DNA, pairs(), MOTIFS), sheet)
    found = read_sheet(tmp_path / "set")
    assert found["inputs"] == [
        {
            "name": "source.txt",
            "bytes": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        }
    ]
    expected = {"proteins": 2, "dna": 2, "pairs": 3, "positive": 1, "motifs": 2}
    assert found["counts"] == {**expected, "left_out": {"n": 3}}
    assert found["parameters"] == {"seed": 7}
    assert {one["name"]: one["sha256"] for one in found["files"]} == {
        path.name: checksum(path)
        for path in (tmp_path / "set").iterdir()
        if path.name != "datasheet.json"
    }
    text = format_sheet(found)
    assert "seed: 7" in text and "source.txt" in text


def test_a_folder_is_described_by_its_files(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write("pwms/b.txt", "12")
    folder = write("pwms/a.txt", "3").parent
    found = describe_file(folder)
    assert (found["name"], found["bytes"], found["files"]) == ("pwms", 3, 2)
    write("pwms/a.txt", "4")
    assert describe_file(folder)["sha256"] != found["sha256"]


def test_nothing_is_written_over_and_nothing_half_written(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="holds files already"):
        write_set(folder, TrainingSet(PROTEINS, motifs=MOTIFS), make_sheet("x"))
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    bad = [Motif("a b@p", np.full((4, 4), 0.25, np.float32))]
    with pytest.raises(InputError, match="blank"):
        write_set(tmp_path / "new", TrainingSet(PROTEINS, motifs=bad), make_sheet("x"))
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    (tmp_path / "empty").mkdir()
    write_set(tmp_path / "empty", TrainingSet(PROTEINS, motifs=MOTIFS), make_sheet("x"))
    assert read_set(tmp_path / "empty").proteins == PROTEINS


def test_what_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_set(tmp_path / "nowhere")
    with pytest.raises(InputError, match="neither pairs nor motifs"):
        read_set(tmp_path)
    with pytest.raises(InputError, match=r"no datasheet\.json"):
        read_sheet(tmp_path)
    (tmp_path / "datasheet.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        read_sheet(tmp_path)
    (tmp_path / "datasheet.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(InputError, match="not the datasheet"):
        read_sheet(tmp_path)
    with pytest.raises(InputError, match="no sequence"):
        TrainingSet({"p": "MK"}, motifs=[Motif("m@q", MOTIFS[1].matrix)])


def test_files_of_ones_own_are_checked(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    proteins, dna = write("p.fa", ">p\nMKRA\n"), write("d.fa", ">d1\nACGT\n")
    table = write("t.tsv", "protein_id\tdna_id\tlabel\np\td1\t1\np\td9\t0\n")
    with pytest.raises(InputError, match=r"t\.tsv:3: dna_id 'd9' is not in the dna file"):
        read_files(proteins, dna, [table])
    with pytest.raises(InputError, match="pairs need the sequences"):
        read_files(proteins, None, [table])


@pytest.mark.parametrize("parquet", [False, True])
def test_labels_that_conflict_over_the_tables_of_a_set(parquet: bool, tmp_path: Path) -> None:
    table = pairs(split=["train", "test", "test"])
    twice = table.iloc[[0]].assign(label=0, split="validation")
    both = pd.concat([table, twice], ignore_index=True)
    data = TrainingSet(PROTEINS, DNA, both)
    write_set(tmp_path / "set", data, make_sheet("x"), parquet=parquet)
    with pytest.raises(InputError) as caught:
        read_set(tmp_path / "set")
    row = 1 if parquet else 2
    places = rf"p d1 \(\S+/train\.\w+:{row}, \S+/validation\.\w+:{row}\)"
    line = rf"\S+/validation\.\w+:{row}: both labels for 1 pair: {places}\. Keep one"
    assert re.match(line, str(caught.value))
    # In another assay it may have the other label.
    assays = both.assign(assay=["PBM", None, "PBM", None])
    write_set(
        tmp_path / "two", TrainingSet(PROTEINS, DNA, assays), make_sheet("x"), parquet=parquet
    )
    again = read_set(tmp_path / "two").pairs
    assert again is not None and len(again) == 4 and again["dna_id"].dtype == "category"
