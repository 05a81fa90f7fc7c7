"""Controls that ignore one side."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.evaluation.baselines.controls import derangement


def test_derangement_moves_every_protein() -> None:
    for count in (2, 3, 17):
        other = derangement(count, seed=5)
        assert sorted(other) == list(range(count))
        assert (other != np.arange(count)).all()
