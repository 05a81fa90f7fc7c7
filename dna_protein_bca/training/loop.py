"""One readable loop: batches in, weights, their moving average and a table of losses out."""

from __future__ import annotations

import csv
import math
import signal
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from .checkpoint import load_checkpoint, save_checkpoint


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


Losses = dict[str, Tensor]
Model = TypeVar("Model", bound=nn.Module)


def learning_rate(config: LoopConfig, step: int) -> float:
    """The rate at a step: linear warm-up, then half a cosine down to a hundredth."""
    if step < config.warmup:
        return config.rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def train(
    model: Model,
    losses: Callable[[Model, int], Losses],
    run: Path,
    config: LoopConfig,
    *,
    validate: Callable[[Model], dict[str, float]] | None = None,
    report: Callable[[str], None] = print,
) -> Model:
    """Train until `config.steps`, from where the run folder left off; returns the average.

    Args:
        model: updated in place.
        losses: the weighted terms of the loss at a step; they are summed.
        run: folder of `checkpoint.safetensors` and `metrics.csv`.
        validate: figures of the averaged model, every `validate_every` steps and at the end.
        report: takes one line of text now and then.

    Raises:
        FloatingPointError: the loss is not finite; the last checkpoint is as it was.
    """
    accelerator = Accelerator(cpu=not torch.cuda.is_available(), mixed_precision=config.precision)
    run.mkdir(parents=True, exist_ok=True)
    average = deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=config.decay)
    checkpoint = run / "checkpoint.safetensors"
    step = 0
    if checkpoint.exists():
        step = int(load_checkpoint(checkpoint, model, average, optimizer)["step"])
        report(f"resuming at step {step}")
    model, optimizer = accelerator.prepare(model, optimizer)
    average.to(accelerator.device)
    stop = _StopSignal()
    sums: dict[str, list[float]] = {}
    begun = time.monotonic()
    while step < config.steps and not stop.asked:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step)
        torch.manual_seed(hash((config.seed, step)) % 2**31)
        model.train()
        with accelerator.autocast():
            terms = losses(model, step)
        loss = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss is {float(loss)} at step {step}: {terms}")
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        _follow(average, model, min(config.average, step / (step + 10)))
        for name, value in terms.items():
            sums.setdefault(name, []).append(value.item())
        last = step == config.steps
        if step % config.save_every == 0 or last or stop.asked:
            save_checkpoint(checkpoint, model, average, optimizer, {"step": step})
        if step % config.validate_every == 0 or last:
            row = {"step": step, "seconds": round(time.monotonic() - begun, 1)}
            row |= {name: fmean(values) for name, values in sums.items()}
            if validate is not None:
                row |= validate(average.eval())
            _append(run / "metrics.csv", row)
            report(" ".join(f"{k} {v:.4g}" for k, v in row.items()))
            sums.clear()
    return average.eval()


class _StopSignal:
    """SIGTERM and Ctrl-C end the step in hand, so that what was learned is saved."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    for mean, value in zip(average.parameters(), model.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)


def _append(path: Path, row: dict[str, float]) -> None:
    new = not path.exists()
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)
