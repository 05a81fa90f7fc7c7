"""Errors: one line, with the place where there is one, and whole after a pickle."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("no good"), "no good"),
        (InputError("no good", "a.fa"), "a.fa: no good"),
        (InputError("no good", Path("a.fa"), 3), "a.fa:3: no good"),
        (InputError("no good", "-", 3), "stdin:3: no good"),
        (InputError("no good", "", 0), "no good"),
        (InputError("no\r\ngood\n", "a\nb"), "a b: no good"),
    ],
)
def test_text(error: InputError, text: str) -> None:
    assert str(error) == text
    assert isinstance(error, ValueError)


def test_pickle() -> None:
    # Errors travel between the processes of a data loader.
    error = pickle.loads(pickle.dumps(InputError("no good", "a.fa", 3)))
    assert (error.message, error.path, error.line) == ("no good", "a.fa", 3)
    assert str(error) == "a.fa:3: no good"


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    error = InputError(f"mutation {'R' * 10_000} is not read: write it as R175H", "m.tsv", 2)
    assert len(str(error)) < 2_100
    assert str(error).startswith("m.tsv:2: mutation RRR")
    assert str(error).endswith("RRR is not read: write it as R175H")
