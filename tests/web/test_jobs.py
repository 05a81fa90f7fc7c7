"""The line of jobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.web.jobs import BROKEN, Busy, Deadline, Job, Jobs, Late


def finished(jobs: Jobs[int], token: str) -> Job[int]:
    job = jobs.get(token)
    assert job is not None
    for _ in range(500):
        if job.done:
            return job
        time.sleep(0.01)
    raise AssertionError("the job did not end")


def raising(error: Exception) -> Callable[[Deadline], int]:
    def work(deadline: Deadline) -> int:
        raise error

    return work


def test_jobs_are_done_in_turn_and_those_before_are_counted() -> None:
    jobs: Jobs[int] = Jobs(waiting=2, seconds=60, kept=10)
    gate = threading.Event()
    done: list[int] = []

    def work(number: int) -> Callable[[Deadline], int]:
        def one(deadline: Deadline) -> int:
            gate.wait(10)
            done.append(number)
            return number

        return one

    tokens = [jobs.submit(work(number)) for number in range(3)]
    assert len(set(tokens)) == 3
    assert [jobs.before(token) for token in tokens] == [0, 1, 2]
    with pytest.raises(Busy) as caught:
        jobs.submit(work(9))
    assert caught.value.before == 3
    gate.set()
    assert [finished(jobs, token).answer for token in tokens] == done == [0, 1, 2]
    assert finished(jobs, jobs.submit(work(3))).answer == 3
    jobs.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (InputError("no such base", "dna", 3), "dna:3: no such base"),
        (Late(), "longer than 60 seconds"),
        (RuntimeError("secret"), BROKEN),
    ],
)
def test_an_error_is_told_and_the_next_job_is_done(error: Exception, told: str) -> None:
    jobs: Jobs[int] = Jobs(waiting=2, seconds=60, kept=10)
    job = finished(jobs, jobs.submit(raising(error)))
    assert job.answer is None and told in job.error and "secret" not in job.error
    assert finished(jobs, jobs.submit(lambda deadline: 1)).answer == 1
    jobs.close()


def test_a_deadline_passes() -> None:
    Deadline(60).check()
    with pytest.raises(Late):
        Deadline(-1).check()


def test_only_the_last_answers_are_kept() -> None:
    jobs: Jobs[int] = Jobs(waiting=5, seconds=60, kept=2)
    tokens = []
    for number in range(5):
        tokens.append(jobs.submit(lambda deadline, number=number: number))
        finished(jobs, tokens[-1])
    # What is at work is never forgotten, and the last two that are done are kept.
    assert [jobs.get(token) is not None for token in tokens] == [False, False, True, True, True]
    assert jobs.get("nothing") is None
    jobs.close()
