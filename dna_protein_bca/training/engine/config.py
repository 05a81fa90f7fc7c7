"""How long and how fast to train, and what a loss is asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

Losses = dict[str, Tensor]
"""Weighted terms of a loss by name, scalars that are summed."""


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast to train; saved in the run folder.

    Attributes:
        steps: optimizer steps in all.
        learning_rate: the highest one (AdamW), reached after `warmup` steps; cosine to a hundredth
            of it at the end.
        muon: the highest learning rate of hidden layers' matrices under Muon (see
            `optimizers.py`), which takes the same course; 0 for AdamW throughout.
        warmup: steps in which the learning rate rises.
        weight_decay: of both optimizers.
        clip: largest norm of the gradient.
        ema_decay: decay of the exponential moving average (EMA) of the weights, which is what is
            saved.
        save_every, validate_every: in steps.
        precision: `no` for float32, `bf16` or `fp16` for mixed precision.
        seed: of everything drawn at random; each step draws from (seed, step), so that a resumed
            run goes on as an unbroken one.
        accumulate: parts of a batch that are computed one after the other, to save memory.
        monitor: the metric of the validation by which the best weights are chosen; none are where
            it is empty.
        lowest: the best value of it is the lowest, not the highest.
        tie_break: a metric that decides between validations with the same value of `monitor`; the
            lower, the better. Empty for the first of them.
        patience: validations without a better one after which training stops, 0 for never;
            counted from the step `patience_from` on.
    """

    steps: int
    learning_rate: float = 1e-3
    muon: float = 0.0
    warmup: int = 100
    weight_decay: float = 0.02
    clip: float = 1.0
    ema_decay: float = 0.998
    save_every: int = 200
    validate_every: int = 250
    seed: int = 0
    precision: str = "no"
    accumulate: int = 1
    monitor: str = ""
    lowest: bool = False
    tie_break: str = ""
    patience: int = 0
    patience_from: int = 0


@dataclass(frozen=True)
class Part:
    """A share of a batch: every `count`-th of its pieces, from `index` on."""

    index: int
    count: int


WHOLE = Part(0, 1)
"""All of a batch."""


def learning_rate_at(config: LoopConfig, step: int) -> float:
    """The learning rate of a step: linear warm-up, then half a cosine down to a hundredth."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    share = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


def rank(config: LoopConfig, row: Mapping[str, float]) -> list[float]:
    """How good a validation is: the later of two in the order of these lists is the better one.

    A metric that is missing or not a number is worse than any.
    """
    value = row.get(config.monitor, math.nan)
    tie = row.get(config.tie_break, math.nan)
    values = [-value if config.lowest else value, -tie]
    return [-math.inf if math.isnan(one) else one for one in values]
