"""Training: the losses, the loop (`engine`), training on your own data (`finetune`), and how the
bundled weights are made (`recipe`)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dna_protein_bca.training.engine.callbacks import Callback
    from dna_protein_bca.training.finetune.fit import Fit, fit
    from dna_protein_bca.training.finetune.settings import TrainSettings

_HOMES = {
    "Callback": "engine.callbacks",
    "Fit": "finetune.fit",
    "TrainSettings": "finetune.settings",
    "fit": "finetune.fit",
}

__all__ = ["Callback", "Fit", "TrainSettings", "fit"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
