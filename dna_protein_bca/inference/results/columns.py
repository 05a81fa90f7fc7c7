"""The columns of every table of predictions, in order."""

from __future__ import annotations

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
"""Of one model's predictions."""

ENSEMBLE_COLUMNS = (*COLUMNS, "uncertainty")
"""Of an ensemble's predictions."""
