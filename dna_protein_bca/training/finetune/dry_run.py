"""What a training would cost, found by taking a few steps that are thrown away."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dna_protein_bca.training.engine.trainer import Trainer

from .fit import Job, counts, make_trainer
from .pair_task import PairTask

STEPS = 3
"""Steps that are timed, after one that is not."""


def dry_run(job: Job, device: str = "auto") -> dict[str, Any]:
    """Counts, class balance, lengths, seconds an epoch and memory; nothing is written.

    Args:
        job: from `prepare`; its model is of no use afterwards.
        device: as in `fit`.

    Returns:
        Name -> number or text, in the order in which they are shown.
    """
    data = job.data
    found: dict[str, Any] = {name: value for name, value in counts(data).items() if value}
    for name in ("train", "validation"):
        if f"{name}_positives" in found:
            found[f"{name}_positive_share"] = found[f"{name}_positives"] / found[f"{name}_labels"]
    if len(data.records.length):
        found["dna_length_bp"] = _spread(data.records.length)
    found["protein_length"] = _spread([len(one.record.sequence) for one in data.proteins])
    found["residues_read"] = _spread([len(one.input.residues) for one in data.proteins])
    model = job.model
    found["parameters"] = sum(p.numel() for p in model.parameters())
    found["parameters_that_learn"] = sum(p.numel() for p in model.parameters() if p.requires_grad)
    task = job.tasks[0]
    per_epoch = task.batcher.steps_per_epoch if isinstance(task, PairTask) else task.steps_per_epoch
    trainer = make_trainer(job, Path(), device=device)  # It writes only when it runs.
    where = trainer.accelerator.device
    found["device"] = str(where)
    found["steps_per_epoch"] = per_epoch
    found["steps"] = steps = job.loop.steps
    found["seconds_per_step"] = seconds = _seconds_per_step(trainer, job.loop.patience_from)
    found["seconds_per_epoch"] = seconds * per_epoch
    begun = time.monotonic()
    trainer.validated()
    found["seconds_per_validation"] = validation = time.monotonic() - begun
    validations = -(-steps // job.loop.validate_every)
    found["minutes_at_most"] = (seconds * steps + validation * validations) / 60
    found["memory_megabytes"] = _megabytes()
    if where.type == "cuda":
        found["gpu_memory_megabytes"] = torch.cuda.max_memory_allocated(where) / 1e6
    return found


def _seconds_per_step(trainer: Trainer, first: int) -> float:
    """Seconds of a step from `first` on, where all parts of the model learn."""
    trainer.progress.step = first
    begun = 0.0
    for number in range(STEPS + 1):
        if number == 1:
            begun = time.monotonic()
        trainer.step()
    return (time.monotonic() - begun) / STEPS


def _spread(lengths: Any) -> str:
    values = np.asarray(lengths)
    return f"{values.min()} to {values.max()}, median {np.median(values):.0f}"


def _megabytes() -> float:
    """The most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
