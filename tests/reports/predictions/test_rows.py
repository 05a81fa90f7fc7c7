"""Counts of a stream of predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dna_protein_bca.reports.predictions.rows import Counts


def test_counts_do_not_depend_on_the_chunks() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "protein_id": np.tile(list("abc"), 40),
            "dna_id": np.repeat([f"d{n}" for n in range(40)], 3),
            "score": rng.normal(size=120),
            "p_value": 10 ** rng.uniform(-6, 0, 120),
        }
    )
    table.loc[table["protein_id"] == "c", ["score", "p_value"]] = np.nan
    table.loc[table["protein_id"] == "b", "p_value"] = np.nan
    whole, parts = Counts(), Counts()
    whole.add(table)
    for first in range(0, 120, 17):
        parts.add(table.iloc[first : first + 17])
    assert parts.levels() == whole.levels() and parts.pairs == 120 and parts.tests == 40
    # A protein without a p-value is ranked by its score, and comes after those with one.
    assert parts.ranked() == whole.ranked() == ["a", "b", "c"]
    of_a = table[table["protein_id"] == "a"]
    best = parts.best["a"]
    assert best.p == of_a["p_value"].min() and best.pairs == 40
    assert best.low == (of_a["p_value"] <= 0.001).sum()
    assert best.dna == of_a.loc[of_a["p_value"].idxmin(), "dna_id"]
    of_b = table[table["protein_id"] == "b"]
    assert parts.best["b"].dna == of_b.loc[of_b["score"].idxmax(), "dna_id"]
    first, *_ = whole.levels()
    assert first.found == str((of_a["p_value"] <= 0.05).sum()) and first.expected == "2"


def test_without_p_values_there_are_no_levels() -> None:
    counts = Counts()
    counts.add(
        pd.DataFrame({"protein_id": ["a"], "dna_id": ["x"], "score": [1.0], "p_value": [np.nan]})
    )
    assert counts.levels() == []
