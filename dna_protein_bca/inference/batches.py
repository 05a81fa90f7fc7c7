"""One function over many batches, on threads that compute side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> Iterator[Result]:
    """The results of a function, in the order of its items.

    Each thread computes an item by itself, with one of torch's threads. The model's steps are so
    short that torch's own threads, which share each of them, wait for each other most of the time.

    Args:
        function: may not depend on the thread that calls it: it sets modes such as
            `torch.inference_mode` itself.
        items: taken one by one, at most `threads` before their results are asked for.
        threads: 1 computes here, without further threads; None takes as many as torch may use.
    """
    threads = threads or torch.get_num_threads()
    if threads < 2:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    # Here too: threads of torch that have nothing to do keep their cores busy for a while.
    torch.set_num_threads(1)
    with ThreadPoolExecutor(threads, "compute", torch.set_num_threads, (1,)) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            torch.set_num_threads(threads)
