"""The best rows of a stream are those of the whole table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.reports.predictions.best import BestRows, Choice
from dna_protein_bca.reports.predictions.drawn import chosen_pairs


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Predictions with ties, missing p-values and missing scores."""
    rng = np.random.default_rng(seed)
    score = rng.integers(-9, 9, rows).astype(float)
    p_value = np.exp(-score / 3) / 30 * rng.integers(1, 4, rows)
    score[rng.random(rows) < 0.1] = np.nan
    p_value[np.isnan(score) | (rng.random(rows) < 0.05)] = np.nan
    return pd.DataFrame(
        {
            "protein_id": rng.choice(list("abcdefg"), rows),
            "dna_id": [f"d{n}" for n in range(rows)],
            "score": score,
            "p_value": p_value,
        }
    )


def whole(rows: pd.DataFrame, choice: Choice, limit: int) -> list[str]:
    """The same from all rows at once."""
    rows = rows[rows["score"].notna()]
    if choice.max_p is not None:
        rows = rows[rows["p_value"] <= choice.max_p]
    rows = rows.sort_values(["p_value", "score"], ascending=[True, False], kind="stable")
    if choice.top is not None:
        rows = rows.groupby(choice.by).head(choice.top)
    return rows["dna_id"].head(limit).tolist()


@pytest.mark.parametrize("choice", [Choice(), Choice(3), Choice(max_p=0.05), Choice(2, max_p=0.2)])
def test_rows_of_a_stream(choice: Choice) -> None:
    rows = table(500)
    best = BestRows(choice, 40)
    for first in range(0, 500, 37):
        best.add(rows.iloc[first : first + 37], lambda some: some.assign(more=1))
        assert best.rows is not None and len(best.rows) <= 40
    assert best.rows["dna_id"].tolist() == whole(rows, choice, 40)
    assert best.rows["more"].eq(1).all()


def test_proteins_take_turns() -> None:
    rows = pd.DataFrame({"protein_id": list("aaabbc"), "dna_id": range(6)})
    assert chosen_pairs(rows, 4)["dna_id"].tolist() == [0, 3, 5, 1]
    assert chosen_pairs(rows.head(3), 4)["dna_id"].tolist() == [0, 1, 2]
