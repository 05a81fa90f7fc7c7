"""How far a command is: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NoReturn, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

EVERY = 60.0
"""Seconds between two lines in a log."""


class StageProgress(AbstractContextManager["StageProgress"]):
    """Shows what is being done and which share of it is done, on stderr.

    The first line is always written. After it a terminal has a bar, and anything else a line a
    minute with the time that is left.

    Args:
        quiet: show nothing.
        stream, clock: None for stderr; seconds.
    """

    def __init__(
        self,
        quiet: bool,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream or sys.stderr
        self._quiet, self._clock = quiet, clock
        self._begun = self._told = clock()
        self._bar: tqdm[NoReturn] | None = None
        self._first = True

    def __call__(self, doing: str, share: float) -> None:
        """Show what is done next; `share` of everything is done, 0 to 1."""
        if self._quiet:
            return
        if self._first:
            self._first = False
            print(doing, file=self._stream, flush=True)
        elif self._stream.isatty():
            self._draw(doing, share)
        elif self._clock() - self._told >= EVERY:
            self._told = self._clock()
            left = (self._told - self._begun) * (1 - share) / share if share else 0.0
            text = f"{share:.0%} done: {doing}, about {left / 60:.1f} minutes left"
            print(text, file=self._stream, flush=True)

    def _draw(self, doing: str, share: float) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=100,
                file=self._stream,
                bar_format="{percentage:3.0f}%|{bar}| {remaining} left, {postfix}",
                dynamic_ncols=True,
                leave=False,
            )
        self._bar.update(100 * share - self._bar.n)
        self._bar.set_postfix_str(doing)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
