"""Each example runs as a user runs it, learns its task on both sides, and draws its maps."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import image

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PICTURE = EXAMPLES.parent / "benchmarks" / "picture.py"

# What both sides have to reach: far from chance, not quite what a run of today prints.
ACCURACIES = {
    "dna_protein": (0.9, 0.9),
    "text_image": (0.9, 0.9),
    "translation": (0.9, 0.9),
    "video_audio": (0.9, 0.9),
}


def start(script: Path, *options: str, first: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script as a user does; modules are looked for in `first` before all others."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join((first, str(EXAMPLES.parent), *sys.path))
    command = [sys.executable, str(script), *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def run_example(name: str, picture: Path) -> list[float]:
    """Its two results; the picture is drawn."""
    run = start(EXAMPLES / f"{name}.py", "--output", str(picture))
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


@pytest.mark.parametrize(
    "script",
    [*(EXAMPLES / f"{name}.py" for name in (*ACCURACIES, "time_series")), PICTURE],
    ids=lambda path: path.stem,
)
def test_without_matplotlib_one_line_names_the_extra(script: Path, tmp_path: Path) -> None:
    """README's install has no matplotlib."""
    absent = tmp_path / "matplotlib"
    absent.mkdir()
    (absent / "__init__.py").write_text("raise ModuleNotFoundError('matplotlib')")
    run = start(script, first=str(tmp_path))
    assert run.returncode == 1 and run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert line.startswith("Error: ") and "matplotlib" in line
    extra = re.search(r"dna-protein-bca\[(\w+)\]", line)
    assert extra is not None
    config = configparser.ConfigParser()
    config.read(EXAMPLES.parent / "setup.cfg")
    assert "matplotlib" in config["options.extras_require"][extra[1]]


def test_the_picture_of_the_readme_is_drawn(tmp_path: Path) -> None:
    run = start(PICTURE, "--output", str(tmp_path / "example.png"))
    assert run.returncode == 0, run.stderr
    assert_picture(tmp_path / "example.png")
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    assert "](docs/example.png)" in readme
    assert (EXAMPLES.parent / "docs" / "example.png").stat().st_size < 200_000
