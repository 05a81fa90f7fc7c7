"""Shuffles that keep dinucleotides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dna_protein_bca.datasets.negatives.shuffles import shuffle_dinucleotides

Write = Callable[[str, str], Path]


def dinucleotides(text: str) -> Counter[str]:
    return Counter(text[place : place + 2] for place in range(len(text) - 1))


@given(st.text("ACGT", max_size=60), st.integers(0, 1000))
def test_shuffles_keep_the_dinucleotides(text: str, seed: int) -> None:
    found = shuffle_dinucleotides(text, np.random.default_rng(seed))
    assert dinucleotides(found) == dinucleotides(text)
    assert found[:1] == text[:1] and found[-1:] == text[-1:]


def test_every_arrangement_is_equally_likely(rng: np.random.Generator) -> None:
    text = "ACAGATACC"
    wanted = dinucleotides(text)
    letters = "ACGT"
    every = [""]
    for _ in text:
        every = [one + letter for one in every for letter in letters]
        every = [one for one in every if not dinucleotides(one) - wanted and one[0] == "A"]
    every = [one for one in every if dinucleotides(one) == wanted]
    drawn = Counter(shuffle_dinucleotides(text, rng) for _ in range(200 * len(every)))
    assert set(drawn) == set(every) and len(every) > 10
    # 200 +- 14 of each; five standard deviations.
    assert all(abs(count - 200) < 71 for count in drawn.values())
