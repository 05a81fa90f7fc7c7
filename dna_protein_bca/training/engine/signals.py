"""How a training is asked to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import FrameType
from typing import TypeAlias

Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | None


class StopSignal(AbstractContextManager["StopSignal"]):
    """SIGTERM, SIGHUP and Ctrl-C end the step in hand, so that what was learned is saved.

    A second Ctrl-C interrupts at once; what was learned since the last checkpoint is lost then. A
    second SIGTERM changes nothing, because schedulers and launchers send several. SIGHUP, which a
    terminal sends when it closes, is left ignored where it was (`nohup`).

    Args:
        report: takes a line that says that the step in hand is finished first.

    Attributes:
        number: of the first signal, 0 without one.
    """

    def __init__(self, report: Callable[[str], None] = lambda _: None) -> None:
        self.number = 0
        self._report = report
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> StopSignal:
        # Only the main thread may take signals.
        if threading.current_thread() is threading.main_thread():
            for number in self._taken():
                self._before[number] = signal.signal(number, self._ask)
        return self

    @property
    def asked(self) -> bool:
        """Whether the training is to stop."""
        return self.number != 0

    @staticmethod
    def _taken() -> list[int]:
        """The signals that stop a training here."""
        numbers = [int(signal.SIGTERM), int(signal.SIGINT)]
        # Windows has none.
        hangup = getattr(signal, "SIGHUP", None)
        if hangup is not None and signal.getsignal(hangup) != signal.SIG_IGN:
            numbers.append(int(hangup))
        return numbers

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _: object) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = self.number or number
        # The terminal that sent a SIGHUP is gone, and with it perhaps stderr.
        with suppress(OSError):
            self._report("stopping after this step; press Ctrl-C again to stop at once")
