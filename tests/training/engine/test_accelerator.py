"""Which processes train, and whether some that were asked for are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_simple_launcher_cmd_env

from dna_protein_bca.training.engine.accelerator import lone_process, made_by_the_first


def environment(*options: str) -> dict[str, str]:
    """What `accelerate launch` passes to the process that it starts."""
    parsed = launch_command_parser().parse_args([*options, "-m", "dna_protein_bca"])
    return dict(prepare_simple_launcher_cmd_env(_validate_launch_command(parsed)[0])[1])


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without settings of accelerate's own on this machine."""
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    for name in ("MASTER_ADDR", "RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)


FIRST = """
import os
from dna_protein_bca.training.engine.accelerator import made_by_the_first, start_accelerator
import torch
start_accelerator("no", torch.device("cpu"))
print("got", made_by_the_first(lambda: [int(os.environ["RANK"])]))
"""


def test_what_the_first_process_makes_is_what_all_have(tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text(FIRST)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run([*launch, tmp_path / "first.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split("\n").count("got [0]") == 2
    assert made_by_the_first(lambda: "alone") == "alone"


def test_several_processes_of_which_one_was_started_are_missed() -> None:
    said = lone_process(environment("--cpu", "--num_processes", "2"))
    assert said.startswith("Warning: accelerate was asked for several processes and started one")
    assert "torchrun --nproc-per-node" in said


def test_one_process_and_one_of_several_are_as_they_were_asked_for() -> None:
    asked_for_one = environment("--cpu", "--num_processes", "1")
    assert not lone_process(asked_for_one) and not lone_process({})
    several = environment("--cpu", "--num_processes", "2")
    assert not lone_process(several | {"RANK": "0", "WORLD_SIZE": "2"})
