"""The columns of every table of predictions, in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dna_protein_bca.io import folder_names

COLUMNS = (
    "protein_id",
    "dna_id",
    "score",
    "probability",
    "start",
    "end",
    "strand",
    "dbd",
    "nearest_measured",
    "nearest_identity",
    "p_value",
    "coverage",
    "trust",
)
"""Of the predictions of any weights."""

AFFINITY, UNCERTAINTY = "affinity", "uncertainty"
"""Columns of weights that were trained on affinities, and of an ensemble."""


def columns_of(*, affinity: bool, ensemble: bool) -> tuple[str, ...]:
    """The columns of predictions.

    Args:
        affinity: whether the weights, all of an ensemble's, give affinities in their unit.
        ensemble: whether there are several sets of weights.
    """
    return (*COLUMNS, *([AFFINITY] * affinity), *([UNCERTAINTY] * ensemble))


def columns_of_weights(folders: Sequence[Path]) -> tuple[str, ...]:
    """The columns of what the weights in some folders will predict, before they are loaded."""
    affinity = all((folder / folder_names.AFFINITY).is_file() for folder in folders)
    return columns_of(affinity=affinity, ensemble=len(folders) > 1)
