"""Each example runs as a user runs it, learns its task on both sides, and draws its maps."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import image

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

# What both sides have to reach: far from chance, not quite what a run of today prints.
ACCURACIES = {
    "dna_protein": (0.9, 0.9),
    "text_image": (0.9, 0.9),
    "translation": (0.9, 0.9),
    "video_audio": (0.9, 0.9),
}


def run_example(name: str, picture: Path) -> list[float]:
    """Its two results; the picture is drawn."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), "--output", str(picture)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join((str(EXAMPLES.parent), *sys.path))
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    results = [re.search(r": \D*([\d.]+) \(", line) for line in run.stdout.splitlines()]
    return [float(result[1]) for result in results if result]


def assert_picture(path: Path) -> None:
    pixels = image.imread(path)
    assert min(pixels.shape[:2]) > 300
    assert pixels.std() > 0.05


@pytest.mark.parametrize("name", sorted(ACCURACIES))
def test_both_sides_learn(name: str, tmp_path: Path) -> None:
    picture = tmp_path / "attention.png"
    found = run_example(name, picture)
    assert len(found) == 2
    assert all(value > least for value, least in zip(found, ACCURACIES[name], strict=True))
    assert_picture(picture)


def test_gaps_of_time_series_are_filled(tmp_path: Path) -> None:
    picture = tmp_path / "attention.png"
    found = run_example("time_series", picture)
    assert len(found) == 2
    assert all(error < 0.5 for error in found)
    assert_picture(picture)


def test_every_example_is_run() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {*ACCURACIES, "time_series", "shared"}
