"""What a training tells others: logging from Python, and the progress bar."""

from __future__ import annotations

from collections.abc import Mapping
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
