"""The loop, on a model of a few numbers."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import choose_device
from dna_protein_bca.io.folder_names import CHECKPOINT, METRICS
from dna_protein_bca.training.engine.accelerator import start_accelerator
from dna_protein_bca.training.engine.callbacks import Callback, StepReport
from dna_protein_bca.training.engine.config import WHOLE, LoopConfig, Part, learning_rate_at
from dna_protein_bca.training.engine.metrics import append_row
from dna_protein_bca.training.engine.trainer import NotFinite, Trainer, train


class Line(nn.Module):
    """y = w x + b, with dropout so that randomness matters."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1)
        self.drop = nn.Dropout(0.3)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.drop(x))


def line() -> Line:
    torch.manual_seed(1)
    return Line()


def batch(step: int) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(step)
    x = torch.randn(12, 3, generator=random)
    return x, x.sum(1, keepdim=True)


def losses(model: Line, step: int) -> dict[str, Tensor]:
    x, y = batch(step)
    return {"fit": ((model(x) - y) ** 2).mean(), "small": 1e-3 * model.layer.weight.square().sum()}


def config(steps: int = 20, **changes: Any) -> LoopConfig:
    values: dict[str, Any] = {
        "learning_rate": 0.05,
        "warmup": 3,
        "save_every": 5,
        "validate_every": 4,
    }
    return LoopConfig(steps, **{"learning_rate": 0.05, **values, **changes})


def rows(run: Path) -> list[dict[str, str]]:
    with open(run / METRICS, newline="") as file:
        return list(csv.DictReader(file))


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_learning_rate_warms_up_and_falls_to_a_hundredth() -> None:
    c = LoopConfig(100, learning_rate=1.0, warmup=10)
    assert learning_rate_at(c, 0) == pytest.approx(0.1)
    assert learning_rate_at(c, 9) == learning_rate_at(c, 10) == pytest.approx(1.0)
    assert learning_rate_at(c, 55) == pytest.approx(0.505)
    assert learning_rate_at(c, 100) == pytest.approx(0.01)


def test_learns_and_writes_a_row_every_few_steps(tmp_path: Path) -> None:
    said: list[str] = []
    found = train(line(), losses, tmp_path, config(60, learning_rate=0.1), report=said.append)
    table = rows(tmp_path)
    assert [int(row["step"]) for row in table] == list(range(4, 61, 4))
    assert float(table[-1]["fit"]) < 0.5 * float(table[0]["fit"])
    assert len(said) == len(table)
    x, y = batch(999)
    assert float(((found(x) - y) ** 2).mean()) < 0.25 * float((y**2).mean())


class StopAt(Callback):
    """Asks for an end as Ctrl-C and a cluster do."""

    def __init__(self, step: int, number: int = signal.SIGTERM) -> None:
        self.step, self.number = step, number

    def on_step(self, report: StepReport) -> None:
        if report.step == self.step:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_the_run_goes_on_bit_for_bit(tmp_path: Path, number: int) -> None:
    whole = Trainer(line(), losses, tmp_path / "whole", config(), report=lambda _: None)
    assert whole.run()
    before = signal.getsignal(number)
    stop = [StopAt(7, number)]
    first = Trainer(line(), losses, tmp_path / "cut", config(), callbacks=stop, report=str)
    assert not first.run()
    assert first.progress.step == 7
    assert signal.getsignal(number) is before
    second = Trainer(line(), losses, tmp_path / "cut", config(), report=str)
    assert second.run()
    assert same(whole.model, second.model) and same(whole.ema, second.ema)
    plain = [{k: v for k, v in row.items() if k != "seconds"} for row in rows(tmp_path / "cut")]
    other = [{k: v for k, v in row.items() if k != "seconds"} for row in rows(tmp_path / "whole")]
    assert plain == other


def test_rows_after_the_last_checkpoint_are_written_once(tmp_path: Path) -> None:
    stop = [StopAt(9)]
    Trainer(line(), losses, tmp_path, config(save_every=100), callbacks=stop, report=str).run()
    kept = (tmp_path / CHECKPOINT).read_bytes()
    Trainer(line(), losses, tmp_path, config(save_every=100), report=str).run()
    # As if the process had died after the row of step 16, before any further checkpoint.
    (tmp_path / CHECKPOINT).write_bytes(kept)
    Trainer(line(), losses, tmp_path, config(20), report=str).run()
    steps = [int(row["step"]) for row in rows(tmp_path)]
    assert steps == sorted(set(steps)) and steps[-1] == 20


def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    Trainer(line(), losses, tmp_path, config(6), report=str).run()
    kept = (tmp_path / CHECKPOINT).read_bytes()
    again = Trainer(line(), losses, tmp_path, config(6), report=str)
    assert again.run()
    assert (tmp_path / CHECKPOINT).read_bytes() == kept


def test_the_first_checkpoint_is_there_before_the_first_step(tmp_path: Path) -> None:
    seen: list[bool] = []

    def watched(model: Line, step: int) -> dict[str, Tensor]:
        seen.append((tmp_path / CHECKPOINT).exists())
        return losses(model, step)

    Trainer(line(), watched, tmp_path, config(1), report=str).run()
    assert seen == [True]


