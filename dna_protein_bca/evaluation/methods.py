"""The scores of every method on the same pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dna_protein_bca.evaluation.baselines.controls import derangement
from dna_protein_bca.evaluation.baselines.matrices import BASELINES, Matrices
from dna_protein_bca.io.pairs import TARGETS

from .scored import ScoredPairs

if TYPE_CHECKING:
    import pandas as pd


def score_by_methods(scored: ScoredPairs, baselines: Matrices, seed: int) -> pd.DataFrame:
    """The scored pairs with a column for each baseline that can score any of them.

    Args:
        baselines: the note of the shuffled control is added to them.
    """
    columns = (*TARGETS, "score", "probability", "uncertainty", "nearest_identity")
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
    shuffled = scored.predictor.predict(scored.encoded, scored.dna, pairs)
    table["shuffled"] = shuffled["score"]
    baselines.notes["shuffled"] = "every protein scored as another one, drawn at random"
    return table


def methods_of(predictions: pd.DataFrame) -> list[str]:
    """The model, and the baselines that have a column, in the order in which they are shown."""
    return ["model", *(name for name in BASELINES if name in predictions)]


def scores_of(method: str, predictions: pd.DataFrame) -> pd.DataFrame:
    """The pairs that a method scored, with its score as `score`.

    Of the baselines only k-mer regression gives probabilities.
    """
    if method == "model":
        return predictions
    table = predictions.drop(columns=["score", "probability"], errors="ignore")
    table = table.assign(score=predictions[method])
    if method == "kmer_logistic" and "label" in predictions:
        # For a protein that has affinities alone it gives affinities.
        table["probability"] = predictions[method].where(predictions[method].between(0, 1))
    return table[table["score"].notna()]
