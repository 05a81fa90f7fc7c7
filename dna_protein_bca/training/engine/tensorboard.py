"""Losses and metrics for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.folder_names import TENSORBOARD

from .callbacks import Callback, StepReport

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoard(Callback):
    """Writes losses, the learning rate and metrics of a run for TensorBoard.

    A run that goes on replaces what was written after its last checkpoint.

    Args:
        run: folder of the run; the files go to `tensorboard` in it.

    Raises:
        InputError: TensorBoard is not installed.
    """

    def __init__(self, run: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise InputError(
                "TensorBoard is not installed: pip install 'dna-protein-bca[tensorboard]'"
            ) from None
        self._make = SummaryWriter
        self._folder = run / TENSORBOARD
        self._writer: SummaryWriter | None = None

    def on_step(self, report: StepReport) -> None:
        writer = self._open(report.step)
        for name, value in report.terms.items():
            writer.add_scalar(f"loss/{name}", value, report.step)
        writer.add_scalar("loss/sum", report.loss, report.step)
        writer.add_scalar("learning rate", report.learning_rate, report.step)

    def on_validation(self, row: Mapping[str, float], model: torch.nn.Module) -> None:
        step = int(row["step"])
        for name, value in row.items():
            if name.startswith("val_"):
                self._open(step).add_scalar(f"validation/{name.removeprefix('val_')}", value, step)

    def on_end(self, step: int) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open(self, step: int) -> SummaryWriter:
        """The writer, from the first step on that this process takes."""
        if self._writer is None:
            self._writer = self._make(str(self._folder), purge_step=step)
        return self._writer


CALLBACKS = {"tensorboard": TensorBoard}
"""Names by which callbacks can be asked for -> what makes them from the folder of a run."""
