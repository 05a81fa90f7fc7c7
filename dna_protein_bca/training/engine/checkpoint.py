"""The state of a training on disk: one safetensors file, written beside the old one and renamed."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from dna_protein_bca.errors import InputError


def save_checkpoint(
    path: Path,
    model: nn.Module,
    ema: nn.Module,
    optimizers: Sequence[Optimizer],
    progress: Mapping[str, object],
    scaler: GradScaler | None = None,
) -> None:
    """Write weights, their moving average, the optimizers' moments and `progress`, atomically.

    Args:
        path: the file; an earlier one stays whole until the new one is complete.
        model, ema, optimizers: what learns, the moving average of the weights, and what moves them.
        progress: JSON values: the step, and whatever else a resumed training has to know.
        scaler: the loss scale of a training in float16, whose state is a few numbers.

    Raises:
        OSError: it cannot be written; the earlier file is as it was.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"ema.{name}": value for name, value in ema.state_dict().items()}
    for number, optimizer in enumerate(optimizers):
        for index, moments in optimizer.state_dict()["state"].items():
            prefix = f"optimizer.{number}.{index}."
            tensors |= {prefix + name: value for name, value in moments.items()}
    metadata = {"progress": json.dumps(progress)}
    if scaler is not None:
        metadata["scaler"] = json.dumps(scaler.state_dict())
    save_tensors(path, tensors, metadata)


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Write a safetensors file, which is complete on the disk before it takes its name.

    Raises:
        OSError: it cannot be written; an earlier file of that name is as it was.
    """
    partial = path.with_name(path.name + ".partial")
    # Created here, so that it has the permissions of any other file.
    partial.touch()
    mode = partial.stat().st_mode
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    try:
        save_file(plain, partial, metadata=metadata)
        partial.chmod(mode)
        with open(partial, "rb") as written:
            os.fsync(written.fileno())
        os.replace(partial, path)
        _sync_folder(path.parent)
    except SafetensorError as error:
        full = "No space left" in str(error)
        raise OSError(
            errno.ENOSPC if full else errno.EIO,
            "no space left on the device" if full else str(error),
            str(path),
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a renaming last through a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def load_checkpoint(
    path: Path,
    model: nn.Module,
    ema: nn.Module,
    optimizers: Sequence[Optimizer],
    scaler: GradScaler | None = None,
) -> dict[str, Any]:
    """Restore in place what `save_checkpoint` wrote, and return its `progress`.

    Raises:
        InputError: the file is no checkpoint of a model of this shape.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
        progress = json.loads(metadata["progress"])
        model.load_state_dict(_part(tensors, "model."))
        ema.load_state_dict(_part(tensors, "ema."))
    except (SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"not a checkpoint of this model: {reason}. Only safetensors files are read; a pickled "
            "checkpoint has to be converted with safetensors.torch.save_file",
            str(path),
        ) from error
    for number, optimizer in enumerate(optimizers):
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _part(tensors, f"optimizer.{number}.").items():
            index, key = name.split(".", 1)
            moments.setdefault(int(index), {})[key] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})
    if scaler is not None and "scaler" in metadata:
        scaler.load_state_dict(json.loads(metadata["scaler"]))
    return progress


def steps_taken(path: Path) -> int:
    """The step that a checkpoint is of; 0 where there is none that can be read."""
    try:
        with safe_open(path, "pt") as file:
            progress = json.loads((file.metadata() or {})["progress"])
        return int(progress["step"])
    except (SafetensorError, OSError, KeyError, ValueError):
        return 0


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
