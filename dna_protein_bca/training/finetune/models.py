"""The model that a training starts from: a new one, or given weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import FLAT_NAMES, BindingConfig
from dna_protein_bca.proteins.domains import profile_lengths

from .settings import TrainSettings


def new_model(settings: TrainSettings) -> BindingModel:
    """A model from scratch.

    Raises:
        InputError: a field that the architecture does not have, or a value that it cannot take.
    """
    # Motifs of a member that has learned nothing have no scale to be put on.
    values: dict[str, Any] = {"relatives": 0, "standardised": False}
    values |= {"protein_region": settings.protein_region, **settings.architecture}
    values["encoder"] = _from_anywhere(str(values.get("encoder", BindingConfig.encoder)))
    names = FLAT_NAMES.keys()
    if unknown := sorted(values.keys() - names):
        raise InputError(
            f"no field {', '.join(unknown)} of the architecture: give one of {', '.join(names)}"
        )
    lengths = tuple(profile_lengths().values())
    try:
        return BindingModel(BindingConfig(lengths).replace(**values))
    except InputError:
        raise
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise InputError(f"the architecture cannot be built: {error}") from None


def _from_anywhere(encoder: str) -> str:
    """The same encoder, its folder by a path that holds wherever the weights are used."""
    name, colon, source = encoder.partition(":")
    if not source or "://" in source:
        return encoder
    return f"{name}{colon}{Path(source).resolve()}"


def given_model(folder: Path, settings: TrainSettings) -> BindingModel:
    """The model of some weights.

    Raises:
        InputError: the settings ask for another architecture; names the fields that differ.
    """
    model = load_model(folder)
    config = model.config.flat()
    wanted = dict(settings.architecture)
    if settings.protein_region != "domains":
        wanted["protein_region"] = settings.protein_region
    differing = [
        f"{name} (the weights have {config.get(name)!r}, {value!r} was asked for)"
        for name, value in wanted.items()
        if config.get(name) != value
    ]
    if differing:
        raise InputError(
            f"weights of another architecture: they differ in {', '.join(differing)}", str(folder)
        )
    return model
