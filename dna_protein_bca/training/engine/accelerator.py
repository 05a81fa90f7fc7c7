"""The processes, the device and the precision of a training, as accelerate sets them up."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import InitProcessGroupKwargs, broadcast_object_list

from dna_protein_bca.errors import InputError

PROCESS_TIMEOUT = timedelta(hours=6)
"""How long processes wait for each other: while one of them validates, the others do."""


def start_accelerator(precision: str, device: torch.device | None = None) -> Accelerator:
    """An accelerator of this precision, whatever one an earlier training in the process had.

    Args:
        precision: `no`, `bf16` or `fp16`.
        device: None for a GPU where there is one. Of several processes each takes its own GPU,
            unless it is a CPU.

    Raises:
        InputError: the device does not have this precision.
    """
    on_cpu = device is not None and device.type == "cpu"
    if precision == "fp16" and on_cpu:
        raise InputError("float16 needs a GPU: train in bfloat16 or float32 on a CPU")
    several = AcceleratorState._shared_state and AcceleratorState().num_processes > 1
    AcceleratorState._reset_state(reset_partial_state=not several)
    try:
        accelerator = Accelerator(
            cpu=on_cpu,
            mixed_precision=precision,
            kwargs_handlers=[InitProcessGroupKwargs(timeout=PROCESS_TIMEOUT)],
        )
    except ValueError as error:  # Some GPUs have no bfloat16.
        name = device or "this machine"
        raise InputError(f"{name} cannot train in this precision: {error}") from None
    if device is not None and accelerator.num_processes == 1:
        # It would choose the first GPU, whatever other one was asked for.
        accelerator.state.device = device
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        # Left to itself, a process that ends may be aborted by threads that wait for the others.
        atexit.register(_leave)
    return accelerator


def _leave() -> None:
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


T = TypeVar("T")


def made_by_the_first(make: Callable[[], T]) -> T:
    """What the first of all processes makes, in each of them; every process has to call this.

    So that they go on from the same numbers, whatever arithmetic each would have done.
    """
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return make()
    made = [make() if torch.distributed.get_rank() == 0 else None]
    first: T = broadcast_object_list(made)[0]
    return first


RANKS = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")
"""Variables in which torchrun and MPI tell a process which one of several it is."""


def lone_process(environment: Mapping[str, str] = os.environ) -> str:
    """A warning where several processes were asked for and this one is alone, or nothing.

    `accelerate launch --cpu --num_processes N` tells its process where others could meet it, and
    starts no other one.
    """
    launched = "ACCELERATE_MIXED_PRECISION" in environment and "MASTER_ADDR" in environment
    if not launched or any(name in environment for name in RANKS):
        return ""
    return (
        "Warning: accelerate was asked for several processes and started one, as it does with "
        "--cpu: start them with torchrun --nproc-per-node N -m dna_protein_bca train ..."
    )
