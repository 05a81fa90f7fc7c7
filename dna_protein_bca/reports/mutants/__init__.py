"""The page on mutations of proteins: collected from a stream of tables."""

from .report import MutantReport

__all__ = ["MutantReport"]
