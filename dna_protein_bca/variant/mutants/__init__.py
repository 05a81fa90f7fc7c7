"""What mutations of a protein do to its binding."""

from .effects import (
    COLUMNS,
    PAIR_COLUMNS,
    SITE_COLUMNS,
    MutantStudy,
    protein,
    protein_stream,
    table_columns,
)
from .result import EVIDENCE, ProteinVariants

__all__ = [
    "COLUMNS",
    "EVIDENCE",
    "PAIR_COLUMNS",
    "SITE_COLUMNS",
    "MutantStudy",
    "ProteinVariants",
    "protein",
    "protein_stream",
    "table_columns",
]
