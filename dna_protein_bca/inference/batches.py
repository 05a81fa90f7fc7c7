"""One function over many batches, on threads that compute side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 16
"""Threads at once. Each holds a batch, and Python, which runs on one at a time, keeps many idle."""


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> Iterator[Result]:
    """The results of a function, in the order of its items.

    Each thread computes an item by itself, with one of torch's threads. The model's steps are so
    short that torch's own threads, which share each of them, wait for each other most of the time.
    A single item is computed by the calling thread with all of torch's threads, and a call from
    within one of the threads computes all of its items there.

    Until the last result has come, or the iterator is closed, the calling thread has one of torch's
    threads. Other threads that use torch for the first time meanwhile keep one: call
    `torch.set_num_threads` in them.

    Args:
        function: may not depend on the thread that calls it: it sets modes such as
            `torch.inference_mode` itself.
        items: taken one by one, at most `threads` before their results are asked for; the first
            two at once, to see whether there are several.
        threads: 1 computes here; None, and more than torch may use, takes as many as it may.
    """
    before = torch.get_num_threads()
    threads = min(threads or before, before, MOST)
    remaining = iter(items)
    first = list(islice(remaining, 2))
    items = chain(first, remaining)
    if threads < 2 or len(first) < 2:
        yield from map(function, items)
        return
    try:
        # Where torch's idle threads do not sleep, as in commands, they would keep cores busy.
        torch.set_num_threads(1)
        with ThreadPoolExecutor(threads, "compute", torch.set_num_threads, (1,)) as pool:
            try:
                yield from _computed(pool, function, items, threads)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
    finally:
        torch.set_num_threads(before)


def _computed(
    pool: ThreadPoolExecutor,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int,
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) > threads:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
