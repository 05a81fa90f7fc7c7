"""Does this protein bind this DNA, how strongly, and where?

The names below are imported when they are first used, so that `import dna_protein_bca` costs
nothing and `import dna_protein_bca.attention` loads torch and einops alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from dna_protein_bca.attention import (
        BidirectionalCrossAttention,
        BidirectionalCrossAttentionTransformer,
    )
    from dna_protein_bca.errors import InputError
    from dna_protein_bca.model import BindingConfig, BindingModel
    from dna_protein_bca.predictor import BindingPredictor
    from dna_protein_bca.tokenizers import DNATokenizer, ProteinTokenizer

_HOMES = {
    "BidirectionalCrossAttention": "attention",
    "BidirectionalCrossAttentionTransformer": "attention",
    "BindingConfig": "model",
    "BindingModel": "model",
    "BindingPredictor": "predictor",
    "DNATokenizer": "tokenizers",
    "InputError": "errors",
    "ProteinTokenizer": "tokenizers",
}

__all__ = [
    "BidirectionalCrossAttention",
    "BidirectionalCrossAttentionTransformer",
    "BindingConfig",
    "BindingModel",
    "BindingPredictor",
    "DNATokenizer",
    "InputError",
    "ProteinTokenizer",
    "__version__",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
