"""`explain`: a folder of files for each pair, whole or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import click.testing
import numpy as np
import pytest

from dna_protein_bca.explain import Explanation

Run = Callable[..., click.testing.Result]

FAST = ("--residues", "none", "--no-plots", "--no-p-values")


@pytest.fixture
def inputs(write: Callable[[str, str], Path], data_dir: Path) -> tuple[str | Path, ...]:
    """The options of MAX and GATA1 on two short DNAs."""
    text = (data_dir / "example_proteins.fa").read_text()
    proteins = write("in/p.fa", ">".join(text.split(">")[:3]))
    dna = write("in/d.fa", ">x/1 first\nACGTCACGTGACCTTG\n>y\nttagataagattgg\n")
    return ("--proteins", proteins, "--dna", dna)


def test_a_row_and_files_a_pair(
    run: Run, inputs: tuple, tiny_weights: Path, tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    out = tmp_path / "new" / "out"
    pairs = write("pairs.tsv", "protein_id\tdna_id\nGATA1\ty\nMAX\tx/1\n")
    done = run("explain", *inputs, "--pairs", pairs, "-o", out, *FAST, "--model", tiny_weights)
    assert done.exit_code == 0, done.output
    assert done.output == ""
    with open(out / "pairs.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [(row["protein_id"], row["dna_id"]) for row in rows] == [("GATA1", "y"), ("MAX", "x/1")]
    assert [row["files"] for row in rows] == ["1_GATA1_y.*", "2_MAX_x_1.*"]
    assert [row["p_value"] for row in rows] == ["", ""]
    names = {"pairs.tsv", *(f"{n}.{e}" for n in ("1_GATA1_y", "2_MAX_x_1") for e in ENDINGS)}
    assert {path.name for path in out.iterdir()} == names
    with np.load(out / "2_MAX_x_1.npz") as arrays:
        assert float(rows[1]["score"]) == pytest.approx(float(arrays["score"]), abs=1e-5)
        assert str(arrays["dna_id"]) == "x/1"
        assert "residue_effects" not in arrays


ENDINGS = ("npz", "relatives.tsv")


def test_nothing_is_left_where_it_stops(
    run: Run,
    inputs: tuple,
    tiny_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saved = []

    def interrupted(explanation: Explanation, folder: Path, name: str, **options: object) -> None:
        saved.append(name)
        (folder / f"{name}.npz").touch()
        if len(saved) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Explanation, "save", interrupted)
    out = tmp_path / "out"
    assert run("explain", *inputs, "-o", out, *FAST, "--model", tiny_weights).exit_code == 130
    assert saved == ["1_MAX_x_1", "2_GATA1_x_1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_folders_that_cannot_be_written(
    run: Run, inputs: tuple, tiny_weights: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").touch()
    done = run("explain", *inputs, "-o", taken, *FAST, "--model", tiny_weights)
    assert done.exit_code == 1
    assert done.output == f"Error: {taken}: holds files already: give the name of a new folder\n"
    done = run("explain", *inputs, "-o", taken / "mine", *FAST, "--model", tiny_weights)
    assert done.output == f"Error: {taken / 'mine'}: is a file: give the name of a new folder\n"
    if os.geteuid():
        taken.chmod(0o500)
        done = run("explain", *inputs, "-o", taken / "new", *FAST, "--model", tiny_weights)
        assert done.output == f"Error: {taken / 'new'}: cannot be written: Permission denied\n"
    assert [path.name for path in taken.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("--residues", "0-4"), "Invalid value for '--residues': '0-4': the first is 1 or more"),
        (("--residues", "some"), "'some' is not all, none or numbers such as 28-36"),
        (("--residues", "9-4"), "'9-4': the first is 1 or more, and the last is no less"),
    ],
)
def test_residues_that_are_none(
    run: Run, inputs: tuple, tmp_path: Path, changed: tuple[str, str], message: str
) -> None:
    done = run("explain", *inputs, "-o", tmp_path / "out", *changed)
    assert done.exit_code == 2
    assert message in done.output


def test_pairs_that_cannot_be_explained(
    run: Run,
    inputs: tuple,
    tiny_weights: Path,
    tmp_path: Path,
    data_dir: Path,
    write: Callable[[str, str], Path],
) -> None:
    proteins, dna = inputs[1], inputs[3]
    out = tmp_path / "out"
    short = write("short.fa", ">z\nACG\n")
    cases = [
        (proteins, data_dir / "example_dna.fa", "42 or more pairs, and at most 20 are explained"),
        (data_dir / "non_binders.fa", dna, "non_binders.fa:1: protein "),
        (proteins, short, f"{short}:1: DNA 'z' is all N or shorter than 5 bp"),
    ]
    for protein_file, dna_file, message in cases:
        done = run(
            *("explain", "--proteins", protein_file, "--dna", dna_file),
            *("-o", out, *FAST, "--model", tiny_weights),
        )
        assert done.exit_code == 1
        assert message in done.output and done.output.count("\n") == 1
        assert not out.exists()
