"""The progress bar on a terminal, and the lines of a log."""

from __future__ import annotations

import os
import re
import sys

import pytest

from dna_protein_bca.training.engine.callbacks import (
    ProgressBar,
    ProgressLines,
    StepReport,
    duration,
)

END = "<end>"

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")


def on_a_terminal(width: int, reports: list[StepReport], patch: pytest.MonkeyPatch) -> str:
    """What the bar writes on a terminal of so many columns."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        patch.setattr(sys, "stderr", terminal)
        bar = ProgressBar()
        for report in reports:
            bar.on_step(report)
        bar.on_end(reports[-1].step)
        terminal.write(END)
        terminal.flush()
        # Read before the writer's side is closed, or what is on its way may be lost.
        written = b""
        while not written.endswith(END.encode()):
            written += os.read(ours, 1 << 16)
    os.close(ours)
    return written.decode().removesuffix(END)


@pytest.mark.parametrize("width", [80, 120])
def test_loss_rate_speed_and_time_left_fit_on_the_line(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [
        StepReport(step, 10_000, 0.12345, {"label": 0.12345}, 2.98e-3, 64, step / 20)
        for step in (9_998, 9_999, 10_000)
    ]
    lines = on_a_terminal(width, reports, monkeypatch).rstrip().split("\r")
    last = lines[-1]
    assert max(map(len, lines)) <= width
    assert "| 10000/10000 steps, 00:00 left, loss 0.1235, rate 0.003, " in last
    assert re.search(r", \d+ samples/s$", last)
    assert last.startswith("100%|") and "█" in last


def test_a_log_gets_a_line_a_minute_with_the_time_left() -> None:
    lines: list[str] = []
    progress = ProgressLines(lines.append)
    # Resumed at step 100, four seconds a step.
    for step in range(101, 401):
        progress.on_step(StepReport(step, 400, 0.25, {"label": 0.25}, 3e-3, 64, 4.0 * (step - 100)))
    assert lines[0] == "step 103 of 400, loss 0.25, rate 0.003, 19.8 minutes left"
    assert lines[1].startswith("step 118 of 400") and lines[2].startswith("step 133 of 400")
    assert len(lines) == 20


def test_a_short_training_needs_no_line() -> None:
    lines: list[str] = []
    progress = ProgressLines(lines.append)
    for step in range(1, 21):
        progress.on_step(StepReport(step, 20, 0.25, {}, 3e-3, 64, 0.6 * step))
    assert lines == ["step 17 of 20, loss 0.25, rate 0.003, 2 seconds left"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (119, "119 seconds"), (150, "2.5 minutes"), (7200, "2.0 hours")],
)
def test_times_are_in_a_unit_that_people_use(seconds: float, text: str) -> None:
    assert duration(seconds) == text
