"""The pairs of an evaluation that have a score, with their proteins and DNA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.calibration import PRIOR
from dna_protein_bca.inference.results import Rating
from dna_protein_bca.io.fasta import SequenceRecord

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.protocol import Predictor


DEFAULT_THRESHOLD = 0.5
"""Probability from which a pair is called bound, where the weights bring none."""


class Odds(NamedTuple):
    """How pairs get probabilities.

    Attributes:
        prior: probability of label 1, before the two sequences are known; None for the share of
            the pairs that have it.
        background: of the p-values, see `BindingPredictor.background`.
        proteins: of more, so many are drawn: the background of each takes seconds.
    """

    prior: float | None = None
    background: str | Path | BackgroundDNA = "uniform"
    proteins: int = 32

    def with_prior(self, share: float) -> Odds:
        """The same, with a prior where it has none."""
        return self._replace(prior=share) if self.prior is None else self

    def threshold(self, predictor: Predictor) -> float:
        """The probability from which the weights call a pair bound."""
        calibration = predictor.calibration
        if calibration is None:
            return DEFAULT_THRESHOLD
        return calibration.threshold_at(PRIOR if self.prior is None else self.prior)

    def rate(
        self,
        predictions: pd.DataFrame,
        predictor: Predictor,
        encoded: Any,
        dna: Mapping[str, str],
        seed: int,
    ) -> pd.DataFrame:
        """Predictions with the p-values and probabilities of some of their proteins.

        Args:
            predictions: with `score`, of `predictor`; encoded: its proteins.
            dna: id -> sequence.

        Returns:
            Without a column `p_value` where the weights have no calibration: nothing needs it then.
        """
        if predictor.calibration is None:
            return predictions.drop(columns="p_value")
        names = predictions["protein_id"][predictions["score"].notna()].unique()
        if len(names) > self.proteins:
            names = np.random.default_rng(seed).choice(names, self.proteins, replace=False)
        ids = encoded[0].ids if isinstance(encoded, tuple) else encoded.ids
        chosen = predictions["protein_id"].isin(names)
        part = predictions[chosen].copy()
        length = part["dna_id"].map({name: len(sequence) for name, sequence in dna.items()})
        rating = Rating(predictor, encoded, self.background, self.prior or PRIOR)
        row = part["protein_id"].map(_indices(ids))
        rating.rate(part, row.to_numpy(np.int64), length.to_numpy(np.int64))
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
