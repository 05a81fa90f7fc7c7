"""Weights on disk, as trainings and the recipe leave them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from dna_protein_bca.io.folder_names import CONFIG, WEIGHTS
from dna_protein_bca.io.outputs import write_json
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.training.engine.checkpoint import save_tensors


def save_weights(model: BindingModel, folder: Path, dtype: torch.dtype = torch.float32) -> None:
    """Write what `--model` takes: `config.json` and `model.safetensors`, each when complete.

    Args:
        folder: made where it is not there.
        dtype: of the floating-point numbers in the file; what computes with them is float32 again.

    Raises:
        OSError: they cannot be written; earlier files of these names are as they were.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: value.to(dtype) if value.is_floating_point() else value
        for name, value in model.state_dict().items()
    }
    write_json(folder / CONFIG, dataclasses.asdict(model.config))
    save_tensors(folder / WEIGHTS, tensors)
