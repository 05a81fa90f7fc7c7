"""What a change of a protein, or of DNA, does to binding.

The functions below are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module

_MODULES: dict[str, str] = {
    "DNAVariants": "genomic",
    "dna": "genomic",
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
