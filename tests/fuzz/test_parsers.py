"""Whatever a file holds, its parser returns or refuses it in one line.

Every test run tries some dozens of inputs of each; `.ci/slow` tries thousands, and
`target.py` searches for as long as it is let.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from parsers import PARSERS, seeds, tokens

FEW, MANY = 60, 5_000
"""Inputs of each parser, for every change and for `.ci/slow`."""

MOST_EDITS = 4


@st.composite
def edited(draw: st.DrawFn, name: str) -> bytes:
    """One of a parser's seeds with edits, or anything."""
    begin = seeds(name)
    words = tokens(name)
    if not begin or draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    data = draw(st.sampled_from(begin))
    for _ in range(draw(st.integers(1, MOST_EDITS))):
        first = draw(st.integers(0, len(data)))
        last = min(len(data), first + draw(st.integers(0, 20)))
        new = draw(
            st.one_of(
                st.just(b""),
                st.sampled_from(words),
                st.binary(max_size=4),
                st.just(data[first:last] * 2),
            )
        )
        data = data[:first] + new + data[last:]
    return data


@pytest.mark.parametrize("name", PARSERS)
def test_seeds_are_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    for seed in seeds(name):
        PARSERS[name](seed, tmp_path)


def check(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        PARSERS[name](data, Path(folder))


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@pytest.mark.parametrize("name", PARSERS)
def test_edited_inputs_are_read_or_refused_in_one_line(name: str) -> None:
    run = settings(max_examples=FEW, deadline=None, suppress_health_check=QUIET)
    run(given(edited(name))(lambda data: check(name, data)))()


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_many_edited_inputs_are_read_or_refused_in_one_line(name: str) -> None:
    run = settings(max_examples=MANY, deadline=None, suppress_health_check=QUIET)
    run(given(edited(name))(lambda data: check(name, data)))()
