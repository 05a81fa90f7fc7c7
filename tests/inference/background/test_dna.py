"""What background DNA is, and what is refused as such."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.background import dna as module

Write = Callable[[str, str], Path]


def drawn(dna: BackgroundDNA, count: int, length: int) -> np.ndarray:
    return dna.draw(np.random.default_rng(0), count, length)


@pytest.mark.parametrize(
    ("text", "fractions"),
    [("uniform", (0.25, 0.25, 0.25, 0.25)), ("0.3,0.2,0.1,0.4", (0.3, 0.2, 0.1, 0.4))],
)
def test_independent_bases_have_their_fractions(text: str, fractions: tuple[float, ...]) -> None:
    dna = BackgroundDNA.parse(text)
    assert dna.name == text and not dna.of_file
    counts = np.bincount(drawn(dna, 400, 100).ravel(), minlength=4) / 40_000
    np.testing.assert_allclose(counts, fractions, atol=0.01)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("0.5,0.5,0,0", "not positive"),
        ("0.3,0.3,0.3", "3 fractions"),
        ("0.3,0.3,0.3,0.3", "adds up to 1.2"),
        ("-0.5,0.5,0.5,0.5", "not positive"),
        ("nan,0.5,0.25,0.25", "not positive"),
    ],
)
def test_other_fractions_are_refused(text: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        BackgroundDNA.parse(text)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.fa: no such file"):
        BackgroundDNA.parse("nowhere.fa")


def test_windows_of_a_file_are_pieces_of_its_records_without_n(write: Write) -> None:
    text = "acgtACGGTTCA" * 3
    path = write("genome.fa", f">one\n{text}N{text}\n>two\nNNNN{text[::-1]}\n>short\nACGT\n")
    dna = BackgroundDNA.parse(path)
    assert dna.name == str(path) and dna.of_file
    letters = np.array(list("ACGT"))
    windows = {"".join(letters[row]) for row in drawn(dna, 300, 20)}
    known = {each[at : at + 20] for each in (text.upper(), text.upper()[::-1]) for at in range(17)}
    assert windows <= known and len(windows) > 10


def test_a_file_without_a_window_is_named(write: Write) -> None:
    path = write("gaps.fa", ">one\nACGTNACGTNACGTN\n>two\nACG\n")
    with pytest.raises(InputError, match=r"gaps\.fa: .*no stretch of 5 bases"):
        drawn(BackgroundDNA.parse(path), 10, 5)


def test_a_large_file_is_sampled_evenly(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 10)
    monkeypatch.setattr(module, "MOST_PIECES", 8)
    path = write("large.fa", "".join(f">{i}\n{'ACGT'[i // 10] * 20}\n" for i in range(40)))
    counts = np.bincount(BackgroundDNA.parse(path).ids, minlength=4)[:4]
    assert counts.sum() <= 80 and counts.min() > 0 and np.ptp(counts) <= 10


def test_the_key_tells_backgrounds_apart_by_their_dna(write: Write) -> None:
    one, same = write("one.fa", ">a\nACGTT\n"), write("same.fa", ">b\nACGTT\n")
    other = write("other.fa", ">a\nACTGT\n")
    key = [BackgroundDNA.parse(path).key for path in (one, same, other, "uniform")]
    assert key[0] == key[1] and len(set(key)) == 3
