"""What mutations of a protein do to its binding."""

from .effects import COLUMNS, PAIR_COLUMNS, SITE_COLUMNS, protein, protein_stream, table_columns
from .result import ProteinVariants

__all__ = [
    "COLUMNS",
    "PAIR_COLUMNS",
    "SITE_COLUMNS",
    "ProteinVariants",
    "protein",
    "protein_stream",
    "table_columns",
]
