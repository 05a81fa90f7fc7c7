"""What TensorBoard reads of a training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dna_protein_bca.training.engine.callbacks import StepReport
from dna_protein_bca.training.engine.tensorboard import TensorBoard

pytest.importorskip("tensorboard", reason="TensorBoard is an extra")


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return {
        name: [(one.step, one.value) for one in events.Scalars(name)]
        for name in events.Tags()["scalars"]
    }


def test_losses_and_metrics_are_written_and_replaced_by_a_run_that_goes_on(
    tmp_path: Path,
) -> None:
    for first in (1, 3):
        callback = TensorBoard(tmp_path)
        for step in range(first, first + 3):
            callback.on_step(StepReport(step, 5, 0.5 * step, {"label": 0.5 * step}, 1e-3, 8, 1.0))
        row = {"step": float(first + 2), "val_auroc": 0.75, "rate": 1e-3}
        callback.on_validation(row, torch.nn.Identity())
        callback.on_end(first + 2)
    found = scalars(tmp_path / "tensorboard")
    assert found["loss/label"] == [(step, 0.5 * step) for step in range(1, 6)]
    assert found["validation/auroc"][-1] == (5, 0.75)
    assert {"loss/sum", "learning rate"} <= found.keys()
