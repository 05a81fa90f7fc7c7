"""The page on predictions: collected from a stream of tables, in memory that does not grow."""

from .best import Choice
from .report import PredictionReport

__all__ = ["Choice", "PredictionReport"]
