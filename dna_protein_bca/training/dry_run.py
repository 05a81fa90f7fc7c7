"""What a training would cost, found by taking a few steps that are thrown away."""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import numpy as np
import torch

from .pair_task import PairTask
from .run import Job, counts

STEPS = 3
"""Steps that are timed, after one that is not."""


def dry_run(job: Job) -> dict[str, Any]:
    """Counts, class balance, lengths, seconds an epoch and memory; nothing is written.

    Returns:
        Name -> number or text, in the order in which they are shown.
    """
    data = job.data
    found: dict[str, Any] = {name: value for name, value in counts(data).items() if value}
    for name in ("train", "validation"):
        if f"{name}_positives" in found:
            found[f"{name}_positive_share"] = found[f"{name}_positives"] / len(getattr(data, name))
    if len(data.records.length):
        found["dna_length_bp"] = _spread(data.records.length)
    found["protein_length"] = _spread([len(one.record.sequence) for one in data.proteins])
    found["residues_read"] = _spread([len(one.input.residues) for one in data.proteins])
    model = job.model
    found["parameters"] = sum(p.numel() for p in model.parameters())
    found["parameters_that_learn"] = sum(p.numel() for p in model.parameters() if p.requires_grad)
    task = job.tasks[0]
    per_epoch = task.batcher.steps_per_epoch if isinstance(task, PairTask) else task.steps_per_epoch
    seconds = _seconds_per_step(job)
    found["steps_per_epoch"] = per_epoch
    found["steps"] = job.loop.steps
    found["seconds_per_step"] = seconds
    found["seconds_per_epoch"] = seconds * per_epoch
    found["minutes_at_most"] = seconds * job.loop.steps / 60
    found["memory_megabytes"] = _megabytes()
    return found


def _seconds_per_step(job: Job) -> float:
    optimizer = torch.optim.AdamW(job.model.parameters(), lr=0.0)
    job.model.train()
    begun = 0.0
    for step in range(STEPS + 1):
        if step == 1:
            begun = time.monotonic()
        torch.stack(list(job.losses(job.model, step).values())).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return (time.monotonic() - begun) / STEPS


def _spread(lengths: Any) -> str:
    values = np.asarray(lengths)
    return f"{values.min()} to {values.max()}, median {np.median(values):.0f}"


def _megabytes() -> float:
    """The most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
