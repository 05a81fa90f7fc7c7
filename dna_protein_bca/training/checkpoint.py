"""Training state on disk: one safetensors file, written beside the old one and renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from ..errors import InputError


def save_checkpoint(
    path: Path, model: nn.Module, average: nn.Module, optimizer: Optimizer, progress: Mapping
) -> None:
    """Write weights, their moving average, the optimizer's moments and `progress`, atomically.

    Args:
        path: the file; an earlier one stays whole until the new one is complete.
        progress: JSON values: the step, and whatever else a resumed run has to know.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in moments.items()}
    partial = path.with_name(path.name + ".partial")
    try:
        save_file(
            {name: value.detach().contiguous() for name, value in tensors.items()},
            partial,
            metadata={"progress": json.dumps(progress)},
        )
        with open(partial, "rb") as written:
            os.fsync(written.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: Path, model: nn.Module, average: nn.Module, optimizer: Optimizer) -> dict:
    """Restore in place what `save_checkpoint` wrote, and return its `progress`.

    Raises:
        InputError: the file is no checkpoint of a model of this shape.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            progress = json.loads((file.metadata() or {})["progress"])
        model.load_state_dict(_part(tensors, "model."))
        average.load_state_dict(_part(tensors, "average."))
    except (SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"not a checkpoint of this model: {reason}", str(path)) from error
    state = optimizer.state_dict()
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _part(tensors, "optimizer.").items():
        index, key = name.split(".", 1)
        moments.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": moments, "param_groups": state["param_groups"]})
    return progress


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
