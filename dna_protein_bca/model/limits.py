"""What the fields of a configuration may be, so that a damaged or hostile one allocates nothing."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

LIMITS: dict[str, tuple[float, float]] = {
    "dim": (1, 8192),
    "heads": (1, 256),
    "depth": (0, 64),
    "encoder_depth": (0, 64),
    "decoder_depth": (0, 64),
    "members": (1, 64),
    "motifs": (1, 64),
    "width": (1, 255),
    "kernel": (1, 255),
    "latents": (0, 4096),
    "dropout": (0, 1),
    "flank": (0, 5000),
    "relatives": (0, 10_000),
    "inverse_temperature": (1e-3, 100),
    "scale": (1e-3, 1000),
    "pooling_radius": (0, 1000),
    "background_windows": (0, 1_000_000),
    "contact_penalty": (0, 100),
    "residues": (0, 5000),
    "places": (0, 8192),
    "reach": (0, 1000),
    "gate": (0, 1),
    "kept": (0.5, 1),
    "tile": (4, 65_536),
}
"""Lowest and highest value of each number; far beyond what is of use, and far below what would fill
a machine's memory."""

MOST_LAYERS = 1024
"""Layers of all members together: each takes time to build, however narrow it is."""

MOST_PROFILES = 10_000
LONGEST_PROFILE = 100_000


def check_fields(config: Any, part: str = "") -> None:
    """Compare every field of a configuration with its type and its limits.

    Args:
        config: a dataclass whose annotations are texts.
        part: its name in the whole configuration, for errors.

    Raises:
        ValueError: names the first field that is wrong, what it may be, and what it is.
    """
    for field in fields(config):
        value = getattr(config, field.name)
        expected = _expected(str(field.type), field.name)
        if expected is not None and not _fits(str(field.type), field.name, value):
            name = f"{part}.{field.name}" if part else field.name
            raise ValueError(f"{name} must be {expected}, and is {value!r:.40}")


def _expected(kind: str, name: str) -> str | None:
    """What a field may be, in words; None for one that is not checked here."""
    if kind in ("int", "float"):
        low, high = LIMITS[name]
        number = "a whole number" if kind == "int" else "a number"
        return f"{number} from {low:g} to {high:,g}"
    if kind.startswith("tuple"):
        return f"at most {MOST_PROFILES:,} whole numbers from 1 to {LONGEST_PROFILE:,}"
    return {"bool": "true or false", "str": "a text"}.get(kind)


def _fits(kind: str, name: str, value: Any) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "str":
        return isinstance(value, str)
    if kind.startswith("tuple"):
        return (
            isinstance(value, tuple)
            and len(value) <= MOST_PROFILES
            and all(type(each) is int and 1 <= each <= LONGEST_PROFILE for each in value)
        )
    low, high = LIMITS[name]
    number = (int,) if kind == "int" else (int, float)
    return type(value) in number and math.isfinite(value) and low <= value <= high
