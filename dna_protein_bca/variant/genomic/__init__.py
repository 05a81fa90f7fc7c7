"""What variants of a genome do to binding: `variant.dna`."""

from .alleles import STATUSES
from .output import check_ending, variant_writer
from .result import DNAVariants, dna, warn
from .stream import Batch, DNAVariantStream, variant_notes
from .table import COLUMNS

__all__ = [
    "COLUMNS",
    "STATUSES",
    "Batch",
    "DNAVariantStream",
    "DNAVariants",
    "check_ending",
    "dna",
    "variant_notes",
    "variant_writer",
    "warn",
]
