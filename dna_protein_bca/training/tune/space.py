"""What a search tries: ranges and choices of settings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.training.finetune.settings import TrainSettings

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

LOGARITHMIC = 10
"""Ranges whose ends differ by this factor or more are searched by their logarithm."""


class Range(NamedTuple):
    """Numbers from `low` to `high`."""

    low: float
    high: float


Space = Mapping[str, Range | Sequence[Any]]
"""Field of `TrainSettings` -> a range, or the values that it may take."""

FROM_SCRATCH: Space = {
    "rate": Range(1e-3, 1e-2),
    "batch_size": (32, 64, 128),
    "match_share": Range(0.1, 0.5),
    "dna_mask": Range(0.0, 0.2),
}
"""What is tried where a model from scratch is asked for: a factor of about three around each
default."""

FROM_WEIGHTS: Space = {
    "rate": Range(2e-4, 5e-3),
    "encoder_rate": Range(0.03, 1.0),
    "hide": Range(0.0, 0.6),
    "dna_mask": Range(0.0, 0.2),
}
"""The same from given weights; the two rates decide how far these are left."""


def parse_search(text: str) -> tuple[str, Range | tuple[Any, ...]]:
    """A field of `TrainSettings` and what it may be, of `NAME=LOW..HIGH` or `NAME=A,B,C`.

    Raises:
        InputError: no such field of numbers, or neither a range nor values.
    """
    name, _, values = text.partition("=")
    name = name.strip().replace("-", "_")
    kinds = {field.name: str(field.type) for field in fields(TrainSettings)}
    numbers = [key for key, kind in kinds.items() if kind.split(" ")[0] in ("int", "float")]
    if name not in numbers or name == "seed":
        names = ", ".join(key.replace("_", "-") for key in numbers if key != "seed")
        raise InputError(f"--search {text}: give NAME=LOW..HIGH or NAME=A,B,C, the name of {names}")
    whole = kinds[name].startswith("int")
    try:
        if ".." in values:
            low, high = (float(part) for part in values.split(".."))
            if not (low < high and math.isfinite(high)) or (whole and (low % 1 or high % 1)):
                raise ValueError
            return name, Range(low, high)
        choices = tuple((int if whole else float)(part) for part in values.split(","))
    except ValueError:
        kind = "whole numbers" if whole else "numbers"
        raise InputError(f"--search {text}: give {kind}, as NAME=LOW..HIGH or NAME=A,B,C") from None
    return name, choices


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The space as Optuna names it."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    kinds = {field.name: str(field.type) for field in fields(TrainSettings)}
    found: dict[str, BaseDistribution] = {}
    for name, values in space.items():
        if not isinstance(values, Range):
            found[name] = CategoricalDistribution(list(values))
            continue
        log = values.low > 0 and values.high / values.low >= LOGARITHMIC
        if kinds[name].startswith("int"):
            found[name] = IntDistribution(int(values.low), int(values.high), log=log)
        else:
            found[name] = FloatDistribution(values.low, values.high, log=log)
    return found
