"""From scores to affinities in the unit that weights were trained on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dna_protein_bca.io.fields import check_numbers, read_fitted
from dna_protein_bca.io.folder_names import AFFINITY
from dna_protein_bca.io.outputs import write_json


@dataclass(frozen=True)
class AffinityScale:
    """affinity = intercept + slope x score, in the unit of the training's affinities.

    Training rewards correlation within each protein, which leaves the scale of a score open; a
    straight line is what Pearson's correlation takes no notice of.

    Attributes:
        slope, intercept: as fitted by least squares on pairs held out of the training, the pairs of
            each protein together counting as much as those of any other; the slope is above 0.
        rmse: root mean squared error on the same pairs, proteins weighed alike.
        proteins, pairs: how many it was fitted on.
    """

    slope: float
    intercept: float
    rmse: float
    proteins: int = 0
    pairs: int = 0

    def affinities(self, score: np.ndarray) -> np.ndarray:
        """Affinities of scores, float64 of the same shape; NaN stays."""
        return self.intercept + self.slope * np.asarray(score, np.float64)

    def save(self, folder: Path) -> None:
        """Write `affinity.json` beside weights."""
        write_json(folder / AFFINITY, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> AffinityScale | None:
        """The scale beside weights; None where there is none.

        Raises:
            InputError: the file is damaged.
        """

        def build(values: dict[str, Any]) -> AffinityScale:
            scale = cls(**values)
            check_numbers(scale)
            if scale.slope <= 0 or scale.rmse < 0:
                raise ValueError("no line that rises, or an error below 0")
            return scale

        return read_fitted(folder / AFFINITY, "a scale of affinities", build)
