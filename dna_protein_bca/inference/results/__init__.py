"""Answers as tables: scores, how unlikely and how likely they are, and what has no answer."""

from .best import best_rows, rows_up_to
from .columns import COLUMNS, columns_of, columns_of_weights
from .fragments import Fragments, fragments_of
from .ratings import Rating
from .rows import all_against_all, gather, label_matrix, matrix_block, pair_rows
from .unscored import Unscored

__all__ = [
    "COLUMNS",
    "Fragments",
    "Rating",
    "Unscored",
    "all_against_all",
    "best_rows",
    "columns_of",
    "columns_of_weights",
    "fragments_of",
    "gather",
    "label_matrix",
    "matrix_block",
    "pair_rows",
    "rows_up_to",
]
