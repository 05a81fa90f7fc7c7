"""Scores, sites and positions of the bundled weights that no change of the code may move."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import pinned_predictions as predictions

KINDS = (*predictions.MODELS, "both", "pairs")


def assert_equal_scores(found: np.ndarray, pinned: np.ndarray) -> None:
    """Equal as scores are: the size of a batch alone moves them by 6e-6."""
    np.testing.assert_allclose(found, pinned, atol=2e-5, rtol=1e-6)


@pytest.fixture(scope="module")
def found() -> dict[str, pd.DataFrame]:
    return predictions.tables()


@pytest.fixture(scope="module")
def pinned() -> dict[str, pd.DataFrame]:
    table = pd.read_parquet(predictions.FOLDER / "predictions.parquet")
    return {kind: part.reset_index(drop=True) for kind, part in table.groupby("kind")}


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_stay(
    kind: str, found: dict[str, pd.DataFrame], pinned: dict[str, pd.DataFrame]
) -> None:
    table, expected = found[kind], pinned[kind]
    assert len(table) == len(expected) >= 64
    for column in ("protein_id", "dna_id", "dbd", "nearest_measured", "start", "end", "strand"):
        same = (table[column] == expected[column]) | (
            table[column].isna() & expected[column].isna()
        )
        assert same.all(), (column, table[~same], expected[~same])
    assert_equal_scores(table["score"], expected["score"])


def test_positions_stay() -> None:
    pinned = np.load(predictions.FOLDER / "positions.npz")
    for name, found in predictions.positions().items():
        assert found.shape == (18, predictions.POSITION_BP, 2)
        assert_equal_scores(found, pinned[name])
