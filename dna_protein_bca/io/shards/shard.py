"""One of several parts of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, order=True)
class Shard:
    """Part `number` (from 1 on) of `count`.

    A run is cut between the units that it computes together, never inside of one, so that each
    number in its results comes out of the same arithmetic as in one run.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """`3/8`.

        Raises:
            ValueError: it is not two whole numbers, the first from 1 to the second.
        """
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
        shard = cls(*map(int, found.groups())) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.count:
            raise ValueError(f"{text!r} is not I/N, with I from 1 to N")
        return shard

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def stem(self) -> str:
        """Of the names of its files."""
        return f"{self.number}-of-{self.count}"

    def take(self, units: Iterable[T]) -> Iterator[T]:
        """Every `count`-th of the units of a stream, of which the number is not known."""
        return islice(units, self.number - 1, None, self.count)

    def span(self, units: int) -> tuple[int, int]:
        """The units, neighbours of each other, that it takes of so many: first and end."""
        first, end = (units * number // self.count for number in (self.number - 1, self.number))
        return first, end


WHOLE = Shard(1, 1)
"""All of a run."""