def test_a_loss_that_is_not_finite_names_step_batch_and_checkpoint(tmp_path: Path) -> None:
    def broken(model: Line, step: int) -> dict[str, Tensor]:
        terms = losses(model, step)
        return terms | {"fit": terms["fit"] * (float("nan") if step == 7 else 1)}

    trainer = Trainer(
        line(), broken, tmp_path, config(), describe=lambda step: f"pairs of {step}", report=str
    )
    with pytest.raises(NotFinite, match=r"at step 8: fit nan.*is of step 5.*pairs of 7"):
        trainer.run()
    resumed = Trainer(line(), losses, tmp_path, config(), report=str)
    resumed.resume()
    assert resumed.progress.step == 5
    assert all(bool(torch.isfinite(p).all()) for p in resumed.model.parameters())


def test_a_gradient_that_is_not_finite_never_reaches_the_weights(tmp_path: Path) -> None:
    def broken(model: Line, step: int) -> dict[str, Tensor]:
        terms = losses(model, step)
        # The square root of nothing: the value is fine, its slope is not.
        endless = (model.layer.weight * 0).abs().sum().sqrt()
        return terms | {"root": endless} if step == 7 else terms

    trainer = Trainer(line(), broken, tmp_path, config(save_every=1), report=str)
    with pytest.raises(NotFinite, match=r"gradient is not finite at step 8\..*is of step 7"):
        trainer.run()
    assert all(bool(torch.isfinite(p).all()) for p in trainer.model.parameters())


def test_a_precision_that_the_device_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    def old_gpu(**_: object) -> None:
        raise ValueError("bf16 mixed precision requires a supported device.")

    monkeypatch.setattr("dna_protein_bca.training.engine.accelerator.Accelerator", old_gpu)
    with pytest.raises(InputError, match="cpu cannot train in this precision: bf16 mixed"):
        start_accelerator("bf16", torch.device("cpu"))


def test_slow_steps_are_saved_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dna_protein_bca.training.engine.trainer.FIRST_SAVE", 0.0)
    seen: list[int] = []

    class Watch(Callback):
        def on_step(self, report: StepReport) -> None:
            seen.append(read_progress(tmp_path))

    trainer = Trainer(
        line(), losses, tmp_path, config(4, save_every=100), callbacks=[Watch()], report=str
    )
    trainer.run()
    # After the first step, and then at the end.
    assert seen == [0, 1, 1, 1] and read_progress(tmp_path) == 4


def read_progress(run: Path) -> int:
    with safe_open(run / CHECKPOINT, "pt") as file:
        return int(json.loads(file.metadata()["progress"])["step"])


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    class Twice(Callback):
        def on_step(self, report: StepReport) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    said: list[str] = []
    trainer = Trainer(line(), losses, tmp_path, config(), callbacks=[Twice()], report=said.append)
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    assert said == ["stopping after this step; press Ctrl-C again to stop at once"]


def test_a_metric_that_comes_later_gets_a_column(tmp_path: Path) -> None:
    append_row(tmp_path / METRICS, {"step": 1, "loss": 0.5})
    append_row(tmp_path / METRICS, {"step": 2, "loss": 0.4, "more": 7.0})
    assert rows(tmp_path) == [
        {"step": "1", "loss": "0.5", "more": ""},
        {"step": "2", "loss": "0.4", "more": "7.0"},
    ]


def test_a_device_or_precision_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no device 'cuda:99' here"):
        start_accelerator("no", choose_device("cuda:99"))
    with pytest.raises(InputError, match="float16 needs a GPU"):
        Trainer(line(), losses, tmp_path, config(precision="fp16"), device=torch.device("cpu"))


def test_stops_when_nothing_gets_better_and_keeps_the_best(tmp_path: Path) -> None:
    metrics = iter([0.1, 0.5, 0.4, 0.5, 0.3, 0.9])
    kept: list[tuple[str, int]] = []
    trainer = Trainer(
        line(),
        losses,
        tmp_path,
        config(40, monitor="val", patience=3),
        validate=lambda _: {"val": next(metrics)},
        keep=lambda name, _, row: kept.append((name, int(row["step"]))),
        report=str,
    )
    assert trainer.run()
    assert trainer.progress.step == 20 and trainer.progress.best_step == 8
    assert [step for name, step in kept if name == "best"] == [4, 8]
    assert [step for name, step in kept if name == "last"] == [4, 8, 12, 16, 20]


def kept_by(folder: Path, rows: list[dict[str, float]], **changes: Any) -> tuple[list[int], int]:
    """Steps at which the best weights were saved, and steps taken; a validation every 4 steps."""
    metrics, kept = iter(rows), list[int]()
    trainer = Trainer(
        line(),
        losses,
        folder,
        config(4 * len(rows), monitor="val", **changes),
        validate=lambda _: next(metrics),
        keep=lambda name, _, row: kept.append(int(row["step"])) if name == "best" else None,
        report=str,
    )
    assert trainer.run()
    assert trainer.progress.best_step == kept[-1]
    return kept, trainer.progress.step


