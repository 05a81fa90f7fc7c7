"""One readable loop: batches in, weights, their moving average and a table of losses out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import InitProcessGroupKwargs, broadcast_object_list
from torch import Tensor, nn

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import choose_device
from dna_protein_bca.io.folder_names import BEST, CHECKPOINT, LAST, METRICS

from .callbacks import Callback, StepReport
from .checkpoint import load_checkpoint, save_checkpoint
from .metrics import append_row, drop_rows_after
from .optimizers import ParameterGroups, make_optimizers
from .signals import StopSignal

FIRST_SAVE = 20.0
"""Seconds of training after which a process saves for the first time, however slow its steps."""

PATIENCE_OF_PROCESSES = timedelta(hours=6)
"""How long processes wait for each other: while one of them validates, the others do."""


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast to train; saved in the run folder.

    Attributes:
        steps: optimizer steps in all.
        rate: the highest learning rate (AdamW), reached after `warmup` steps; cosine to a
            hundredth of it at the end.
        muon: the highest learning rate of hidden layers' matrices under Muon (see
            `optimizers.py`), which takes the same course; 0 for AdamW throughout.
        decay: weight decay.
        clip: largest gradient norm.
        average: decay of the exponential moving average of the weights, which is what is saved.
        save_every, validate_every: in steps.
        precision: `no` for float32, `bf16` or `fp16` for mixed precision.
        seed: of everything drawn at random; each step draws from (seed, step), so that a resumed
            run goes on as an unbroken one.
        accumulate: parts of a batch that are computed one after the other, to save memory.
        monitor: the figure of the validation by which the best weights are chosen (the higher the
            better); patience: validations without a better one after which training stops, 0 for
            never; counted from the step `patience_from` on.
    """

    steps: int
    rate: float = 1e-3
    muon: float = 0.0
    warmup: int = 100
    decay: float = 0.02
    clip: float = 1.0
    average: float = 0.998
    save_every: int = 200
    validate_every: int = 250
    seed: int = 0
    precision: str = "no"
    accumulate: int = 1
    monitor: str = ""
    patience: int = 0
    patience_from: int = 0


@dataclass(frozen=True)
class Part:
    """Which share of a batch to take: every `count`-th of its pieces, from `index` on."""

    index: int
    count: int


Losses = dict[str, Tensor]
Model = TypeVar("Model", bound=nn.Module)


class NotFinite(FloatingPointError):
    """A loss or gradient is NaN or infinite; names the step, the batch and the checkpoint."""


@dataclass
class Progress:
    """What a resumed run has to know; saved in the checkpoint.

    Attributes:
        step: steps taken.
        seconds: spent so far.
        best, best_step: the best monitored figure and its step; waited: validations since.
        sums, counted: of the losses since the last validation.
        done: nothing is left to train.
    """

    step: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_step: int = 0
    waited: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    counted: int = 0
    done: bool = False


def learning_rate(config: LoopConfig, step: int) -> float:
    """The rate at a step: linear warm-up, then half a cosine down to a hundredth."""
    if step < config.warmup:
        return config.rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def train(
    model: Model,
    losses: Callable[..., Losses],
    run: Path,
    config: LoopConfig,
    *,
    validate: Callable[[Model], dict[str, float]] | None = None,
    report: Callable[[str], None] = print,
) -> Model:
    """Train until `config.steps`, from where the run folder left off; returns the average.

    See `Trainer`, which has more to set.
    """
    trainer = Trainer(model, losses, run, config, validate=validate, report=report)
    trainer.run()
    return trainer.average


