"""The page on variants of a genome: collected from a stream of tables."""

from .report import VariantReport

__all__ = ["VariantReport"]
