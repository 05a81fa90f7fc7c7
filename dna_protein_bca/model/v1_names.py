"""Names of the first weights' tensors, which were saved before the parts had theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

_RENAMED = (
    (r"^readers\.(\d+)\.protein\.", r"members.\1.encoder."),
    (r"^readers\.(\d+)\.decoder\.own\.", r"members.\1.decoder.among."),
    (r"^readers\.(\d+)\.array\.", r"members.\1.finger_array."),
    (r"^readers\.(\d+)\.of_motif\.", r"members.\1.decoded_scale."),
    (r"^readers\.(\d+)\.of_run\.", r"members.\1.array_scale."),
    (r"^readers\.", "members."),
    (r"^joint\.", "joint.transformer."),
    (r"^(to_latents|dna|from_match|head|latent_head)\.", r"joint.\1."),
)
"""Pattern -> replacement; the first that fits counts."""

_Value = TypeVar("_Value")


def renamed(tensors: Mapping[str, _Value]) -> dict[str, _Value]:
    """Tensors by their names of today; those that have them already are returned as they are."""
    if not any(name.startswith("readers.") for name in tensors):
        return dict(tensors)
    return {_name(name): value for name, value in tensors.items()}


def _name(name: str) -> str:
    for pattern, replacement in _RENAMED:
        renamed_name, count = re.subn(pattern, replacement, name)
        if count:
            return renamed_name
    return name
