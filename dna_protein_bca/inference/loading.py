"""From a folder of weights and the name of a device to a model that is ready to score."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.io.folder_names import CONFIG, WEIGHTS
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import FLAT_NAMES, BindingConfig
from dna_protein_bca.model.v1_names import renamed

from .checksums import check_files
from .weights import read_config

HEAD_BYTES = 4

PICKLES = (b"PK\x03\x04", *(bytes((0x80, protocol)) for protocol in range(2, 6)), b"\x1f\x8b")
"""How the files of torch.save begin, those of pickle, and what is compressed."""


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name.

    Args:
        name: `cpu`, `cuda`, `cuda:N`, `mps`, or `auto`: a GPU where there is one.

    Raises:
        InputError: there is no such device here.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    here = ["cpu", *(f"cuda:{index}" for index in range(gpus))]
    if torch.backends.mps.is_available():
        here.append("mps")
    if name == "auto":
        return torch.device(here[1] if len(here) > 1 else "cpu")
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in here:
        raise InputError(f"no device {name!r} here: give one of auto, {', '.join(here)}")
    return torch.device(wanted)


def load_model(folder: Path, device: torch.device | str = "cpu") -> BindingModel:
    """Load weights, in evaluation mode. Nothing is unpickled.

    Args:
        folder: holds `config.json` and `model.safetensors`; see `weights.locate`.

    Raises:
        InputError: the files are damaged, are not those whose checksums lie beside them, or are not
            those of a `BindingModel`; or a tensor holds NaN or infinite numbers.
    """
    check_files(folder)
    # Tensors without memory, so that none is taken of a size that only the configuration names.
    with torch.device("meta"), _NoInitialValues():
        model = _build(folder)
    expected = model.state_dict()
    path = folder / WEIGHTS
    shapes, there = {name: list(each.shape) for name, each in expected.items()}, _shapes(path)
    differing = sorted(
        name for name in shapes.keys() | there.keys() if shapes.get(name) != there.get(name)
    )
    if differing:
        raise InputError(
            f"weights of another architecture than {CONFIG} says; they differ in "
            f"{listed(differing, 5)}",
            str(path),
        )
    tensors = renamed(load_file(path))
    for name, value in expected.items():
        # What is read is mapped from the file: without a copy, the model would follow its changes.
        tensors[name] = tensors[name].to(value.dtype, copy=True)
    _check_finite(tensors, path)
    model.load_state_dict(tensors, assign=True)
    return model.to(device).eval()


def _check_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise InputError, which names them, where tensors of a file hold NaN or infinite numbers."""
    # By numpy: the threads of PyTorch wait for each other, which takes longer where others work.
    wrong = [name for name, each in tensors.items() if not np.isfinite(each.numpy()).all()]
    if wrong:
        raise InputError(
            f"NaN or infinite numbers in {listed(wrong, 5)}: these weights are damaged", path
        )


class _NoInitialValues(TorchFunctionMode):
    """Draws no random values for tensors that are loaded anyway.

    Without memory they would be drawn through PyTorch's compiler, which takes seconds to import.
    """

    FILLED = ("normal_", "uniform_", "kaiming_uniform_", "xavier_uniform_")

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        options = kwargs or {}
        if func.__name__ in self.FILLED:
            return args[0] if args else options["tensor"]
        return func(*args, **options)


def _shapes(path: Path) -> dict[str, list[int]]:
    """The shape of each tensor of a file, of which nothing but the header is read."""
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            return renamed({name: file.get_slice(name).get_shape() for name in names})
    except (SafetensorError, OSError) as error:
        # Only now: a safetensors file begins with a length, whose bytes may be those of a pickle.
        if _is_pickled(path):
            message = (
                "pickled, whatever its name says, and never loaded, since that may run code: save "
                "the state dict with safetensors.torch.save_file"
            )
        else:
            message = (
                f"not a safetensors file: {error}. Nothing is unpickled: convert a pickled state "
                "dict with safetensors.torch.save_file"
            )
        raise InputError(message, str(path)) from None


def _is_pickled(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES).startswith(PICKLES)


def _build(folder: Path) -> BindingModel:
    """An untrained model as the folder's configuration says."""
    values = read_config(folder)
    known = {field.name for field in dataclasses.fields(BindingConfig)} | FLAT_NAMES.keys()
    unknown = sorted(values.keys() - known)
    try:
        if unknown:
            raise TypeError(f"it has {', '.join(unknown[:5])}")
        return BindingModel(BindingConfig.from_dict(values))
    except InputError:
        raise
    except (TypeError, ValueError, RuntimeError, AssertionError) as error:
        reason = str(error).removeprefix("BindingConfig.__init__() ") or type(error).__name__
        raise InputError(
            f"not the configuration of a binding model: {reason}", str(folder / CONFIG)
        ) from None
