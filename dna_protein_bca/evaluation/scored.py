"""The pairs of an evaluation that have a score, with their proteins and DNA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.io.fasta import SequenceRecord

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.inference.results import Rating
    from dna_protein_bca.protocol import Predictor


def add_probabilities(
    predictions: pd.DataFrame,
    rating: Rating,
    records: Sequence[SequenceRecord],
    dna: Mapping[str, str],
    most: int,
    seed: int,
) -> pd.DataFrame:
    """Predictions with the p-values and probabilities of some of their proteins.

    Args:
        predictions: with `score`.
        rating: of the proteins in the order of `records`.
        dna: id -> sequence.
        most: proteins; of more, so many are drawn.
    """
    names = predictions["protein_id"][predictions["score"].notna()].unique()
    if len(names) > most:
        names = np.random.default_rng(seed).choice(names, most, replace=False)
    row = {record.id: number for number, record in enumerate(records)}
    chosen = predictions["protein_id"].isin(names)
    part = predictions[chosen].copy()
    length = part["dna_id"].map({name: len(sequence) for name, sequence in dna.items()})
    rating.rate(part, part["protein_id"].map(row).to_numpy(np.int64), length.to_numpy(np.int64))
    rated = predictions.copy()
    for column in ("p_value", "probability"):
        rated.loc[chosen, column] = part[column]
    return rated


class ScoredPairs:
    """Pairs that have a score, and the indices of their proteins and DNA.

    Args:
        predictor: what scored them.
        records: proteins; those without a scored pair are left out.
        dna: id -> sequence; DNA without a scored pair is left out.
        pairs: predictions, with `label` or `affinity` or both.

    Attributes:
        proteins: (id, sequence) of the proteins; ids: their ids.
        dna: id -> sequence.
        protein_index, dna_index: int64 [pairs], of each pair in `proteins` and `dna`.
        encoded: the proteins, as the predictor encodes them.
    """

    def __init__(
        self,
        predictor: Predictor,
        records: Sequence[SequenceRecord],
        dna: Mapping[str, str],
        pairs: pd.DataFrame,
    ) -> None:
        self.predictor, self.pairs = predictor, pairs
        scorable, used = set(pairs["protein_id"]), set(pairs["dna_id"])
        self.proteins = [(r.id, r.sequence) for r in records if r.id in scorable]
        self.ids = [name for name, _ in self.proteins]
        self.dna = {name: sequence for name, sequence in dna.items() if name in used}
        self.protein_index: np.ndarray = pairs["protein_id"].map(_indices(self.ids)).to_numpy()
        self.dna_index: np.ndarray = pairs["dna_id"].map(_indices(self.dna)).to_numpy()
        self.encoded = predictor.encode(dict(self.proteins))

    @property
    def threads(self) -> int:
        """CPU threads of the domain search; 0 for all."""
        return self.predictor.threads or 0


def _indices(ids: Sequence[str] | Mapping[str, str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(ids)}
