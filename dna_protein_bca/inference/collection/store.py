"""Encoded proteins as a file: safetensors, of which nothing is unpickled."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.fingerprint import EncodedAs
from dna_protein_bca.inference.scoring import ProteinBlock
from dna_protein_bca.io.outputs import open_output
from dna_protein_bca.model.matching import MotifSet
from dna_protein_bca.model.states import ProteinState

FORMAT = "dna-protein-bca encoded proteins"

_STATE = tuple(f.name for f in dataclasses.fields(ProteinState) if f.type == "Tensor")
"""The tensors of a state beside those of its motifs."""

_SETS = ("motifs", "every")
"""Its sets of motifs."""


def save_encoded(path: Path, encoded: EncodedProteins) -> None:
    """Write encoded proteins, beside `path` and renamed when complete.

    Raises:
        InputError, OSError: the file cannot be written.
    """
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {}
    about: dict[str, Any] = {"blocks": [block.state.decoded for block in encoded.blocks]}
    for field in dataclasses.fields(encoded):
        value = getattr(encoded, field.name)
        if isinstance(value, np.ndarray):
            tensors[field.name] = torch.from_numpy(value)
        elif field.name == "encoded_as":
            about[field.name] = dataclasses.asdict(value)
        elif field.name == "trust_map":
            about["trust"] = list(encoded.trust)
        elif field.name != "blocks":
            about[field.name] = list(value)
    for number, block in enumerate(encoded.blocks):
        tensors[f"{number}.rows"] = torch.from_numpy(block.rows)
        for name, tensor in _state_tensors(block.state).items():
            # A copy: where all motifs count, the two sets are the same tensors.
            copied = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
            tensors[f"{number}.{name}"] = copied
    data = save(tensors, {"format": FORMAT, "about": json.dumps(about)})
    # Not by safetensors' own function, whose files nobody else may read.
    with open_output(path) as file:
        file.write(data)


def load_encoded(path: Path) -> EncodedProteins | None:
    """What `save_encoded` wrote; None where there is no such file, or not one of this version."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                return None
            about = json.loads(metadata["about"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return _encoded(about, tensors)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return None


def _encoded(about: dict[str, Any], tensors: Mapping[str, Tensor]) -> EncodedProteins:
    decoded, trust = about.pop("blocks"), about.pop("trust")
    values: dict[str, Any] = {
        name: tensor.numpy() for name, tensor in tensors.items() if "." not in name
    }
    blocks = []
    for number, count in enumerate(decoded):
        parts = {
            name.partition(".")[2]: tensor
            for name, tensor in tensors.items()
            if name.partition(".")[0] == str(number)
        }
        rows = parts.pop("rows").numpy()
        motifs, every = (
            MotifSet(*(parts.pop(f"{kind}.{name}") for name in MotifSet._fields)) for kind in _SETS
        )
        blocks.append(ProteinBlock(rows, ProteinState(motifs, every, count, **parts)))
    encoded_as = EncodedAs(**about.pop("encoded_as"))
    return EncodedProteins(
        **about, **values, trust_map=lambda _: trust, blocks=blocks, encoded_as=encoded_as
    )


def _state_tensors(state: ProteinState) -> dict[str, Tensor]:
    motifs = {
        f"{kind}.{name}": tensor
        for kind in _SETS
        for name, tensor in getattr(state, kind)._asdict().items()
    }
    return {**motifs, **{name: getattr(state, name) for name in _STATE}}
