"""The scores of every method on the same pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.evaluation.baselines.controls import derangement
from dna_protein_bca.evaluation.baselines.matrices import BASELINES, Matrices
from dna_protein_bca.io.pairs import TARGETS

from .metrics import PREDICTED_AFFINITY, merge_ties
from .scored import ScoredPairs

if TYPE_CHECKING:
    import pandas as pd


def score_by_methods(scored: ScoredPairs, baselines: Matrices, seed: int) -> pd.DataFrame:
    """The scored pairs with a column for each baseline that can score any of them.

    Args:
        baselines: the note of the shuffled control is added to them.
    """
    of_model = ("score", "p_value", "probability", PREDICTED_AFFINITY, "uncertainty")
    columns = (*TARGETS, *of_model, "nearest_identity")
    there = [name for name in columns if name in scored.pairs]
    table = scored.pairs[["protein_id", "dna_id", *there]].copy()
    for name, matrix in baselines.scores.items():
        table[name] = matrix[scored.protein_index, scored.dna_index]
    if len(scored.ids) < 2:
        baselines.notes["shuffled"] = "needs two proteins or more"
        return table
    other = derangement(len(scored.ids), seed)
    others = [scored.ids[row] for row in other[scored.protein_index]]
    pairs = list(zip(others, scored.pairs["dna_id"], strict=True))
    shuffled = scored.predictor.predict(scored.encoded, scored.dna, pairs, background=None)
    table["shuffled"] = shuffled["score"]
    baselines.notes["shuffled"] = "every protein scored as another one, drawn at random"
    return table


def methods_of(predictions: pd.DataFrame) -> list[str]:
    """The model, and the baselines that have a column, in the order in which they are shown."""
    return ["model", *(name for name in BASELINES if name in predictions)]


def comparable(method: str, score: np.ndarray) -> np.ndarray:
    """Scores of a method, float [n], as metrics and ranks compare them; see `merge_ties`.

    Those of the k-mer regression are float64, and affinities of any size.
    """
    return score if method == "kmer_logistic" else merge_ties(score)


def scores_of(method: str, predictions: pd.DataFrame) -> pd.DataFrame:
    """The pairs that a method scored, with its score as `score`, as metrics compare it.

    Of the baselines only k-mer regression gives probabilities.
    """
    if method == "model":
        return predictions.assign(score=comparable(method, predictions["score"].to_numpy()))
    of_model = ["score", "p_value", "probability", PREDICTED_AFFINITY]
    table = predictions.drop(columns=of_model, errors="ignore")
    table = table.assign(score=comparable(method, predictions[method].to_numpy()))
    if method == "kmer_logistic" and "label" in predictions:
        # For a protein that has affinities alone it gives affinities.
        table["probability"] = predictions[method].where(predictions[method].between(0, 1))
    return table[table["score"].notna()]
