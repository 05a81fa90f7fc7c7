"""How unlikely a score is on background DNA, and how likely it makes binding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dna_protein_bca.inference.background import Background, BackgroundDNA
from dna_protein_bca.inference.calibration import PRIOR, AffinityScale, Calibration

if TYPE_CHECKING:
    import pandas as pd


class Rater(Protocol):
    """What a predictor knows of its scores."""

    @property
    def calibration(self) -> Calibration | None: ...

    def background(
        self, proteins: Any, dna: str | Path | BackgroundDNA, *, cache: bool = True
    ) -> Sequence[Background | None]: ...


class Rating:
    """Gives the p-values and probabilities of scores.

    The background of a protein is computed when one of its scores is to be rated.

    Args:
        rater: the predictor that gives the scores.
        encoded: the proteins, as `rater` encodes them.
        background: DNA that scores are compared with; None for neither p-values nor probabilities.
        prior: probability that a protein binds a record, before the two are known.
        affinity: from scores to affinities; None for none.
        cache: keep backgrounds in the user's cache folder, and look there first.

    Raises:
        ValueError: `prior` is not between 0 and 1.
    """

    def __init__(
        self,
        rater: Rater,
        encoded: Any,
        background: str | Path | BackgroundDNA | None,
        prior: float = PRIOR,
        affinity: AffinityScale | None = None,
        *,
        cache: bool = True,
    ) -> None:
        if not 0 < prior < 1:
            raise ValueError(f"a prior lies between 0 and 1, unlike {prior}")
        self.prior, self._affinity = prior, affinity
        self._rater, self._encoded, self._cache = rater, encoded, cache
        self._dna = None if background is None else BackgroundDNA.parse(background)
        self._known: dict[int, Background | None] = {}

    def p_values(self, protein: np.ndarray, score: np.ndarray, length: np.ndarray) -> np.ndarray:
        """P-values of records, float64 [q]; NaN where there is no score, or no background.

        Args:
            protein: int64 [q], rows of the proteins.
            score: float [q].
            length: int64 [q], of the records, in bp.
        """
        values = np.full(len(score), np.nan)
        scored = np.flatnonzero(np.isfinite(score))
        if self._dna is None or not len(scored):
            return values
        scored = scored[np.argsort(protein[scored], kind="stable")]
        rows, first = np.unique(protein[scored], return_index=True)
        found = self._backgrounds(rows, self._dna)
        for background, mine in zip(found, np.split(scored, first[1:]), strict=True):
            if background is not None:
                values[mine] = background.record_p(score[mine], length[mine])
        return values

    def probabilities(self, p_value: np.ndarray) -> np.ndarray:
        """Probabilities of p-values, float32; NaN stays, and without a calibration all are NaN."""
        calibration = self._rater.calibration
        if calibration is None:
            return np.full(np.shape(p_value), np.nan, np.float32)
        return calibration.probabilities(p_value, self.prior)

    def affinities(self, score: np.ndarray) -> np.ndarray | None:
        """Affinities of scores, float64 of the same shape; None where there is no scale."""
        return None if self._affinity is None else self._affinity.affinities(score)

    def rate(self, table: pd.DataFrame, protein: np.ndarray, length: np.ndarray) -> pd.DataFrame:
        """A table of scores with their p-values and probabilities.

        Args:
            table: with `score`; changed in place.
            protein: int64 [rows], rows of the proteins.
            length: int64 [rows], of the DNA records, in bp.

        Returns:
            The same table.
        """
        p_value = self.p_values(protein, table["score"].to_numpy(np.float64), length)
        table["p_value"], table["probability"] = p_value, self.probabilities(p_value)
        return table

    def _backgrounds(self, rows: np.ndarray, dna: BackgroundDNA) -> list[Background | None]:
        """Those of some proteins, computed where they are not known yet."""
        new = np.array([row for row in rows.tolist() if row not in self._known], np.int64)
        if len(new):
            found = self._rater.background(self._encoded.take(new), dna, cache=self._cache)
            self._known |= zip(new.tolist(), found, strict=True)
        return [self._known[row] for row in rows.tolist()]
