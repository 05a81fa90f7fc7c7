"""The page on a scan: collected from a stream of tables of hits."""

from .report import ScanReport

__all__ = ["ScanReport"]
