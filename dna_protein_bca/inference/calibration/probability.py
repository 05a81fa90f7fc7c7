"""From p-values to probabilities, as fitted on pairs that were held out of a training."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dna_protein_bca.io.fields import check_numbers, read_fitted
from dna_protein_bca.io.folder_names import CALIBRATION
from dna_protein_bca.io.outputs import write_json

PRIOR = 0.5
"""Share of records that a protein binds, where nothing is said."""

_OF_SCORES = "positive_rate"
"""A field of the files of earlier versions, whose slope is of scores and not of p-values."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Calibration:
    """logit(probability) = intercept + slope x -log10(p) + logit(prior).

    A p-value counts the length of a record, and so does not grow with it as a score does; a
    logistic regression on it (Platt 1999) keeps a short and a long record comparable.

    Attributes:
        slope, intercept: as fitted with as many positives as negatives, a prior of 0.5; the slope
            is above 0.
        threshold: p-value up to which a pair is best called bound: the one of the highest Matthews
            correlation on the same pairs.
        background: name of the background DNA of the p-values.
        proteins, pairs: how many it was fitted on.
    """

    slope: float
    intercept: float
    threshold: float
    background: str = "uniform"
    proteins: int = 0
    pairs: int = 0

    def probabilities(self, p_value: np.ndarray, prior: float = PRIOR) -> np.ndarray:
        """Probabilities of p-values (above 0), float32 of the same shape; NaN stays."""
        surprise = -np.log10(np.asarray(p_value, np.float64))
        logit = self.intercept + self.slope * surprise + np.log(prior / (1 - prior))
        return (0.5 * (1 + np.tanh(logit / 2))).astype(np.float32)

    def threshold_at(self, prior: float = PRIOR) -> float:
        """The threshold as a probability."""
        return float(self.probabilities(np.array(self.threshold), prior))

    @classmethod
    def mean(cls, members: Sequence[Calibration | None]) -> Calibration | None:
        """The calibration of the mean score of several sets of weights.

        Background DNA has the same p-values whatever scored it, so that what the members say of a
        p-value can be averaged: the means of their logits, and of their thresholds' logarithms.

        Returns:
            None where a member has none: its scores have no known part in what is bound.
        """
        known = [member for member in members if member is not None]
        if len(known) < len(members) or not known:
            return None
        return cls(
            slope=float(np.mean([each.slope for each in known])),
            intercept=float(np.mean([each.intercept for each in known])),
            threshold=float(np.exp(np.mean([np.log(each.threshold) for each in known]))),
            background=known[0].background,
            proteins=min(each.proteins for each in known),
            pairs=min(each.pairs for each in known),
        )

    def save(self, folder: Path) -> None:
        """Write `calibration.json` beside weights."""
        write_json(folder / CALIBRATION, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> Calibration | None:
        """The calibration beside weights; None where there is none, or one of an earlier version.

        Raises:
            InputError: the file is damaged.
        """
        path = folder / CALIBRATION

        def build(values: dict[str, Any]) -> Calibration | None:
            if _OF_SCORES in values:
                log.warning(
                    "%s: an earlier version made this calibration, of scores and not of p-values; "
                    "without it there are no probabilities: train these weights again",
                    path,
                )
                return None
            calibration = cls(**values)
            check_numbers(calibration)
            if not 0 < calibration.threshold <= 1:
                raise ValueError("threshold is no p-value")
            if calibration.slope <= 0:
                raise ValueError("lower p-values are not likelier to bind")
            if not (isinstance(calibration.background, str) and calibration.background):
                raise ValueError("background is no name of background DNA")
            return calibration

        return read_fitted(path, "a calibration", build)
