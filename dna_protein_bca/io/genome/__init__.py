"""A genome's FASTA file, read at any place: the file, its index, and its chromosomes' names."""

from .chromosomes import match_chromosomes, read_aliases
from .reader import Genome

__all__ = ["Genome", "match_chromosomes", "read_aliases"]
