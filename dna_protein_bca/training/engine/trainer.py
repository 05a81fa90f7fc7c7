"""One readable loop: batches in, weights, their moving average and a table of losses out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import torch
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn
from torch.optim import Optimizer

from dna_protein_bca.io.folder_names import BEST, CHECKPOINT, LAST, METRICS

from .accelerator import start_accelerator
from .callbacks import Callback, StepReport
from .checkpoint import load_checkpoint, save_checkpoint
from .config import LoopConfig, Losses, Part, learning_rate_at, rank
from .metrics import append_row, drop_rows_after
from .optimizers import ParameterGroups, make_optimizers
from .signals import StopSignal

FIRST_SAVE = 20.0
"""Seconds of training after which a process saves for the first time, however slow its steps."""

Model = TypeVar("Model", bound=nn.Module)


class NotFinite(FloatingPointError):
    """A loss or gradient is NaN or infinite; names the step, the batch and the checkpoint."""


@dataclass
class Progress:
    """What a resumed training has to know; saved in the checkpoint.

    Attributes:
        step: steps taken.
        seconds: spent so far.
        best, best_step: the value of the monitored metric at the best validation, and its step.
        best_rank: of that validation, see `config.rank`.
        waited: validations since the best one.
        sums, counted: of the losses since the last validation.
        done: nothing is left to train.
        steps: length of the training, as it was when this was saved.
    """

    step: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_step: int = 0
    best_rank: list[float] | None = None
    waited: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    counted: int = 0
    done: bool = False
    steps: int = 0


def train(
    model: Model,
    losses: Callable[..., Losses],
    run: Path,
    config: LoopConfig,
    *,
    validate: Callable[[Model], dict[str, float]] | None = None,
    report: Callable[[str], None] = print,
) -> Model:
    """Train until `config.steps`, from where the run folder left off; returns the moving average.

    See `Trainer`, which has more to set.
    """
    trainer = Trainer(model, losses, run, config, validate=validate, report=report)
    trainer.run()
    return trainer.ema


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
        validate: metrics of the averaged model, every `validate_every` steps and at the end.
        report: takes one line of text now and then.
        keep: takes `best` or `last`, the averaged model and the row of the validation.
        callbacks: see `Callback`.
        describe: names the batch of a step, for the error about a loss that is not finite.
        samples: how many samples the batch of a step holds.
        groups: parameters with a `scale` each, a factor of the learning rate; None for all at 1.
        device: where the model learns; None for a GPU where there is one.

    Raises:
        InputError: the device does not have the precision of `config`.
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
        device: torch.device | None = None,
    ) -> None:
        self.accelerator = start_accelerator(config.precision, device)
        self.losses, self.config, self.folder = losses, config, run
        self.validate, self.keep, self.describe, self.samples = validate, keep, describe, samples
        main = self.accelerator.is_main_process
        self.report = report if main else _silent
        self.callbacks = callbacks if main else ()
        self.model = model.to(self.accelerator.device)
        self.ema = deepcopy(model).requires_grad_(False).eval()
        optimizers = make_optimizers(
            model, groups, config.learning_rate, config.muon, config.weight_decay
        )
        # The model is not wrapped: it has several entries, and gradients are summed below.
        self.optimizers = [self.accelerator.prepare(optimizer) for optimizer in optimizers]
        self.checkpoint = run / CHECKPOINT
        self.progress = Progress()
        self.stop = StopSignal(self.report)
        self.saved_step: int | None = None
        self.started = self.begun = time.monotonic()

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
                    early = self.saved_step == first and time.monotonic() > (
                        self.started + FIRST_SAVE
                    )
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
            self.progress.steps = self.config.steps
            self.save()
            return
        values = load_checkpoint(self.checkpoint, *self.learned(), self.accelerator.scaler)
        self.progress = Progress(**values)
        if 0 < self.progress.steps < self.config.steps:
            # It was finished, and is to go on.
            self.progress.done, self.progress.waited = False, 0
        self.progress.steps = self.config.steps
        self.progress.done |= self.progress.step >= self.config.steps
        self.saved_step = self.progress.step
        if self.accelerator.is_main_process:
            drop_rows_after(self.folder / METRICS, self.progress.step)
        if not self.progress.done:
            self.report(f"resuming at step {self.progress.step}")

    def learned(self) -> tuple[Model, Model, list[Optimizer]]:
        """What a checkpoint holds: the model, its moving average and the optimizers."""
        return self.model, self.ema, self.optimizers

    def step(self) -> bool:
        """One optimizer step; returns whether any process was asked to stop."""
        config, step = self.config, self.progress.step
        learning_rate = learning_rate_at(config, step)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * group.get("scale", 1.0)
        self.model.train()
        terms = self.backward(step)
        stopped = self.sum_gradients()
        self.clip_gradient(step)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.progress.step = step = step + 1
        _update_ema(self.ema, self.model, min(config.ema_decay, step / (step + 10)))
        for name, value in terms.items():
            self.progress.sums[name] = self.progress.sums.get(name, 0.0) + value
        self.progress.counted += 1
        self.report_step(terms, learning_rate)
        return stopped if self.accelerator.num_processes > 1 else self.stop.asked

    def report_step(self, terms: dict[str, float], learning_rate: float) -> None:
        """Tell the callbacks of a step that was taken."""
        if not self.callbacks:
            return
        step, seconds = self.progress.step, time.monotonic() - self.started
        samples = self.samples(step - 1) if self.samples else 0
        loss = sum(terms.values())
        report = StepReport(step, self.config.steps, loss, terms, learning_rate, samples, seconds)
        for callback in self.callbacks:
            callback.on_step(report)

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
                # Losses of batches that are never split need not know of parts.
                arguments = (self.model, step) if count == 1 else (self.model, step, part)
                terms = self.losses(*arguments)
            loss = torch.stack(list(terms.values())).sum()
            # The gradient of a NaN would reach the weights; its value is enough to stop.
            if torch.isfinite(loss) and loss.requires_grad:
                self.accelerator.backward(loss)
            for name, value in terms.items():
                totals[name] = totals.get(name, 0.0) + value.detach()
        values = torch.stack(list(totals.values())).float()
        if processes > 1:
            values = self.accelerator.reduce(values, "sum")
        losses = dict(zip(totals, values.tolist(), strict=True))
        if not all(map(math.isfinite, losses.values())):
            shown = ", ".join(f"{name} {value:.4g}" for name, value in losses.items())
            raise self.not_finite(f"the loss is not finite at step {step + 1}: {shown}", step)
        return losses

    def clip_gradient(self, step: int) -> None:
        """Cut the gradient to its largest norm; one that is not finite would end up in weights."""
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.config.clip)
        # In float16 some steps overflow, and the scaler skips them.
        if self.config.precision != "fp16" and not math.isfinite(norm):
            raise self.not_finite(f"the gradient is not finite at step {step + 1}", step)

    def not_finite(self, what: str, step: int) -> NotFinite:
        """The error about a step whose loss or gradient is not finite."""
        checkpoint = f" The last good checkpoint, {self.checkpoint}, is of step {self.saved_step}."
        # Resumed, the run would take the same steps.
        advice = " Begin another run, at a lower rate or without the pairs that it fails on."
        batch = f" The batch: {self.describe(step)}." if self.describe else ""
        return NotFinite(f"{what}.{checkpoint}{advice}{batch}")

    def sum_gradients(self) -> bool:
        """Sum the gradients over processes; returns whether any of several was asked to stop."""
        if self.accelerator.num_processes == 1:
            return False
        learning = [p for p in self.model.parameters() if p.requires_grad]
        flags = [*(p.grad is not None for p in learning), self.stop.asked]
        counts = torch.tensor(flags, dtype=torch.float32, device=self.accelerator.device)
        *present, stopped = self.accelerator.reduce(counts, "sum").tolist()
        moved = [p for p, processes in zip(learning, present, strict=True) if processes]
        grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in moved]
        if grads:
            flat = self.accelerator.reduce(torch.cat([g.flatten() for g in grads]), "sum")
            parts = flat.split([g.numel() for g in grads])
            for parameter, part in zip(moved, parts, strict=True):
                parameter.grad = part.view_as(parameter)
        return stopped > 0

    def after_step(self) -> None:
        """Validate where it is due, and see whether the training is done."""
        progress, config = self.progress, self.config
        last = progress.step >= config.steps
        progress.seconds = time.monotonic() - self.begun
        if not (last or self.due(config.validate_every)):
            return
        row: dict[str, float] = {"step": progress.step, "seconds": round(progress.seconds, 1)}
        row["rate"] = learning_rate_at(config, progress.step - 1)
        row |= {name: value / progress.counted for name, value in progress.sums.items()}
        progress.sums, progress.counted = {}, 0
        row |= self.run_validation()
        main = self.accelerator.is_main_process
        better = bool(config.monitor) and self.is_best(row)
        if better and self.keep and main:
            self.keep(BEST, self.ema, row)
        progress.done = last or 0 < config.patience <= progress.waited
        if self.keep and main:
            self.keep(LAST, self.ema, row)
        if main:
            append_row(self.folder / METRICS, row)
        self.report(" ".join(f"{name} {value:.4g}" for name, value in row.items()))
        for callback in self.callbacks:
            callback.on_validation(row, self.ema)

    def is_best(self, row: dict[str, float]) -> bool:
        """Whether no validation before was as good; remembers the best, and how long ago it was."""
        progress, of_row = self.progress, rank(self.config, row)
        better = progress.best_rank is None or of_row > progress.best_rank
        early = progress.step <= self.config.patience_from
        progress.waited = 0 if better or early else progress.waited + 1
        if better:
            progress.best, progress.best_step = row[self.config.monitor], progress.step
            progress.best_rank = of_row
        return better

    def run_validation(self) -> dict[str, float]:
        """Metrics of the averaged model, computed by the main process and sent to the others."""
        if self.validate is None:
            return {}
        metrics: list[dict[str, float]] = [{}]
        if self.accelerator.is_main_process:
            metrics = [self.validate(self.ema)]
        if self.accelerator.num_processes > 1:
            metrics = broadcast_object_list(metrics)
        return metrics[0]

    def due(self, every: int) -> bool:
        """Whether something that happens every so many steps happens after this one."""
        return self.progress.step % every == 0

    def save(self) -> None:
        """Write the checkpoint; the main process does."""
        if self.accelerator.is_main_process:
            values = asdict(self.progress)
            save_checkpoint(self.checkpoint, *self.learned(), values, self.accelerator.scaler)
        self.saved_step = self.progress.step


@torch.no_grad()
def _update_ema(ema: nn.Module, model: nn.Module, decay: float) -> None:
    for mean, value in zip(ema.parameters(), model.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)


def _silent(_: str) -> None:
    """Processes but the first say nothing."""
