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


@pytest.mark.parametrize("threads", [2, 3, 64])
def test_the_setting_returns_whatever_was_asked_for(threads: int) -> None:
    torch.set_num_threads(4)
    assert list(in_order(float, range(5), threads)) == [0, 1, 2, 3, 4]
    assert torch.get_num_threads() == 4


def test_a_single_item_has_all_of_torchs_threads() -> None:
    assert list(in_order(lambda _: torch.get_num_threads(), [0])) == [2]
    assert list(in_order(float, [])) == []


def test_a_thread_computes_what_it_asks_for_itself() -> None:
    def names(_: int) -> tuple[str, set[str]]:
        asked = in_order(lambda _: threading.current_thread().name, range(4), 2)
        return threading.current_thread().name, set(asked)

    for own, found in in_order(names, range(3)):
        assert found == {own} != {threading.current_thread().name}


def test_two_at_once_leave_the_setting_as_it_was() -> None:
    first, second = in_order(float, range(9)), in_order(float, range(9))
    assert list(zip(first, second, strict=True)) == [(float(n), float(n)) for n in range(9)]
    assert torch.get_num_threads() == 2


def test_an_error_reaches_the_caller_and_the_setting_returns() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda item: 1 / item, [1, 0, 1], 2))
    assert torch.get_num_threads() == 2


def test_few_items_are_taken_ahead_and_no_thread_stays() -> None:
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
    assert not [one for one in threading.enumerate() if one.name.startswith("compute")]
