"""How background DNA scores with a protein: from scores to p-values."""

from __future__ import annotations

from .dna import UNIFORM, BackgroundDNA
from .find import backgrounds, bundle_backgrounds
from .table import Background

__all__ = [
    "UNIFORM",
    "Background",
    "BackgroundDNA",
    "backgrounds",
    "bundle_backgrounds",
]
