"""Fast scans: tables of how well every 10-mer matches, and what they find in a genome."""

from .find import kmer_tables
from .scan import FastScan
from .table import KmerTable

__all__ = ["FastScan", "KmerTable", "kmer_tables"]
