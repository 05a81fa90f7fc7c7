"""Two processes train as one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from dna_protein_bca.training.checkpoint import CHECKPOINT
from dna_protein_bca.training.rows import METRICS, read_metrics


def command(run: Path, proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any]) -> list:
    fields = [part for name, value in tiny.items() for part in ("--set", f"{name}={value}")]
    inputs = ["--proteins", proteins, "--dna", examples[0], "--pairs", examples[1]]
    length = ["--steps", 12, "--save-every", 5, "--batch-size", 48]
    given = ["train", *inputs, *length, *fields, "--device", "cpu", "--threads", 1, "-o", run]
    return ["-m", "dna_protein_bca", *map(str, given)]


def test_two_gloo_processes_have_the_losses_of_one(
    proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any], tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    alone = [sys.executable, *command(one, proteins, examples, tiny)]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    for arguments in (alone, [*launch, *command(two, proteins, examples, tiny)]):
        done = subprocess.run(arguments, capture_output=True, env=environment, timeout=300)
        assert done.returncode == 0, done.stderr.decode()[-3000:]
    rows = read_metrics(one / METRICS), read_metrics(two / METRICS)
    assert len(rows[0]) == len(rows[1]) > 0
    for single, double in zip(*rows, strict=True):
        assert single.keys() == double.keys()
        for name in single.keys() - {"seconds"}:
            assert float(single[name]) == pytest.approx(float(double[name]), abs=1e-4), name
    weights = load_file(one / CHECKPOINT), load_file(two / CHECKPOINT)
    for name, value in weights[0].items():
        if name.startswith("model."):
            assert float((value - weights[1][name]).abs().max()) < 1e-3, name
