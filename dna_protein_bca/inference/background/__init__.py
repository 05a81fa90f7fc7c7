"""How background DNA scores with a protein: from scores to p-values."""

from __future__ import annotations

from .build import backgrounds
from .dna import BackgroundDNA
from .table import Background

__all__ = ["Background", "BackgroundDNA", "backgrounds"]
