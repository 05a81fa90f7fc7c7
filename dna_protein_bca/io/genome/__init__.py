"""A genome's FASTA file, read at any position: file, index, and names of chromosomes."""

from .chromosomes import match_chromosomes, read_aliases
from .reader import Genome

__all__ = ["Genome", "match_chromosomes", "read_aliases"]
