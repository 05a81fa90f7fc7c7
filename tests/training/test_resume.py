"""A run that is killed at any step and resumed is the run that was never killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from dna_protein_bca.training.checkpoint import CHECKPOINT
from dna_protein_bca.training.rows import METRICS, read_metrics


def command(run: Path, proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any]) -> list:
    fields = [part for name, value in tiny.items() for part in ("--set", f"{name}={value}")]
    inputs = ["--proteins", proteins, "--dna", examples[0], "--pairs", examples[1]]
    length = ["--steps", 60, "--save-every", 7, "--batch-size", 24, "--patience", 0]
    given = [*inputs, *length, *fields, "--device", "cpu", "--threads", 1, "-o", run, "--resume"]
    return [sys.executable, "-m", "dna_protein_bca", "train", *map(str, given)]


def wait_for_checkpoint(process: subprocess.Popen, run: Path, after: float) -> None:
    """Until the run has a checkpoint, and a little longer."""
    limit = time.monotonic() + 120
    while not (run / CHECKPOINT).exists():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < limit
        time.sleep(0.01)
    time.sleep(after)


@pytest.mark.parametrize("seed", [0, 1])
def test_sigkill_at_a_random_step(
    seed: int,
    proteins: Path,
    examples: tuple[Path, Path],
    tiny: dict[str, Any],
    tmp_path: Path,
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    done = subprocess.run(command(whole, proteins, examples, tiny), capture_output=True)
    assert done.returncode == 0, done.stderr
    rng = random.Random(seed)
    killed = 0
    for _ in range(3):
        process = subprocess.Popen(
            command(cut, proteins, examples, tiny), stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        wait_for_checkpoint(process, cut, after=rng.uniform(0.0, 1.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed
    done = subprocess.run(command(cut, proteins, examples, tiny), capture_output=True)
    assert done.returncode == 0, done.stderr
    for name in (CHECKPOINT, "best/model.safetensors", "last/model.safetensors"):
        one, other = load_file(whole / name), load_file(cut / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one), name
    rows = [read_metrics(run / METRICS) for run in (whole, cut)]
    for table in rows:
        for row in table:
            del row["seconds"]
    assert rows[0] == rows[1]


def test_sigterm_says_how_to_go_on(
    proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any], tmp_path: Path
) -> None:
    arguments = command(tmp_path / "run", proteins, examples, tiny)
    arguments[arguments.index("--steps") + 1] = "100000"
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    wait_for_checkpoint(process, tmp_path / "run", after=0.5)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "go on with --resume" in said and "Traceback" not in said
