"""Fragments of domains in a table of predictions."""

from __future__ import annotations

import pandas as pd

from dna_protein_bca.inference.results import Fragments

ROWS = [
    ("whole", "P53:100-288", 0.97),
    ("cut", "P53:100-200", 0.5),
    ("either", "P53:1-50;HLH:90-120", 0.6),
    ("unknown", "none", float("nan")),
    ("unheard", "Novel:1-20", 0.1),
]


def test_a_fragment_has_clearly_less_than_any_family_that_it_may_be_of() -> None:
    found = Fragments(None)
    found.typical = {"P53": 0.97, "HLH": 0.7}
    table = pd.DataFrame(ROWS, columns=["protein_id", "dbd", "coverage"])
    for part in (table.iloc[:3], table, table.iloc[2:]):
        found.add(part)
    assert found.found == {"cut": 0.5}


def test_without_measured_proteins_nothing_is_said() -> None:
    found = Fragments(None)
    found.add(pd.DataFrame(ROWS, columns=["protein_id", "dbd", "coverage"]))
    assert not found.found
