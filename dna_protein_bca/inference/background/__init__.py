"""How background DNA scores with a protein: from scores to p-values."""

from __future__ import annotations

from .build import backgrounds
from .dna import UNIFORM, BackgroundDNA
from .table import Background

__all__ = ["UNIFORM", "Background", "BackgroundDNA", "backgrounds"]
