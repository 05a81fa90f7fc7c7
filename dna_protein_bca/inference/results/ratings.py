"""How unlikely a score is on background DNA, and how likely it makes binding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.inference.background import Background
from dna_protein_bca.inference.calibration import PRIOR, Calibration

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rating:
    """What p-values and probabilities of scores follow from.

    Attributes:
        backgrounds: of each protein; None where it has none, and no p-value.
        calibration: from p-values to probabilities; None where there is none, and no probability.
        prior: share of records that the protein binds, before their sequence is known; 0 to 1.
    """

    backgrounds: Sequence[Background | None]
    calibration: Calibration | None
    prior: float = PRIOR

    def p_values(self, protein: np.ndarray, score: np.ndarray, length: np.ndarray) -> np.ndarray:
        """P-values of records, float64 [q]; NaN where there is no score, or no background.

        Args:
            protein: int64 [q], rows of `backgrounds`.
            score: float [q].
            length: int64 [q], of the records, in bp.
        """
        values = np.full(len(score), np.nan)
        order = np.argsort(protein, kind="stable")
        rows, first = np.unique(protein[order], return_index=True)
        for row, mine in zip(rows, np.split(order, first[1:]), strict=True):
            background = self.backgrounds[row]
            if background is not None:
                values[mine] = background.record_p(score[mine], length[mine])
        return values

    def probabilities(self, p_value: np.ndarray) -> np.ndarray:
        """Probabilities of p-values, float32; NaN stays, and without a calibration all are NaN."""
        if self.calibration is None:
            return np.full(np.shape(p_value), np.nan, np.float32)
        return self.calibration.probabilities(p_value, self.prior)


def rate(
    table: pd.DataFrame, rating: Rating | None, protein: np.ndarray, length: np.ndarray
) -> pd.DataFrame:
    """A table of scores with their p-values and probabilities.

    Args:
        table: with `score`; changed in place.
        rating: None leaves both columns missing.
        protein: int64 [rows], rows of the rating's backgrounds.
        length: int64 [rows], of the DNA records, in bp.

    Returns:
        The same table.
    """
    if rating is None:
        table["p_value"] = np.full(len(table), np.nan)
        table["probability"] = np.full(len(table), np.nan, np.float32)
        return table
    p_value = rating.p_values(protein, table["score"].to_numpy(np.float64), length)
    table["p_value"], table["probability"] = p_value, rating.probabilities(p_value)
    return table
