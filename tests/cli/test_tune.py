"""`tune`, and `train` with what it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

TINY = "dim=16 heads=2 decoder_depth=1 latents=4 motifs=1 joint_dim=16 joint_heads=2 joint_depth=1"
FIELDS = [part for field in TINY.split() for part in ("--set", field)]

pytest.importorskip("optuna", reason="the extra tune is not installed")


@pytest.fixture
def inputs(data_dir: Path, tmp_path: Path) -> list[object]:
    """MAX on its own site and without it."""
    rows, records = ["protein_id\tdna_id\tlabel"], []
    for number in range(32):
        middle = "ACCACGTGGT" if number % 2 else "ACGTTTTTAC"
        records.append(f">d{number}\n{'ACTGG' * (number % 3 + 1)}{middle}{'TTGCA' * 3}\n")
        rows.append(f"MAX\td{number}\t{number % 2}")
    (tmp_path / "dna.fa").write_text("".join(records))
    (tmp_path / "pairs.tsv").write_text("\n".join(rows) + "\n")
    given = ["--proteins", data_dir / "example_proteins.fa", "--dna", tmp_path / "dna.fa"]
    return [*given, "--pairs", tmp_path / "pairs.tsv", "--device", "cpu", "--threads", 1, *FIELDS]


def test_the_best_settings_are_a_config_of_train(
    run: Callable, inputs: list, tmp_path: Path
) -> None:
    out = tmp_path / "search"
    search = ["--trials", 2, "--search", "rate=0.001..0.02", "--steps", 4]
    done = run("tune", *inputs, *search, "-o", out)
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(out / "trials.tsv", sep="\t")
    assert table["rate"].iloc[0] == 0.003 and table["step"].tolist() == [4, 4]
    best = table.loc[table["value"].idxmax()]
    assert best["trial"] in done.stdout
    again = run("train", "--config", out / "config.json", "-o", tmp_path / "again")
    assert again.exit_code == 0, again.stderr
    settings = json.loads((tmp_path / "again" / "config.json").read_text())["settings"]
    assert settings["rate"] == pytest.approx(best["rate"])
    wrong = run("tune", *inputs, "--search", "speed=1..2", "-o", tmp_path / "wrong")
    assert wrong.exit_code == 1 and wrong.stderr.startswith("Error: --search speed=1..2: give")
    beyond = {
        "rate=-1..2": "-1.0 is not in the range",
        "rank=0.5,-1": "--loss rank=-1.0: give",
        "batch-size=0,32": "0: give 'auto', or 1 or more",
        "rate=0.1,inf": "inf is no number",
    }
    for searched, why in beyond.items():
        wrong = run("tune", *inputs, "--search", searched, "-o", tmp_path / "wrong")
        assert wrong.exit_code == 2 and f"--search {searched}: {why}" in wrong.stderr
    assert not (tmp_path / "wrong").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\0\1\2", "binary, not text: give a text file"),
        ("protein_id\tdna_id\tlabel\n".encode("utf-16"), "UTF-16, not UTF-8"),
        (b"protein_id\tdna_id\tlabel\nM\xe9X\td0\t1\n", "the protein_id 'M\\udce9X' is not UTF-8"),
    ],
)
def test_pairs_that_cannot_be_read_begin_no_search(
    content: bytes, why: str, run: Callable, inputs: list, tmp_path: Path
) -> None:
    pairs, out = tmp_path / "pairs.tsv", tmp_path / "search"
    right = pairs.read_bytes()
    pairs.write_bytes(content)
    search = ["tune", *inputs, "--trials", 1, "--steps", 2, "-o", out]
    wrong = run(*search)
    assert wrong.exit_code == 1 and wrong.stdout == ""
    assert wrong.stderr.startswith(f"Error: {pairs}:") and why in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1 and not out.exists()
    pairs.write_bytes(right)
    done = run(*search)
    assert done.exit_code == 0, done.stderr
