"""A genome's FASTA file, read at any position: file, index, and names of chromosomes."""

from .chromosomes import find_chromosome, match_chromosomes, read_aliases
from .contigs import Contigs, as_contigs
from .reader import Genome

__all__ = [
    "Contigs",
    "Genome",
    "as_contigs",
    "find_chromosome",
    "match_chromosomes",
    "read_aliases",
]
