"""A genome's FASTA file, read at any position: file, index, and names of chromosomes."""

from .chromosomes import match_chromosomes, read_aliases
from .contigs import Contigs, as_contigs
from .reader import Genome

__all__ = ["Contigs", "Genome", "as_contigs", "match_chromosomes", "read_aliases"]
