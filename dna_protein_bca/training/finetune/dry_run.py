"""What a training would cost, measured on a few steps that are thrown away."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.training.engine.trainer import Trainer

from .fit import make_trainer
from .prepare import Job

STEPS = 3
"""Steps that are timed, after one that is not."""


def dry_run(job: Job, device: str = "auto") -> dict[str, int | float | str]:
    """Counts, class balance, lengths, seconds an epoch and memory; nothing is written.

    Args:
        job: from `prepare`; its model is of no use afterwards.
        device: as in `fit`.

    Returns:
        Name -> number or text, in the order in which they are shown.
    """
    data = job.data
    counts = data.counts()
    costs: dict[str, int | float | str] = {name: n for name, n in counts.items() if n}
    for name in ("train", "validation"):
        if positives := counts.get(f"{name}_positives"):
            costs[f"{name}_positive_share"] = positives / counts[f"{name}_labels"]
    if len(data.records.length):
        costs["dna_length_bp"] = _spread(data.records.length)
    costs["protein_length"] = _spread([len(protein.record.sequence) for protein in data.proteins])
    costs["residues_read"] = _spread([len(protein.input.residues) for protein in data.proteins])
    model = job.model
    costs["parameters"] = sum(p.numel() for p in model.parameters())
    costs["parameters_that_learn"] = sum(p.numel() for p in model.parameters() if p.requires_grad)
    trainer = make_trainer(job, Path(), device=device)  # It writes only when it runs.
    used = trainer.accelerator.device
    costs["device"] = str(used)
    costs["steps_per_epoch"] = job.steps_per_epoch
    costs["steps"] = steps = job.loop.steps
    costs["seconds_per_step"] = seconds = _seconds_per_step(trainer, job.loop.patience_from)
    costs["seconds_per_epoch"] = seconds * job.steps_per_epoch
    begun = time.monotonic()
    trainer.run_validation()
    costs["seconds_per_validation"] = validation = time.monotonic() - begun
    validations = -(-steps // job.loop.validate_every)
    costs["minutes_at_most"] = (seconds * steps + validation * validations) / 60
    costs["memory_megabytes"] = _megabytes()
    if used.type == "cuda":
        costs["gpu_memory_megabytes"] = torch.cuda.max_memory_allocated(used) / 1e6
    return costs


def _seconds_per_step(trainer: Trainer[BindingModel], first: int) -> float:
    """Seconds of a step from `first` on, where all parts of the model learn."""
    trainer.progress.step = first
    begun = 0.0
    for number in range(STEPS + 1):
        if number == 1:
            begun = time.monotonic()
        trainer.step()
    return (time.monotonic() - begun) / STEPS


def _spread(lengths: ArrayLike) -> str:
    values = np.asarray(lengths)
    return f"{values.min()} to {values.max()}, median {np.median(values):.0f}"


def _megabytes() -> float:
    """Megabytes of the most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
