"""A run that is killed at any step and resumed is the run that was never killed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from dna_protein_bca.io.folder_names import CHECKPOINT, METRICS
from dna_protein_bca.training import TrainSettings, fit
from dna_protein_bca.training.engine.metrics import read_metrics

STEPS = 60
KILLS = 4


@pytest.fixture
def given(proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any]) -> dict[str, Any]:
    settings = TrainSettings(
        steps=STEPS, save_every=7, batch_size=24, patience=50, architecture=tiny
    )
    inputs = {"proteins": proteins, "dna": examples[0], "pairs": examples[1]}
    return {**inputs, "settings": settings, "resume": True, "device": "cpu", "threads": 1}


def progress(run: Path) -> dict[str, Any]:
    """What the checkpoint knows of early stopping and of the losses since the last validation."""
    with safe_open(run / CHECKPOINT, "pt") as file:
        values = json.loads(file.metadata()["progress"])
    del values["seconds"]
    return dict(values)


def same_run(one: Path, other: Path) -> None:
    """Every tensor of the checkpoint and the weights, all progress, and every figure but time."""
    for name in (CHECKPOINT, "best/model.safetensors", "last/model.safetensors"):
        ours, theirs = load_file(one / name), load_file(other / name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours), name
    ours, theirs = progress(one), progress(other)
    assert ours == theirs and ours["best"] is not None
    rows = [read_metrics(run / METRICS) for run in (one, other)]
    for table in rows:
        for row in table:
            del row["seconds"]
    assert rows[0] == rows[1]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_sigkill_at_random_steps(
    forks: ForkServerContext, children: ModuleType, given: dict[str, Any], tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    fit(out=whole, report=str, **given)
    rng = random.Random()
    aims = sorted(rng.sample(range(1, STEPS - 8), KILLS))
    print(f"killed after the steps {aims}")
    for aim in aims:
        ours, theirs = forks.Pipe(duplex=False)
        child = forks.Process(target=children.train, args=(theirs, {**given, "out": cut}))
        child.start()
        theirs.close()
        while ours.poll(120) and ours.recv() < aim:
            pass
        # In the next step, or while it saves.
        time.sleep(rng.uniform(0, 0.02))
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    done = fit(out=cut, report=str, **given)
    assert done.finished and done.step == STEPS
    same_run(whole, cut)


FULL_DISK = """
import errno, os, sys
import torch
sys.path.insert(0, {tests!r})
from dna_protein_bca.training import TrainSettings, fit
from pathlib import Path
from test_resume import same_run
small, whole = Path({small!r}), Path({whole!r})
torch.set_num_threads(1)
given = {given!r} | {{"device": "cpu", "threads": 1, "resume": True, "report": str}}
settings = TrainSettings(**{settings!r})
fit(out=whole, settings=settings, **given)
run, filler = small / "run", small / "filler"
try:
    # What a run leaves takes more than once its checkpoint.
    room = (whole / "checkpoint.safetensors").stat().st_size * 3 // 2
    there = os.statvfs(small)
    filler.write_bytes(bytes(there.f_bavail * there.f_bsize - room))
    fit(out=run, settings=settings, **given)
    sys.exit("the disk was never full")
except OSError as error:
    assert error.errno == errno.ENOSPC, error
    print("full:", error)
filler.unlink()
assert fit(out=run, settings=settings, **given).finished
same_run(whole, run)
print("resumed")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system as Linux does")
def test_a_full_disk_loses_nothing(
    proteins: Path, examples: tuple[Path, Path], tiny: dict[str, Any], tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=16m tmpfs {small} && exec "$@"']
    if subprocess.run([*mount, "sh", "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a file system of their own")
    script = FULL_DISK.format(
        tests=str(Path(__file__).parent),
        small=str(small),
        whole=str(tmp_path / "whole"),
        given={"proteins": str(proteins), "dna": str(examples[0]), "pairs": str(examples[1])},
        settings={"steps": 12, "save_every": 2, "batch_size": 24, "architecture": tiny},
    )
    done = subprocess.run(
        [*mount, "sh", sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "full:" in done.stdout
    assert "resumed" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_says_how_to_go_on(
    number: int,
    code: int,
    proteins: Path,
    examples: tuple[Path, Path],
    tiny: dict[str, Any],
    tmp_path: Path,
) -> None:
    fields = [part for name, value in tiny.items() for part in ("--set", f"{name}={value}")]
    inputs = ["--proteins", proteins, "--dna", examples[0], "--pairs", examples[1]]
    given = [*inputs, "--steps", 100000, *fields, "--threads", 1, "-o", tmp_path / "run"]
    command = [sys.executable, "-m", "dna_protein_bca", "train", *map(str, given)]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        # Under nohup, which these tests may run under, a SIGHUP would be ignored.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    limit = time.monotonic() + 600
    while not (tmp_path / "run" / CHECKPOINT).exists():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == code, said
    assert "go on with --resume" in said and "Traceback" not in said
