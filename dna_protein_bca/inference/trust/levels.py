"""High, medium or low: a map from evidence to trust, fitted on proteins that were left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.io.fields import check_numbers, read_fitted
from dna_protein_bca.io.folder_names import TRUST_LEVELS
from dna_protein_bca.io.outputs import write_json

from .evidence import Evidence, evidence

LEVELS = ("high", "medium", "low")


@dataclass(frozen=True)
class TrustLevels:
    """A weighted sum of the evidence, and the two numbers at which it is cut into levels.

    The sum estimates the average precision with which the best 130 of all 8-mers are found. A
    protein without relatives has low trust, for none of the proteins on which the map was fitted
    was like it.

    Attributes:
        weights: of the fields of `Evidence`, in their order.
        intercept: added to the sum.
        high, medium: sums from which trust is high, and medium.
        inverse_temperature: of the votes, as it was when the map was fitted.
    """

    weights: tuple[float, ...]
    intercept: float
    high: float
    medium: float
    inverse_temperature: float

    def __call__(self, encoded: EncodedProteins) -> list[str | None]:
        """The level of each protein; None for those that have no score."""
        levels: list[str | None] = [None] * len(encoded)
        for block in encoded.blocks:
            for row in block.rows.tolist():
                levels[row] = "low" if encoded.dbd[row] != "none" else None
        for row, found in evidence(encoded, self.inverse_temperature):
            if levels[row] is not None:
                levels[row] = self.level(self.estimate(found))
        return levels

    def estimate(self, found: Evidence) -> float:
        """The estimated average precision."""
        return float(np.dot(self.weights, found) + self.intercept)

    def level(self, estimate: float) -> str:
        """Where an estimate lies."""
        return LEVELS[int(estimate < self.high) + int(estimate < self.medium)]

    def save(self, folder: Path) -> None:
        """Write `trust.json` beside weights."""
        write_json(folder / TRUST_LEVELS, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> TrustLevels | None:
        """The map beside weights; None where there is none.

        Raises:
            InputError: the file is damaged.
        """

        def build(values: dict[str, Any]) -> TrustLevels:
            trust = cls(**{**values, "weights": tuple(map(float, values["weights"]))})
            check_numbers(trust)
            if len(trust.weights) != len(Evidence._fields) or not np.isfinite(trust.weights).all():
                raise ValueError("weights of other evidence")
            return trust

        return read_fitted(folder / TRUST_LEVELS, "a map of trust", build)


def fit_trust_levels(
    found: Sequence[Evidence],
    average_precision: np.ndarray,
    groups: Sequence[str],
    inverse_temperature: float,
) -> tuple[TrustLevels, np.ndarray]:
    """Ridge regression of average precision, and levels that hold the thirds of the proteins.

    The estimates that set the levels are those of regressions without the protein's own group.

    Args:
        found: evidence of `p` proteins that the weights do not know.
        average_precision: float [p], of each one's 8-mers.
        groups: of each protein, such as its family; two or more.

    Returns:
        The map, and the estimates of the proteins left out, float64 [p].
    """
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Ten of some eighty proteins' worth of shrinkage: the three kinds of evidence go together.
    model = make_pipeline(StandardScaler(), Ridge(10.0))
    x = np.array(found, np.float64)
    left_out = cross_val_predict(model, x, average_precision, groups=groups, cv=LeaveOneGroupOut())
    model.fit(x, average_precision)
    scaler, ridge = model[0], model[1]
    weights = ridge.coef_ / scaler.scale_
    intercept = float(ridge.intercept_ - weights @ scaler.mean_)
    high, medium = (float(cut) for cut in np.quantile(left_out, (2 / 3, 1 / 3)))
    trust = TrustLevels(tuple(map(float, weights)), intercept, high, medium, inverse_temperature)
    return trust, left_out
