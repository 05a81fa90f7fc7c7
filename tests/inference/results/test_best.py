"""The best rows of a stream of predictions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.inference.results import best as module
from dna_protein_bca.inference.results import best_rows, rows_up_to


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Every protein on every DNA, DNA outermost; ties, and rows without a p-value or a score."""
    rng = np.random.default_rng(0)
    proteins, dna = ["p2", "p0", "p1"], [f"d{n}" for n in range(40)]
    rows = [(protein, name) for name in dna for protein in proteins]
    found = pd.DataFrame(rows, columns=["protein_id", "dna_id"])
    found["p_value"] = rng.integers(1, 12, len(found)) / 12
    found["score"] = rng.integers(-3, 3, len(found)).astype(np.float32)
    found.loc[found["protein_id"] == "p1", "p_value"] = np.nan
    found.loc[rng.random(len(found)) < 0.1, ["score", "p_value"]] = np.nan
    return found


def chunks(table: pd.DataFrame, dna: int) -> Iterator[pd.DataFrame]:
    for first in range(0, len(table), 3 * dna):
        yield table.iloc[first : first + 3 * dna]


def expected(table: pd.DataFrame, count: int, by: str) -> pd.DataFrame:
    parts = []
    for name in table[by].unique():
        rows = table[(table[by] == name) & table["score"].notna()]
        keys = [
            (np.inf if np.isnan(p) else p, -score, number)
            for number, (p, score) in enumerate(zip(rows["p_value"], rows["score"], strict=True))
        ]
        order = sorted(range(len(rows)), key=keys.__getitem__)
        parts.append(rows.iloc[order[:count]])
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("size", [1, 7, 40])
@pytest.mark.parametrize("by", ["protein_id", "dna_id"])
@pytest.mark.parametrize("count", [1, 5])
def test_the_lowest_p_values_of_each(table: pd.DataFrame, size: int, by: str, count: int) -> None:
    found = pd.concat(best_rows(chunks(table, size), count, by), ignore_index=True)
    pd.testing.assert_frame_equal(found, expected(table, count, by))


def test_what_is_held_is_thinned_on_the_way(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD", 4)
    found = pd.concat(best_rows(chunks(table, 2), 3, "protein_id"), ignore_index=True)
    pd.testing.assert_frame_equal(found, expected(table, 3, "protein_id"))


def test_the_best_of_whole_chunks_come_at_once(table: pd.DataFrame) -> None:
    given = chunks(table, 4)
    found = best_rows(given, 2, "dna_id", whole=True)
    first = next(found)
    assert first["dna_id"].unique().tolist() == ["d0", "d1", "d2", "d3"]
    assert len(list(given)) == 9
    whole = pd.concat(best_rows(chunks(table, 4), 2, "dna_id", whole=True), ignore_index=True)
    pd.testing.assert_frame_equal(whole, expected(table, 2, "dna_id"))


def test_nothing_has_no_best_rows() -> None:
    assert list(best_rows(iter([]), 3)) == []


def test_rows_up_to_a_p_value(table: pd.DataFrame) -> None:
    found = pd.concat(rows_up_to(chunks(table, 5), 0.5), ignore_index=True)
    wanted = table[table["p_value"] <= 0.5].reset_index(drop=True)
    assert 0 < len(wanted) < len(table) and (wanted["p_value"] == 0.5).any()
    pd.testing.assert_frame_equal(found, wanted)
