"""SIGTERM and SIGHUP end a command as Ctrl-C does, so that nothing half written is left."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

CLEARING = 2.0
"""Seconds after a signal in which further ones change nothing: schedulers send several at once, and
the first is enough to have temporary files removed."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Within the block, SIGTERM and SIGHUP raise SystemExit with 128 and their number.

    A signal that is ignored stays so, such as SIGHUP, which a terminal sends when it closes, after
    `nohup`; so does one that is handled outside of Python. Nothing changes outside of the main
    thread, which alone may take signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    last = -CLEARING

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if last - before >= CLEARING:
            raise SystemExit(128 + number)

    # Windows has no SIGHUP.
    named = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))
    # A handler that is None was not set by Python, which could not set it again.
    left = (signal.SIG_IGN, None)
    taken = [number for number in named if number and signal.getsignal(number) not in left]
    previous = {number: signal.signal(number, stop) for number in taken}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
