"""How far predictions for a protein can be trusted, told from what its motifs have in common."""

from .evidence import Evidence, evidence
from .levels import LEVELS, TrustLevels

__all__ = ["LEVELS", "Evidence", "TrustLevels", "evidence"]
