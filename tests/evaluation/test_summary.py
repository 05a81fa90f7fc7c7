"""Means by identity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.evaluation.summary import identity_bands


def test_a_protein_on_an_edge_is_in_the_higher_band() -> None:
    identity = [np.nan, 0.0, 0.3999, 0.4, 0.6, 0.9999, 1.0]
    table = pd.DataFrame({"identity": identity, "pairs": range(1, 8), "auroc": np.arange(7) / 10})
    bands = {band["band"]: band for band in identity_bands(table)}
    counts = {name: (band["proteins"], band["pairs"]) for name, band in bands.items()}
    assert counts == {
        "none": (1, 1),
        "0.0-0.4": (2, 5),
        "0.4-0.6": (1, 4),
        "0.6-0.8": (1, 5),
        "0.8-1.0": (1, 6),
        "1.0": (1, 7),
    }
    assert bands["0.0-0.4"]["auroc"] == pytest.approx(0.15)