class Trainer(Generic[Model]):
    """A training in a run folder, which goes on where the folder left off.

    On several processes (`torchrun`, `accelerate launch`) each computes its part of every batch,
    and the gradients are summed: the training is that of one process with the same batches.

    Args:
        model: updated in place.
        losses: the weighted terms of the loss at a step, which are summed: `losses(model, step)`,
            or `losses(model, step, part)` where batches are split (several processes, or
            `accumulate`): the terms of the parts then add up to those of the batch.
        run: folder of `checkpoint.safetensors` and `metrics.csv`.
        validate: figures of the averaged model, every `validate_every` steps and at the end.
        report: takes one line of text now and then.
        keep: takes `best` or `last`, the averaged model and the row of the validation.
        callbacks: see `Callback`.
        describe: names the batch of a step, for the error about a loss that is not finite.
        samples: how many samples the batch of a step holds.
        groups: parameters with a `scale` each, a factor of the learning rate; None for all at 1.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`; of several processes each takes its own
            GPU, unless it is `cpu`.
    """

    def __init__(
        self,
        model: Model,
        losses: Callable[..., Losses],
        run: Path,
        config: LoopConfig,
        *,
        validate: Callable[[Model], dict[str, float]] | None = None,
        report: Callable[[str], None] = print,
        keep: Callable[[str, Model, dict[str, float]], None] | None = None,
        callbacks: Sequence[Callback] = (),
        describe: Callable[[int], str] | None = None,
        samples: Callable[[int], int] | None = None,
        groups: ParameterGroups | None = None,
        device: str = "auto",
    ) -> None:
        self.accelerator = start_accelerator(config.precision, device)
        self.losses, self.config, self.folder = losses, config, run
        self.validate, self.keep, self.describe, self.samples = validate, keep, describe, samples
        main = self.accelerator.is_main_process
        self.report = report if main else _silent
        self.callbacks = callbacks if main else ()
        self.model = model.to(self.accelerator.device)
        self.average = deepcopy(model).requires_grad_(False).eval()
        made = make_optimizers(model, groups, config.rate, config.muon, config.decay)
        # The model is not wrapped: it has several entries, and gradients are summed below.
        self.optimizers = [self.accelerator.prepare(optimizer) for optimizer in made]
        self.checkpoint = run / CHECKPOINT
        self.progress = Progress()
        self.stop = StopSignal(self.report)
        self.saved: int | None = None
        self.started = time.monotonic()

    def run(self) -> bool:
        """Train; returns False where a signal stopped it before its end.

        Raises:
            NotFinite: the loss or its gradient is NaN or infinite.
            OSError: the disk is full; the last checkpoint is as it was.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with self.stop:
                self.resume()
                self.started = time.monotonic()
                self.begun = self.started - self.progress.seconds
                first, stopped = self.progress.step, False
                while not self.progress.done and not stopped:
                    stopped = self.step()
                    self.after_step()
                    early = self.saved == first and time.monotonic() > self.started + FIRST_SAVE
                    if stopped or early or self.progress.done or self.due(self.config.save_every):
                        self.save()
        finally:
            for callback in self.callbacks:
                callback.on_end(self.progress.step)
        return self.progress.done

    def resume(self) -> None:
        """Take up the run folder's checkpoint, or write the first one."""
        if not self.checkpoint.exists():
            self.progress.done = self.config.steps <= 0
            self.save()
            return
        values = load_checkpoint(self.checkpoint, *self.state(), self.accelerator.scaler)
        self.progress = Progress(**values)
        self.progress.done |= self.progress.step >= self.config.steps
        self.saved = self.progress.step
        if self.accelerator.is_main_process:
            drop_rows_after(self.folder / METRICS, self.progress.step)
        if not self.progress.done:
            self.report(f"resuming at step {self.progress.step}")

    def state(self) -> tuple[Model, Model, list[Any]]:
        """What learns: the model, its average and the optimizers."""
        return self.model, self.average, self.optimizers

    def step(self) -> bool:
        """One optimizer step; returns whether any process was asked to stop."""
        config, step = self.config, self.progress.step
        rate = learning_rate(config, step)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get("scale", 1.0)
        self.model.train()
        terms = self.backward(step)
        stopped = self.share_gradients()
        self.clip(step)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.progress.step = step = step + 1
        _follow(self.average, self.model, min(config.average, step / (step + 10)))
        for name, value in terms.items():
            self.progress.sums[name] = self.progress.sums.get(name, 0.0) + value
        self.progress.counted += 1
        self.tell(terms, rate)
        return stopped if self.accelerator.num_processes > 1 else self.stop.asked

    def tell(self, terms: dict[str, float], rate: float) -> None:
        """Report a step that was taken to the callbacks."""
        if not self.callbacks:
            return
        step, seconds = self.progress.step, time.monotonic() - self.started
        samples = self.samples(step - 1) if self.samples else 0
        loss = sum(terms.values())
        told = StepReport(step, self.config.steps, loss, terms, rate, samples, seconds)
        for callback in self.callbacks:
            callback.on_step(told)

    def backward(self, step: int) -> dict[str, float]:
        """Gradients of this process's parts of the batch; the losses of the whole batch."""
        processes, accumulate = self.accelerator.num_processes, self.config.accumulate
        count = processes * accumulate
        totals: dict[str, Tensor] = {}
        for number in range(accumulate):
            part = Part(self.accelerator.process_index * accumulate + number, count)
            # The same for every part, which then draw alike what they all draw.
            torch.manual_seed(hash((self.config.seed, step)) % 2**31)
            with self.accelerator.autocast():
                given = (self.model, step) if count == 1 else (self.model, step, part)
                terms = self.losses(*given)
            loss = torch.stack(list(terms.values())).sum()
            # The gradient of a NaN would reach the weights; its value is enough to stop.
            if torch.isfinite(loss) and loss.requires_grad:
                self.accelerator.backward(loss)
            for name, value in terms.items():
                totals[name] = totals.get(name, 0.0) + value.detach()
        values = torch.stack(list(totals.values())).float()
        if processes > 1:
            values = self.accelerator.reduce(values, "sum")
        found = dict(zip(totals, values.tolist(), strict=True))
        if not all(map(math.isfinite, found.values())):
            shown = ", ".join(f"{name} {value:.4g}" for name, value in found.items())
            raise self.not_finite(f"the loss is not finite at step {step + 1}: {shown}", step)
        return found

    def clip(self, step: int) -> None:
        """Cut the gradient to its largest norm; one that is not finite would end up in weights."""
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.config.clip)
        # In float16 some steps overflow, and the scaler skips them.
        if self.config.precision != "fp16" and not math.isfinite(norm):
            raise self.not_finite(f"the gradient is not finite at step {step + 1}", step)

    def not_finite(self, what: str, step: int) -> NotFinite:
        """The error about a step whose loss or gradient is not finite."""
        kept = f" The last good checkpoint, {self.checkpoint}, is of step {self.saved}."
        # Resumed, the run would take the same steps.
        advice = " Begin another run, at a lower rate or without the pairs that it fails on."
        batch = f" The batch: {self.describe(step)}." if self.describe else ""
        return NotFinite(f"{what}.{kept}{advice}{batch}")

    def share_gradients(self) -> bool:
        """Sum the gradients over processes; returns whether any of several was asked to stop."""
        if self.accelerator.num_processes == 1:
            return False
        learned = [p for p in self.model.parameters() if p.requires_grad]
        flags = [*(p.grad is not None for p in learned), self.stop.asked]
        used = torch.tensor(flags, dtype=torch.float32, device=self.accelerator.device)
        *present, stopped = self.accelerator.reduce(used, "sum").tolist()
        chosen = [p for p, any_one in zip(learned, present, strict=True) if any_one]
        grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in chosen]
        if grads:
            flat = self.accelerator.reduce(torch.cat([g.flatten() for g in grads]), "sum")
            parts = flat.split([g.numel() for g in grads])
            for parameter, part in zip(chosen, parts, strict=True):
                parameter.grad = part.view_as(parameter)
        return stopped > 0

    def after_step(self) -> None:
        """Validate where it is due, and see whether the training is done."""
        progress, config = self.progress, self.config
        last = progress.step >= config.steps
        progress.seconds = time.monotonic() - self.begun
        if not (last or self.due(config.validate_every)):
            return
        row: dict[str, Any] = {"step": progress.step, "seconds": round(progress.seconds, 1)}
        row["rate"] = learning_rate(config, progress.step - 1)
        row |= {name: value / progress.counted for name, value in progress.sums.items()}
        progress.sums, progress.counted = {}, 0
        row |= self.validated()
        main = self.accelerator.is_main_process
        if config.monitor:
            figure = row[config.monitor]
            better = progress.best is None or figure > progress.best
            early = progress.step <= config.patience_from
            progress.waited = 0 if better or early else progress.waited + 1
            if better:
                progress.best, progress.best_step = figure, progress.step
                if self.keep and main:
                    self.keep(BEST, self.average, row)
        progress.done = last or 0 < config.patience <= progress.waited
        if self.keep and main:
            self.keep(LAST, self.average, row)
        if main:
            append_row(self.folder / METRICS, row)
        self.report(" ".join(f"{k} {v:.4g}" for k, v in row.items()))
        for callback in self.callbacks:
            callback.on_validation(row, self.average)

    def validated(self) -> dict[str, float]:
        """The figures of the averaged model, found by the main process and told to the others."""
        if self.validate is None:
            return {}
        found: list[Any] = [None]
        if self.accelerator.is_main_process:
            found = [self.validate(self.average)]
        if self.accelerator.num_processes > 1:
            found = broadcast_object_list(found)
        figures: dict[str, float] = found[0]
        return figures

    def due(self, every: int) -> bool:
        return self.progress.step % every == 0

    def save(self) -> None:
        """Write the checkpoint; the main process does."""
        if self.accelerator.is_main_process:
            values = asdict(self.progress)
            scaler = self.accelerator.scaler
            save_checkpoint(self.checkpoint, *self.state(), values, scaler)
        self.saved = self.progress.step


def start_accelerator(precision: str, device: str = "auto") -> Accelerator:
    """An accelerator of this precision, whatever one an earlier training in the process had.

    Raises:
        InputError: no such device, or a precision that it does not have.
    """
    chosen = choose_device(device)
    if precision == "fp16" and chosen.type == "cpu":
        raise InputError("float16 needs a GPU: train in bfloat16 or float32 on a CPU")
    several = AcceleratorState._shared_state and AcceleratorState().num_processes > 1
    AcceleratorState._reset_state(reset_partial_state=not several)
    try:
        accelerator = Accelerator(
            cpu=chosen.type == "cpu",
            mixed_precision=precision,
            kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE_OF_PROCESSES)],
        )
    except ValueError as error:  # Some GPUs have no bfloat16.
        raise InputError(f"{chosen} cannot train in this precision: {error}") from None
    if accelerator.num_processes == 1:
        # It would choose the first GPU, whatever other one was asked for.
        accelerator.state.device = chosen
    return accelerator


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    for mean, value in zip(average.parameters(), model.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)


def _silent(_: str) -> None:
    """Processes but the first say nothing."""
