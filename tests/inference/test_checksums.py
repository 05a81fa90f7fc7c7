"""Weights are told from weights that were cut off, changed or mixed up, before they are used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.checksums import CHECKED, check_files, rewritten, write_checksums
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.weights import bundled
from dna_protein_bca.io.folder_names import CARD, CHECKSUMS, CONFIG, RELATIVES, WEIGHTS
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.resources import models_path


@pytest.fixture
def copy(tiny_weights: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(tiny_weights, tmp_path / "weights"))
    (folder / CARD).write_text("a card")
    write_checksums(folder)
    return folder


@pytest.mark.parametrize("name", bundled())
def test_bundled_weights_have_the_checksums_of_all_their_files(name: str) -> None:
    folder = models_path(name)
    check_files(folder)
    named = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
    assert named.keys() == {each for each in CHECKED if (folder / each).is_file()}


def test_unchanged_files_are_loaded(copy: Path) -> None:
    (copy / CARD).write_text("another card, written by hand")
    load_model(copy)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, "calibration.json"])
@pytest.mark.parametrize("cut", [True, False])
def test_a_changed_file_is_one_line(copy: Path, name: str, cut: bool) -> None:
    data = (copy / name).read_bytes()
    (copy / name).write_bytes(data[:-1] if cut else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(InputError, match=rf"{name}: cut off, or another file .* {CHECKSUMS}"):
        BindingPredictor.from_pretrained(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "calibration.json").unlink()
    with pytest.raises(InputError, match=r"calibration\.json: a file of these weights is missing"):
        check_files(copy)


@pytest.mark.parametrize("text", ["[]", "{", '{"../other": "0"}', '{"README.md": "0"}'])
def test_damaged_checksums(copy: Path, text: str) -> None:
    (copy / CHECKSUMS).write_text(text)
    with pytest.raises(InputError, match=rf"{CHECKSUMS}.*(damaged|no file of weights)"):
        check_files(copy)


def test_weights_without_checksums_are_taken(copy: Path) -> None:
    (copy / CHECKSUMS).unlink()
    check_files(copy)


def test_a_rewrite_that_is_stopped_leaves_no_checksums(copy: Path) -> None:
    with pytest.raises(KeyboardInterrupt), rewritten(copy):
        (copy / CONFIG).write_text("{}")
        raise KeyboardInterrupt
    assert not (copy / CHECKSUMS).exists()
    with rewritten(copy):
        (copy / RELATIVES).write_bytes(b"new")
    check_files(copy)
    assert RELATIVES in json.loads((copy / CHECKSUMS).read_text(encoding="utf-8"))


def test_the_command_writes_them_anew(copy: Path) -> None:
    (copy / "calibration.json").unlink()
    command = [sys.executable, "-m", "dna_protein_bca.inference.checksums"]
    done = subprocess.run([*command, copy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(copy / CHECKSUMS)
    check_files(copy)
    done = subprocess.run([*command, copy / "none"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("Error: ")
