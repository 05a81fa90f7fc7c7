"""One readable loop: batches in, weights, their moving average and a table of losses out."""

from __future__ import annotations

import csv
import math
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn

from ..files import atomic_path
from .callbacks import Callback, StepReport
from .checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint

METRICS = "metrics.csv"


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast to train; saved in the run folder.

    Attributes:
        steps: optimizer steps in all.
        rate: the highest learning rate (AdamW), reached after `warmup` steps; cosine to a
            hundredth of it at the end.
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
ParameterGroups = list[dict[str, Any]]


class NotFinite(FloatingPointError):
    """The loss is NaN or infinite; the message names the step, the batch and the checkpoint."""


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
        cpu: keep to the CPU where there is a GPU.
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
        cpu: bool = False,
    ) -> None:
        self.accelerator = start_accelerator(config.precision, cpu)
        self.losses, self.config, self.folder = losses, config, run
        self.validate, self.keep, self.describe, self.samples = validate, keep, describe, samples
        main = self.accelerator.is_main_process
        self.report = report if main else _silent
        self.callbacks = callbacks if main else ()
        self.model = model.to(self.accelerator.device)
        self.average = deepcopy(model).requires_grad_(False).eval()
        parameters = groups or [{"params": list(model.parameters())}]
        optimizer = torch.optim.AdamW(parameters, lr=config.rate, weight_decay=config.decay)
        # The model is not wrapped: it has several entries, and gradients are summed below.
        self.optimizer = self.accelerator.prepare(optimizer)
        self.checkpoint = run / CHECKPOINT
        self.progress = Progress()
        self.saved: int | None = None

    def run(self) -> bool:
        """Train; returns False where a signal stopped it before its end.

        Raises:
            NotFinite: the loss is NaN or infinite.
            OSError: the disk is full; the last checkpoint is as it was.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.resume()
        self.begun = time.monotonic() - self.progress.seconds
        self.started = time.monotonic()
        try:
            with StopSignal() as stop:
                stopped = False
                while not self.progress.done and not stopped:
                    stopped = self.step(stop.asked)
                    self.after_step()
                    if stopped or self.progress.done or self.due(self.config.save_every):
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
        values = load_checkpoint(self.checkpoint, self.model, self.average, self.optimizer)
        self.progress = Progress(**values)
        self.progress.done |= self.progress.step >= self.config.steps
        self.saved = self.progress.step
        if self.accelerator.is_main_process:
            _drop_rows_after(self.folder / METRICS, self.progress.step)
        self.report(f"resuming at step {self.progress.step}")

    def step(self, stop: bool) -> bool:
        """One optimizer step; returns whether any process was asked to stop."""
        config, step = self.config, self.progress.step
        rate = learning_rate(config, step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        self.model.train()
        terms = self.backward(step)
        stop = self.share_gradients(stop)
        self.accelerator.clip_grad_norm_(self.model.parameters(), config.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.progress.step = step = step + 1
        _follow(self.average, self.model, min(config.average, step / (step + 10)))
        for name, value in terms.items():
            self.progress.sums[name] = self.progress.sums.get(name, 0.0) + value
        self.progress.counted += 1
        if self.callbacks:
            samples = self.samples(step - 1) if self.samples else 0
            seconds = time.monotonic() - self.started
            told = StepReport(
                step, config.steps, sum(terms.values()), terms, rate, samples, seconds
            )
            for callback in self.callbacks:
                callback.on_step(told)
        return stop

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
            raise NotFinite(self.not_finite(step, found))
        return found

    def not_finite(self, step: int, terms: dict[str, float]) -> str:
        """What to say of a loss that is not finite."""
        shown = ", ".join(f"{name} {value:.4g}" for name, value in terms.items())
        batch = f" The batch: {self.describe(step)}." if self.describe else ""
        kept = f" The last good checkpoint, {self.checkpoint}, is of step {self.saved}."
        return f"the loss is not finite at step {step + 1}: {shown}.{batch}{kept}"

    def share_gradients(self, stop: bool) -> bool:
        """Sum the gradients over processes; returns whether any was asked to stop."""
        if self.accelerator.num_processes == 1:
            return stop
        learned = [p for p in self.model.parameters() if p.requires_grad]
        flags = [*(p.grad is not None for p in learned), stop]
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
                    self.keep("best", self.average, row)
        progress.done = last or 0 < config.patience <= progress.waited
        if self.keep and main:
            self.keep("last", self.average, row)
        if main:
            _append(self.folder / METRICS, row)
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
            save_checkpoint(self.checkpoint, self.model, self.average, self.optimizer, values)
        self.saved = self.progress.step


def start_accelerator(precision: str, cpu: bool = False) -> Accelerator:
    """An accelerator of this precision, whatever one an earlier training in the process had."""
    several = AcceleratorState._shared_state and AcceleratorState().num_processes > 1
    AcceleratorState._reset_state(reset_partial_state=not several)
    return Accelerator(cpu=cpu or not torch.cuda.is_available(), mixed_precision=precision)


class StopSignal(AbstractContextManager["StopSignal"]):
    """SIGTERM and Ctrl-C end the step in hand, so that what was learned is saved."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignal:
        # Only the main thread may take signals.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, *_: object) -> None:
        self.asked = True


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    for mean, value in zip(average.parameters(), model.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)


def _append(path: Path, row: dict[str, float]) -> None:
    _write_rows(path, [*read_metrics(path), {name: str(value) for name, value in row.items()}])


def _drop_rows_after(path: Path, step: int) -> None:
    """Take out rows that a run wrote after its last checkpoint; it will write them again."""
    if path.exists():
        _write_rows(path, [row for row in read_metrics(path) if int(row["step"]) <= step])


def read_metrics(path: Path) -> list[dict[str, str]]:
    """The rows of a run's `metrics.csv`, as text; none where there is no file."""
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write_rows(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        if rows:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)


def _silent(_: str) -> None:
    """Processes but the first say nothing."""
