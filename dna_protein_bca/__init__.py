"""Does this protein bind this DNA, how strongly, and where?

The names below are imported when they are first used, so that `import dna_protein_bca` costs
nothing and `import dna_protein_bca.attention` loads torch and einops alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from dna_protein_bca.io.tokenizers import DNATokenizer, ProteinTokenizer
    from dna_protein_bca.model.binding import BindingModel
    from dna_protein_bca.model.config import BindingConfig

    from .attention import BidirectionalCrossAttention, BidirectionalCrossAttentionTransformer
    from .errors import InputError
    from .predictor import BindingPredictor

_MODULES = {
    "BidirectionalCrossAttention": "attention",
    "BidirectionalCrossAttentionTransformer": "attention",
    "BindingConfig": "model.config",
    "BindingModel": "model.binding",
    "BindingPredictor": "predictor",
    "DNATokenizer": "io.tokenizers",
    "InputError": "errors",
    "ProteinTokenizer": "io.tokenizers",
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


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
