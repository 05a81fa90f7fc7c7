"""Which protein binds this DNA: the rank of a positive's protein among all proteins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.evaluation.baselines.controls import derangement

from .methods import comparable
from .metrics import RANKING_OF_PROTEINS
from .scored import ScoredPairs

if TYPE_CHECKING:
    import pandas as pd

RANKED_SCORES = 100_000
"""Scores that are computed to rank all proteins; positives beyond them are left out by lot."""

FEWEST_RANKED = 500
"""Positives that are ranked however many proteins there are."""


def rank_positives(
    scored: ScoredPairs, matrices: Mapping[str, np.ndarray], methods: Sequence[str], seed: int
) -> pd.DataFrame:
    """Rank of each positive's protein among all proteins; of very many positives, of some.

    Args:
        matrices: baseline -> float [proteins, dna].
        methods: `model`, `shuffled` and names of `matrices`.

    Returns:
        A row for each ranked positive: `protein_id`, `dna_id`, and a float column for each method.
        No row without labels or with a single protein.
    """
    import pandas as pd

    count = len(scored.ids)
    if "label" not in scored.pairs or count < 2:
        return pd.DataFrame(columns=["protein_id", "dna_id", *methods])
    positive = np.flatnonzero(scored.pairs["label"].to_numpy() == 1)
    bound = np.zeros((count, len(scored.dna)), dtype=bool)
    bound[scored.protein_index[positive], scored.dna_index[positive]] = True
    most = max(FEWEST_RANKED, RANKED_SCORES // count)
    positive = np.sort(np.random.default_rng(seed).permutation(positive)[:most])
    protein, column = scored.protein_index[positive], scored.dna_index[positive]
    model = _model_scores(scored, column)
    ranks = scored.pairs.loc[positive, ["protein_id", "dna_id"]].reset_index(drop=True)
    for method in methods:
        if method == "model":
            matrix = model
        elif method == "shuffled":
            matrix = model[derangement(count, seed)]
        else:
            matrix = matrices[method][:, column]
        matrix = _comparable_columns(method, matrix)
        ranks[method] = protein_ranks(matrix, protein, bound[:, column])
    return ranks


def _model_scores(scored: ScoredPairs, column: np.ndarray) -> np.ndarray:
    """Scores of all proteins on each positive's DNA, float32 [proteins, positives]."""
    distinct, inverse = np.unique(column, return_inverse=True)
    names = list(scored.dna)
    dna = {names[index]: scored.dna[names[index]] for index in distinct}
    matrix: np.ndarray = scored.predictor.score_matrix(scored.encoded, dna)[:, inverse]
    return matrix


def _comparable_columns(method: str, matrix: np.ndarray) -> np.ndarray:
    """Scores [proteins, positives], as the proteins of each DNA are compared."""
    columns = [comparable(method, column) for column in matrix.T]
    return np.stack(columns, axis=1) if columns else matrix


def protein_ranks(matrix: np.ndarray, protein: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Rank of each positive's protein among all proteins for its DNA, 1 the best.

    Args:
        matrix: float [proteins, positives], scores of every protein on each positive's DNA; NaN
            where there is none, which ranks nowhere.
        protein: int64 [positives], row of the positive's protein.
        bound: bool [proteins, positives], proteins that are labelled as binding this DNA too; they
            are not counted against the positive.

    Returns:
        float64 [positives]: proteins above, plus half of those that tie, plus one; NaN where the
        positive itself has no score.
    """
    columns = np.arange(len(protein))
    score = matrix[protein, columns]
    others = ~bound & ~np.isnan(matrix)
    above = ((matrix > score) & others).sum(0)
    ties = (matrix == score) & others
    ties[protein, columns] = False
    rank = 1 + above + ties.sum(0) / 2
    return np.where(np.isnan(score), np.nan, rank)


def rank_metrics(rank: np.ndarray) -> dict[str, float]:
    """Mean reciprocal rank, and recall at 1 and 10, of positives' ranks; NaN without a rank."""
    rank = rank[~np.isnan(rank)]
    if not len(rank):
        return dict.fromkeys(RANKING_OF_PROTEINS, float("nan"))
    return {
        "mean_reciprocal_rank": float(np.mean(1 / rank)),
        "recall_at_1": float(np.mean(rank <= 1)),
        "recall_at_10": float(np.mean(rank <= 10)),
    }
