"""How a training is asked to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType
from typing import TypeAlias

Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | None


class StopSignal(AbstractContextManager["StopSignal"]):
    """SIGTERM and Ctrl-C end the step in hand, so that what was learned is saved.

    A second Ctrl-C interrupts at once; what was learned since the last checkpoint is lost then. A
    second SIGTERM changes nothing, because schedulers and launchers send several.

    Args:
        report: takes a line that says that the step in hand is finished first.
    """

    def __init__(self, report: Callable[[str], None] = lambda _: None) -> None:
        self.asked = False
        self._report = report
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> StopSignal:
        # Only the main thread may take signals.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _: object) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True
        self._report("stopping after this step; press Ctrl-C again to stop at once")
