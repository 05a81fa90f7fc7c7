"""How far a command is."""

from __future__ import annotations

import io

import pytest

from dna_protein_bca.commands.reporting.progress import StageProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def now() -> list[float]:
    return [0.0]


def test_a_log_gets_the_first_line_and_then_a_line_a_minute(now: list[float]) -> None:
    stream = io.StringIO()
    with StageProgress(False, stream, lambda: now[0]) as progress:
        progress("Evaluating 10 pairs", 0.0)
        for second in range(1, 181):
            now[0] = float(second)
            progress("scoring", second / 240)
    assert stream.getvalue().splitlines() == [
        "Evaluating 10 pairs",
        "25% done: scoring, about 3.0 minutes left",
        "50% done: scoring, about 2.0 minutes left",
        "75% done: scoring, about 1.0 minutes left",
    ]


def test_a_terminal_has_a_bar_that_is_gone_at_the_end(now: list[float]) -> None:
    stream = Terminal()
    with StageProgress(False, stream, lambda: now[0]) as progress:
        progress("Evaluating 10 pairs", 0.0)
        progress("scoring the baselines", 0.5)
        assert " 50%|" in stream.getvalue() and "scoring the baselines" in stream.getvalue()
    assert stream.getvalue().startswith("Evaluating 10 pairs\n")


def test_quiet_shows_nothing(now: list[float]) -> None:
    stream = Terminal()
    with StageProgress(True, stream, lambda: now[0]) as progress:
        progress("Evaluating 10 pairs", 0.0)
        progress("scoring", 0.5)
    assert not stream.getvalue()
