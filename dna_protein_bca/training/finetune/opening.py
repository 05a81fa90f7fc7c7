"""The first line of a training: what is trained on what, what is held out, how long it takes."""

from __future__ import annotations

import time
from pathlib import Path

from dna_protein_bca.errors import counted, one_or_many
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.resources import models_path
from dna_protein_bca.training.engine.accelerator import lone_process
from dna_protein_bca.training.engine.callbacks import duration
from dna_protein_bca.training.engine.checkpoint import steps_taken
from dna_protein_bca.training.engine.trainer import NotFinite, Trainer

from .data import TrainingData
from .data.same_sequences import PROTEIN
from .prepare import Job
from .settings import LAST

FEWEST = 20
"""Steps of a training below which it is not timed beforehand: it would be over by then."""

VALIDATION = 1 / 3
"""Time to score a pair, as a share of the time to learn from it (a forward pass without the
backward pass, which takes twice as long)."""


def opening(job: Job, trainer: Trainer[BindingModel], weights: Path | None) -> list[str]:
    """The lines with which a training begins, after a warning where processes are missing.

    Takes a few gradients to see how long a step takes; nothing learns from them.

    Args:
        trainer: of this job, before it runs. Every process has to call this.
        weights: folder of those that the training starts from; None from scratch.
    """
    accelerator = trainer.accelerator
    start = "from scratch" if weights is None else _name(weights)
    used = f"{accelerator.device.type}, {_counted(accelerator.num_processes, 'process')}"
    size = counted(job.samples(0), _unit(job.data))
    many = one_or_many(job.loop.steps, "step", "steps")
    taken = steps_taken(trainer.checkpoint)
    past = f", {taken:,} of them taken already" if taken else ""
    length = f"{job.loop.steps:,} {many} of {size} on {used}{past}"
    seconds = expected_seconds(job, trainer, taken)
    if seconds is not None:
        length += f": about {duration(seconds)}" + " at most" * bool(job.loop.patience)
    purpose = "held out to choose the best weights"
    if job.loop.monitor == LAST:
        purpose = "held out, of no protein that is trained on, so that the last weights are kept"
    warning = lone_process() if accelerator.num_processes == 1 else ""
    lines = [f"Training {start} on {_learned(job.data)}; {purpose}: {_held_out(job)}; {length}"]
    return [warning, *lines] if warning else lines


def expected_seconds(job: Job, trainer: Trainer[BindingModel], taken: int = 0) -> float | None:
    """Seconds that the steps and validations after `taken` steps would take; None for few steps."""
    steps, first = job.loop.steps - taken, max(0, job.loop.patience_from - taken)
    if steps < FEWEST:
        return None
    trainer.model.train()
    last = job.loop.steps - 1
    try:
        _seconds_of(trainer, last)  # The first call of everything is slow.
        late = _seconds_of(trainer, last)
        early = _seconds_of(trainer, job.loop.patience_from - 1) if first else late
    except NotFinite:
        return None  # The training itself says where and why.
    validations = -(-steps // job.loop.validate_every)
    scored = len(job.data.validation) / max(1, job.samples(last))
    return first * early + (steps - first) * late + validations * scored * VALIDATION * late


def _seconds_of(trainer: Trainer[BindingModel], step: int) -> float:
    """Seconds of the gradient of a step, which is thrown away: the shorter time of two."""
    seconds = []
    for _ in range(2):
        begun = time.monotonic()
        trainer.backward(step)
        for optimizer in trainer.optimizers:
            optimizer.zero_grad()
        seconds.append(time.monotonic() - begun)
    return min(seconds)


def _name(weights: Path) -> str:
    """Bundled weights by their name, others by their folder, which is `best` of some run."""
    return weights.name if weights.parent == models_path() else str(weights)


def _learned(data: TrainingData) -> str:
    parts = []
    if len(data.train):
        bound = ""
        if "label" in data.train:
            bound = f" ({int(data.train['label'].sum()):,} bound)"
        pairs = counted(len(data.train), "pair")
        proteins = counted(data.train["protein"].nunique(), "protein")
        parts.append(f"{pairs}{bound} of {proteins} and {data.train['dna'].nunique():,} DNA")
    if data.motifs:
        parts.append(f"the motifs of {counted(len(data.motifs), 'protein')}")
    return " and ".join(parts)


def _held_out(job: Job) -> str:
    """What validates, and whether its proteins are new."""
    data = job.data
    parts = []
    if len(data.validation):
        held = data.validation.drop_duplicates("protein")
        # Under another id, a protein that is trained on is not new.
        new = (
            int((~held[PROTEIN].isin(data.train[PROTEIN])).sum()) if len(data.train) else len(held)
        )
        of = f"{counted(len(held), 'protein')}, {new or 'none'} of them new"
        parts.append(f"{counted(len(data.validation), 'pair')} of {of}")
    if data.held_motifs:
        parts.append(f"the motifs of {counted(len(data.held_motifs), 'protein')}")
    return " and ".join(parts) or "nothing"


def _unit(data: TrainingData) -> str:
    return "pair" if len(data.train) else "protein"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'es' * (number != 1)}"
