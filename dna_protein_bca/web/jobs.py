"""Work that waits for its turn: one at a time, in a line of bounded length."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from queue import Queue
from typing import Generic, TypeVar

from dna_protein_bca.errors import InputError

log = logging.getLogger(__name__)

T = TypeVar("T")

BROKEN = "something went wrong here, and not with your input: the log of the server has more"
"""What a visitor is told of an error that is the program's own."""


class Busy(Exception):
    """The line is full; `before` says how many wait in it."""

    def __init__(self, before: int) -> None:
        super().__init__(before)
        self.before = before


class Late(Exception):
    """An answer took longer than it may."""


class Deadline:
    """A time by which work has to be done.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._end

    def check(self) -> None:
        """Raise `Late` once the time is over."""
        if self.over:
            raise Late(self._seconds)


class Job(Generic[T]):
    """One piece of work.

    Attributes:
        answer: what it gave, None until then.
        error: what a visitor is told in place of an answer.
        done: there is an answer or an error.
    """

    def __init__(self, work: Callable[[Deadline], T]) -> None:
        self._work = work
        self.answer: T | None = None
        self.error = ""
        self.done = False

    def run(self, seconds: float) -> None:
        """Do the work; no exception leaves it."""
        try:
            self.answer = self._work(Deadline(seconds))
        except InputError as error:
            self.error = str(error)
        except Late:
            self.error = (
                f"this took longer than {seconds:g} seconds and was stopped: ask for fewer "
                "proteins or less DNA, or use the command line"
            )
        except Exception:
            log.exception("a request failed")
            self.error = BROKEN
        finally:
            self.done = True


class Jobs(Generic[T]):
    """A line of jobs, and the thread that does them one after another.

    Args:
        waiting: the most jobs that may wait.
        seconds: that each may take.
        kept: jobs that are remembered once they are done; the oldest goes first.
    """

    def __init__(self, waiting: int, seconds: float, kept: int) -> None:
        self._waiting, self._seconds, self._kept = waiting, seconds, kept
        self._jobs: OrderedDict[str, Job[T]] = OrderedDict()
        self._line: Queue[Job[T] | None] = Queue()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="predictions", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Deadline], T]) -> str:
        """Put work at the end of the line.

        Returns:
            A token, hard to guess, by which the answer is found.

        Raises:
            Busy: the line is full.
        """
        with self._lock:
            before = sum(not job.done for job in self._jobs.values())
            if before > self._waiting:
                raise Busy(before)
            token, job = secrets.token_urlsafe(16), Job(work)
            self._jobs[token] = job
            self._forget()
        self._line.put(job)
        return token

    def get(self, token: str) -> Job[T] | None:
        """The job of a token; None for one that was never given or is forgotten."""
        with self._lock:
            return self._jobs.get(token)

    def before(self, token: str) -> int:
        """How many jobs come before this one is done, the one at work included."""
        with self._lock:
            unfinished = [name for name, job in self._jobs.items() if not job.done]
        return unfinished.index(token) if token in unfinished else 0

    def close(self) -> None:
        """Stop after the job at work."""
        self._line.put(None)

    def _run(self) -> None:
        while (job := self._line.get()) is not None:
            job.run(self._seconds)

    def _forget(self) -> None:
        done = [token for token, job in self._jobs.items() if job.done]
        for token in done[: max(0, len(done) - self._kept)]:
            del self._jobs[token]
