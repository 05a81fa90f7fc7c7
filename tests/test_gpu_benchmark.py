"""The benchmark for a GPU, as far as a machine without one can tell."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "benchmarks" / "gpu.py"


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("gpu", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_cuda_one_line_is_said() -> None:
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    run = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, env=hidden)
    assert run.returncode == 0 and run.stderr == ""
    (line,) = run.stdout.splitlines()
    assert "No CUDA device" in line


@pytest.mark.parametrize(
    ("precision", "shift", "met"),
    [
        ("float32", 5e-5, True),
        ("float32", 5e-4, False),
        ("float32", np.nan, False),
        ("bfloat16", 5e-3, True),
        ("bfloat16", 5e-2, False),
    ],
)
def test_parity_is_judged_by_its_goal(
    gpu: ModuleType, precision: str, shift: float, met: bool
) -> None:
    run = gpu.Run(None, smoke=True)
    expected = np.array([1.0, -1.0, 1.0])
    row = run.compare("scores", precision, expected + np.array([shift] * 3), expected)
    assert ("met" in row, "missed" in row) == (met, not met)
    assert len(run.missed) == (not met)


def test_what_a_contender_cannot_do_is_a_result(gpu: ModuleType) -> None:
    import gpu_attention
    import torch

    def full() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    found = gpu_attention.measure(full, torch.device("cpu"))
    assert found == "out of memory"
    ours = gpu_attention.Measured(2.0, 100.0)
    theirs = gpu_attention.Measured(6.0, 250.0)
    assert gpu_attention.entries(ours, [theirs, found]) == ["2.00, 100", "3.00, 2.5", found]


def test_nothing_is_begun_when_the_time_is_up(gpu: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gpu, "BUDGET", 0.0)
    lines = list(gpu.report(gpu.Run(None, smoke=True)))
    parts = [line for line in lines if "left out" in line]
    assert len(parts) == 5 and not any("|" in line for line in lines)
    import gpu_attention
    import torch

    rows = list(gpu_attention.rows(torch.device("cpu"), ((8, 8),), lambda: 0.0))
    assert all(row.count("no time left") == 3 for row in rows[2:]) and len(rows) == 6


def test_pages_say_whether_it_has_been_run() -> None:
    text = (ROOT / "docs" / "gpu.md").read_text(encoding="utf-8")
    shown = text.split("<!-- benchmarks/gpu.py -->")[1].split("<!-- /benchmarks/gpu.py -->")[0]
    untried = "has not been run on a GPU yet"
    for page in ("predict", "training"):
        said = " ".join((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8").split())
        assert (untried in said) == (shown.strip() == "Not run yet."), page
