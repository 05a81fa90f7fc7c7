"""Commands that are stopped by signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from dna_protein_bca.commands.reporting import stopping
from dna_protein_bca.commands.reporting.stopping import stop_on_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")


def _answer_to_signals() -> None:
    """Also where the tests run in the background, or under nohup, and ignore some of them."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _waits(process: psutil.Process) -> bool:
    """Whether it waits for the DNA: what a signal raises during an import may be lost there."""
    before = process.cpu_times()
    states = {process.status()}
    time.sleep(0.3)
    states.add(process.status())
    return states == {psutil.STATUS_SLEEPING} and process.cpu_times() == before


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_stopped_command_leaves_no_file(
    number: int, status: int, data_dir: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "dna.fa")
    command = [sys.executable, "-m", "dna_protein_bca", "predict", "--dna", "dna.fa"]
    command += ["--proteins", str(data_dir / "example_proteins.fa"), "-o", "out.tsv"]
    running = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, preexec_fn=_answer_to_signals
    )
    # The output is open before the DNA is, which nobody writes.
    while not (list(tmp_path.glob(".*.out.tsv")) and _waits(psutil.Process(running.pid))):
        assert running.poll() is None
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == status
    assert [path.name for path in tmp_path.iterdir()] == ["dna.fa"]
    assert b"Traceback" not in said


def test_further_signals_change_nothing_while_files_are_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    removed = []
    with pytest.raises(SystemExit) as stopped, stop_on_signals():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGHUP)
            removed.append(1)
    assert stopped.value.code == 143 and removed
    # Where the first one was lost, such as in a callback, a later one counts again.
    monkeypatch.setattr(stopping, "CLEARING", 0)
    with stop_on_signals():
        for _ in range(2):
            with pytest.raises(SystemExit):
                os.kill(os.getpid(), signal.SIGTERM)


def test_signals_are_as_they_were_after_a_command(run: Callable) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    assert run("--version").exit_code == 0
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


def test_nohup_is_respected() -> None:
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, previous)