def test_between_equal_values_another_metric_decides_and_keeps_patience(tmp_path: Path) -> None:
    tied = [{"val": 1.0, "loss": loss} for loss in (0.5, 0.4, 0.45, 0.3, 0.2, 0.1)]
    worse = [{"val": 0.9, "loss": 0.01}] * 3
    given: dict[str, Any] = {"patience": 2, "tie_break": "loss"}
    assert kept_by(tmp_path / "1", tied + worse, **given) == ([4, 8, 16, 20, 24], 32)
    given["tie_break"] = ""
    assert kept_by(tmp_path / "2", tied + worse, **given) == ([4], 12)


def test_the_lowest_value_may_be_the_best_and_no_value_never_is(tmp_path: Path) -> None:
    rows = [{"val": value} for value in (math.nan, 0.5, 0.7, 0.2, math.nan)]
    assert kept_by(tmp_path / "1", rows, lowest=True)[0] == [4, 8, 16]
    assert kept_by(tmp_path / "2", rows)[0] == [4, 8, 12]


def test_patience_counts_from_a_step_on(tmp_path: Path) -> None:
    limits = config(40, monitor="val", patience=2, patience_from=16)
    trainer = Trainer(line(), losses, tmp_path, limits, validate=lambda _: {"val": 0.5}, report=str)
    assert trainer.run()
    assert trainer.progress.step == 24 and trainer.progress.best_step == 4


@pytest.mark.parametrize("patience", [0, 2])
def test_a_finished_training_goes_on_when_it_becomes_longer(tmp_path: Path, patience: int) -> None:
    def end(steps: int, report: Any = str) -> int:
        limits = config(steps, monitor="val", patience=patience)
        trainer = Trainer(
            line(), losses, tmp_path, limits, validate=lambda _: {"val": 0.5}, report=report
        )
        assert trainer.run()
        return trainer.progress.step

    assert end(16) == (12 if patience else 16)
    # Of the same length it is over; two more validations are waited for where it is longer.
    assert end(16) == (12 if patience else 16)
    lines: list[str] = []
    assert end(32, lines.append) == (20 if patience else 32)
    assert "resuming at step 1" in lines[0]
    assert end(32) == (20 if patience else 32)


def test_parts_of_a_batch_add_up(tmp_path: Path) -> None:
    def split(model: Line, step: int, part: Part = WHOLE) -> dict[str, Tensor]:
        x, y = batch(step)
        # Drawn for the whole batch, as every part does.
        errors = ((model(x) - y) ** 2)[part.index :: part.count]
        return {"fit": errors.sum() / len(x)}

    once = Trainer(line(), split, tmp_path / "1", config(), report=str)
    thrice = Trainer(line(), split, tmp_path / "3", config(accumulate=3), report=str)
    assert once.run() and thrice.run()
    for a, b in zip(once.model.parameters(), thrice.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
    for one, three in zip(rows(tmp_path / "1"), rows(tmp_path / "3"), strict=True):
        assert float(one["fit"]) == pytest.approx(float(three["fit"]), abs=1e-5)


def test_groups_learn_at_rates_of_their_own(tmp_path: Path) -> None:
    model = line()
    before = model.layer.bias.detach().clone()
    groups = [
        {"params": [model.layer.weight], "scale": 1.0},
        {"params": [model.layer.bias], "scale": 0.0},
    ]
    Trainer(model, losses, tmp_path, config(weight_decay=0.0), groups=groups, report=str).run()
    assert torch.equal(model.layer.bias, before)


def test_callbacks_see_every_step_and_validation(tmp_path: Path) -> None:
    class Log(Callback):
        steps: list[StepReport] = []  # noqa: RUF012
        rows: list[int] = []  # noqa: RUF012
        ends: list[int] = []  # noqa: RUF012

        def on_step(self, report: StepReport) -> None:
            self.steps.append(report)

        def on_validation(self, row: Any, model: nn.Module) -> None:
            assert not model.training
            self.rows.append(int(row["step"]))

        def on_end(self, step: int) -> None:
            self.ends.append(step)

    log = Log()
    Trainer(
        line(), losses, tmp_path, config(6), callbacks=[log], samples=lambda _: 12, report=str
    ).run()
    assert [one.step for one in log.steps] == [1, 2, 3, 4, 5, 6]
    first = log.steps[0]
    assert first.loss == pytest.approx(sum(first.terms.values()))
    assert first.samples == 12 and first.steps == 6
    assert log.rows == [4, 6] and log.ends == [6]


def test_bfloat16_learns_too(tmp_path: Path) -> None:
    Trainer(
        line(), losses, tmp_path, config(60, learning_rate=0.1, precision="bf16"), report=str
    ).run()
    table = rows(tmp_path)
    assert float(table[-1]["fit"]) < 0.6 * float(table[0]["fit"])
