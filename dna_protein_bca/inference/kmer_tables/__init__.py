"""Fast scans: tables of how well every 10-mer matches, and what they find in a genome."""

from .chance import table_changes, window_background
from .find import kmer_tables, table_key
from .scan import FastScan
from .table import KmerTable
from .windows import TableScorer, Windows

__all__ = [
    "FastScan",
    "KmerTable",
    "TableScorer",
    "Windows",
    "kmer_tables",
    "table_changes",
    "table_key",
    "window_background",
]
