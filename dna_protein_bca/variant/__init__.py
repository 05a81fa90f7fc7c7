"""What a change of a protein, or of DNA, does to binding.

The functions below are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .genomic import DNAVariants, dna
    from .mutants import ProteinVariants, protein

__all__ = ["DNAVariants", "ProteinVariants", "dna", "protein"]

_MODULES = {
    "DNAVariants": "genomic",
    "ProteinVariants": "mutants",
    "dna": "genomic",
    "protein": "mutants",
}
"""Function -> the module of this package that holds it."""


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
