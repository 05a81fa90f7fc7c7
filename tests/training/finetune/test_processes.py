"""Two processes train as one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from dna_protein_bca.io.folder_names import CHECKPOINT, METRICS
from dna_protein_bca.training import TrainSettings, fit
from dna_protein_bca.training.engine.metrics import read_metrics


def test_two_gloo_processes_have_the_losses_of_one(
    proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any], tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    settings = TrainSettings(steps=12, save_every=5, batch_size=48, architecture=tiny)
    inputs = {"dna": examples[0], "pairs": examples[1]}
    fit(proteins, one, **inputs, settings=settings, device="cpu", threads=1, report=str)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    fields = [part for name, value in tiny.items() for part in ("--set", f"{name}={value}")]
    given = ["--proteins", proteins, "--dna", examples[0], "--pairs", examples[1], *fields]
    length = ["--steps", 12, "--save-every", 5, "--batch-size", 48]
    train = ["train", *given, *length, "--device", "cpu", "--threads", 1, "-o", two]
    done = subprocess.run(
        [*launch, "-m", "dna_protein_bca", *map(str, train)],
        capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("finished at step 12") == 1
    rows = read_metrics(one / METRICS), read_metrics(two / METRICS)
    assert len(rows[0]) == len(rows[1]) > 0
    for single, double in zip(*rows, strict=True):
        assert single.keys() == double.keys()
        for name in single.keys() - {"seconds"}:
            assert float(single[name]) == pytest.approx(float(double[name]), abs=1e-4), name
    weights = load_file(one / CHECKPOINT), load_file(two / CHECKPOINT)
    for name, value in weights[0].items():
        # Softmax ignores this bias: its gradient is rounding, which AdamW enlarges.
        if name.startswith("model.") and not name.endswith("array.look.bias"):
            apart = (value - weights[1][name]).abs()
            if name.endswith("in_proj_bias"):
                # And that of an attention's keys, the middle third.
                apart = apart.unflatten(0, (3, -1))[[0, 2]]
            assert float(apart.max()) < 1e-3, name
