"""Items computed side by side."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from dna_protein_bca.inference.batches import in_order


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_their_items() -> None:
    late = threading.Event()

    def of(item: int) -> int:
        # The first waits for the second, which can only be computed beside it.
        if item == 0:
            assert late.wait(60)
        if item == 1:
            late.set()
        return item * item

    assert list(in_order(of, range(9), 2)) == [item * item for item in range(9)]


def test_each_thread_computes_alone_and_the_setting_returns() -> None:
    assert list(in_order(lambda _: torch.get_num_threads(), range(4))) == [1] * 4
    assert torch.get_num_threads() == 2


def test_an_error_reaches_the_caller_and_the_setting_returns() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda item: 1 / item, [1, 0, 1], 2))
    assert torch.get_num_threads() == 2


def test_few_items_are_taken_ahead() -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    results = in_order(float, items(), 2)
    next(results)
    assert len(taken) <= 3
    results.close()
    assert torch.get_num_threads() == 2
