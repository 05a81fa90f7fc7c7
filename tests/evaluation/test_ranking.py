"""Ranks of a positive's protein against their definition."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.evaluation.ranking import protein_ranks, rank_metrics


def test_rank_counts_ties_half_and_other_binders_not() -> None:
    matrix = np.array([[2.0, 1.0, np.nan], [3.0, 1.0, 0.0], [1.0, 1.0, 2.0]])
    binder = np.array([0, 0, 1])
    bound = np.zeros((3, 3), dtype=bool)
    assert protein_ranks(matrix, binder, bound).tolist() == [2, 2, 2]
    bound[1, 0] = True  # the protein above binds this DNA too
    assert protein_ranks(matrix, binder, bound)[0] == 1
    values = rank_metrics(np.array([1.0, 4.0, np.nan]))
    assert values == {"mean_reciprocal_rank": 0.625, "recall_at_1": 0.5, "recall_at_10": 1.0}
