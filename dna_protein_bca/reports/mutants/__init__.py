"""The page on mutations of proteins: collected from a stream of tables."""

from .report import MutantReport, WildTypes

__all__ = ["MutantReport", "WildTypes"]
