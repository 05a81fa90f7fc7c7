"""What a training tells others: logging from Python, and its progress, as a bar or as lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import torch

if TYPE_CHECKING:
    from tqdm import tqdm


@dataclass(frozen=True)
class StepReport:
    """A step that was taken.

    Attributes:
        step: steps taken so far.
        steps: of the whole training.
        loss: the sum of `terms`.
        terms: the weighted losses of this step by name.
        learning_rate: the highest of the step's.
        samples: how many the step learned from.
        seconds: since this process began to train.
    """

    step: int
    steps: int
    loss: float
    terms: Mapping[str, float]
    learning_rate: float
    samples: int
    seconds: float


class Callback:
    """Receives what happens in a training; override what you need. Nothing is expected back."""

    def on_step(self, report: StepReport) -> None:
        """After every step."""

    def on_validation(self, row: Mapping[str, float], model: torch.nn.Module) -> None:
        """After every validation.

        Args:
            row: what was appended to `metrics.csv`.
            model: the moving average of the weights, in evaluation mode.
        """

    def on_end(self, step: int) -> None:
        """When the training ends, by itself, by a signal or by an error."""


BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} steps, {remaining} left{postfix}"
"""What tqdm shows: short enough for all of it, and some bar, on a line of 80 characters."""


class ProgressBar(Callback):
    """A bar on stderr with the loss, the learning rate, samples a second and the time left."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._samples = 0

    def on_step(self, report: StepReport) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=report.steps,
                initial=report.step - 1,
                bar_format=BAR,
                dynamic_ncols=True,
            )
        self._samples += report.samples
        self._bar.update(1)
        self._bar.set_postfix_str(
            f"loss {report.loss:.4g}, rate {report.learning_rate:.2g}, "
            f"{self._samples / max(report.seconds, 1e-9):.0f} samples/s"
        )

    def on_end(self, step: int) -> None:
        if self._bar is not None:
            self._bar.close()
            # Another training may follow.
            self._bar, self._samples = None, 0


EVERY = 60.0
"""Seconds between two lines about the progress of a training."""

FIRST = 10.0
"""Seconds after which the first of these lines is written."""


class ProgressLines(Callback):
    """A line a minute with the step, the loss, the learning rate and the time left, for a log.

    Args:
        report: takes each line.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._begun: int | None = None
        self._next = FIRST

    def on_step(self, report: StepReport) -> None:
        if self._begun is None:
            self._begun = report.step - 1
        if report.seconds < self._next or report.step == report.steps:
            return
        while self._next <= report.seconds:
            self._next += EVERY
        each = report.seconds / (report.step - self._begun)
        left = duration(each * (report.steps - report.step))
        self._report(
            f"step {report.step:,} of {report.steps:,}, loss {report.loss:.4g}, rate "
            f"{report.learning_rate:.2g}, {left} left"
        )

    def on_end(self, step: int) -> None:
        # Another training may follow.
        self._begun, self._next = None, FIRST


def duration(seconds: float) -> str:
    """A time for people to read, in the largest unit of which there are two or more."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} second{'s' * (round(seconds) != 1)}"
