"""Scores of the release weights that no change of the code may move.

`release_scores.tsv` is what this printed when the weights were made:

    dna-protein-bca predict --proteins data/example_proteins.fa --dna data/example_dna.fa \\
        --model release-v1 --no-p-values | cut -f 1-3,5-10
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor

PINNED = Path(__file__).parent / "release_scores.tsv"


@pytest.fixture(scope="module")
def tables(data_dir: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pinned and predicted rows."""
    predictor = BindingPredictor.from_pretrained("release-v1")
    inputs = (data_dir / "example_proteins.fa", data_dir / "example_dna.fa")
    found = predictor.predict(*inputs, background=None)
    return pd.read_csv(PINNED, sep="\t"), found


def test_scores_stay(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    pinned, found = tables
    assert len(pinned) == 315
    for column in ("protein_id", "dna_id", "dbd", "nearest_measured"):
        assert list(found[column]) == list(pinned[column])
    np.testing.assert_allclose(found["score"], pinned["score"], atol=2e-3)


def test_sites_stay(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    pinned, found = tables
    columns = ["start", "end", "strand"]
    same = (found[columns].to_numpy() == pinned[columns].to_numpy()).all(1)
    # On DNA without a site two poor ones may be as good as equal, and rounding decides.
    assert same[pinned["score"] > -5].all()
    assert same.mean() > 0.97
