"""A genome's FASTA file, read at any position: file, index, and names of chromosomes."""

from .chromosomes import alias_advice, find_chromosome, match_chromosomes, read_aliases
from .contigs import Contigs, as_contigs
from .reader import Genome

__all__ = [
    "Contigs",
    "Genome",
    "alias_advice",
    "as_contigs",
    "find_chromosome",
    "match_chromosomes",
    "read_aliases",
]
