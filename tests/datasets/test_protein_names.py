"""The names that databases use for proteins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.datasets.protein_names import ProteinNames

Write = Callable[[str, str], Path]


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("sp|Q9Y2X9|ZN281_HUMAN", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("Q9Y2X9", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("ZN281_HUMAN", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("ZN281", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("ZNF281", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("znf281", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("RUNX1_MOUSE", ["sp|Q03347|RUNX1_MOUSE"]),
        ("Runx1", ["sp|Q03347|RUNX1_MOUSE"]),  # the case tells the species
        ("RUNX1", ["sp|Q01196|RUNX1_HUMAN"]),
        ("runx1", ["sp|Q01196|RUNX1_HUMAN", "sp|Q03347|RUNX1_MOUSE"]),
        ("SBP8", ["tr|A0A060CV13|A0A060CV13_MAIZE"]),
        ("plain", ["plain"]),
        ("nobody", []),
    ],
)
def test_names_of_a_protein(name: str, ids: list[str], names: ProteinNames) -> None:
    assert names.find(name) == ids
