"""The search for settings: what it tries, writes, and goes on with."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.training import Fit, TrainSettings
from dna_protein_bca.training.engine.config import LoopConfig
from dna_protein_bca.training.engine.trainer import NotFinite
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.settings import ENCODER_RATE, LAST, LEARNING_RATE
from dna_protein_bca.training.tune import search as module
from dna_protein_bca.training.tune import tune
from dna_protein_bca.training.tune.space import Range, parse_search

pytest.importorskip("optuna", reason="the extra tune is not installed")

SEARCH = {"rate": Range(1e-4, 1e-1), "batch_size": (16, 32)}
INPUTS = Inputs({"p": "MAG"})


class Trainings:
    """Stands in for `fit`: the nearer the rate is to 0.01, the better."""

    def __init__(self, stop_at: int = -1, diverge_at: int = -1) -> None:
        self.seen: list[TrainSettings] = []
        self.stop_at, self.diverge_at = stop_at, diverge_at

    def __call__(self, *, out: Path, settings: TrainSettings, **_: Any) -> Fit:
        number = len(self.seen)
        self.seen.append(settings)
        out.mkdir(exist_ok=True)
        (out / "config.json").write_text(json.dumps({"rate": settings.rate}))
        if number == self.diverge_at:
            raise NotFinite("the loss is not finite")
        assert settings.rate is not None
        value = -abs(settings.rate - 0.01)
        finished = number != self.stop_at
        return Fit(out, finished, 10, 10, value, "val_score", signal.SIGTERM)


class Prepared:
    """Stands in for `prepare`, of which only the monitored metric counts here."""

    def __init__(self, monitor: str = "val_score") -> None:
        self.seen: list[TrainSettings] = []
        self.loop = LoopConfig(steps=1, monitor=monitor)

    def __call__(self, inputs: Inputs, settings: TrainSettings, **_: Any) -> Prepared:
        self.seen.append(settings)
        return self


def _search(
    run: Path,
    fits: Trainings,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Any = None,
    **options: Any,
) -> Any:
    monkeypatch.setattr(module, "fit", fits)
    monkeypatch.setattr(module, "prepare", prepare or Prepared())
    given = {"trials": 8, "search": SEARCH, "report": str, "device": "cpu"} | options
    return tune(run, INPUTS, TrainSettings(batch_size=32), **given)


def test_the_first_trial_has_the_settings_as_they_are_and_the_best_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = Trainings()
    done = _search(tmp_path / "run", fits, monkeypatch)
    assert (fits.seen[0].rate, fits.seen[0].batch_size) == (LEARNING_RATE, 32)
    rates = [one.rate or 0 for one in fits.seen]
    assert len(set(rates)) == 8 and all(1e-4 <= rate <= 1e-1 for rate in rates)
    best = min(range(8), key=lambda number: abs(rates[number] - 0.01))
    assert done.best == tmp_path / "run" / f"trial-{best + 1:03d}"
    assert json.loads((tmp_path / "run" / "config.json").read_text())["rate"] == rates[best]
    table = pd.read_csv(tmp_path / "run" / "trials.tsv", sep="\t")
    assert table["state"].tolist() == ["complete"] * 8
    assert table["rate"].tolist() == pytest.approx(rates)


def test_a_search_that_was_stopped_goes_on_as_an_unbroken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Trainings()
    _search(tmp_path / "whole", whole, monkeypatch)
    first, second = Trainings(stop_at=3), Trainings()
    stopped = _search(tmp_path / "run", first, monkeypatch)
    assert not stopped.finished and len(first.seen) == 4
    with pytest.raises(InputError, match="--resume"):
        _search(tmp_path / "run", Trainings(), monkeypatch)
    done = _search(tmp_path / "run", second, monkeypatch, resume=True)
    assert done.finished
    # The trial that was stopped goes on with its own settings.
    assert second.seen[0] == first.seen[3]
    assert [*first.seen[:3], *second.seen] == whole.seen


def test_more_trials_and_another_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _search(tmp_path, Trainings(), monkeypatch, trials=2)
    more = Trainings()
    _search(tmp_path, more, monkeypatch, trials=3, resume=True)
    assert len(more.seen) == 1
    with pytest.raises(InputError, match="differs in search"):
        _search(tmp_path, more, monkeypatch, resume=True, search={"rate": Range(0.1, 0.2)})


def test_a_training_that_diverges_has_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _search(tmp_path, Trainings(diverge_at=1), monkeypatch, trials=3)
    assert done.finished and len(done.fits) == 2
    states = pd.read_csv(tmp_path / "trials.tsv", sep="\t")["state"]
    assert states.tolist() == ["complete", "fail", "complete"]


def _refuse(*_: Any, **__: Any) -> None:
    raise InputError("binary, not text: give a text file", "q.tsv")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prepare": _refuse}, r"^q\.tsv: binary"),
        ({"prepare": Prepared(LAST)}, "^nothing tells the trials apart"),
        ({"device": "quantum"}, "^no device 'quantum'"),
    ],
)
def test_what_no_trial_can_learn_from_leaves_nothing(
    given: dict, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, fits, said = tmp_path / "run", Trainings(), list[str]()
    for resume in (False, True):
        with pytest.raises(InputError, match=message):
            _search(run, fits, monkeypatch, report=said.append, resume=resume, **given)
    assert not run.exists() and not fits.seen and not said
    _search(run, fits, monkeypatch, trials=1)
    assert len(fits.seen) == 1


def test_a_search_that_is_refused_when_it_goes_on_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    _search(run, Trainings(stop_at=1), monkeypatch)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="binary"):
        _search(run, Trainings(), monkeypatch, prepare=_refuse, resume=True)
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert _search(run, Trainings(), monkeypatch, resume=True).finished


def test_inputs_are_checked_with_settings_of_a_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for search, field, value in (
        ({"encoder_rate": Range(0.03, 1.0)}, "encoder_rate", ENCODER_RATE),
        ({"encoder_rate": (0.7, 0.8)}, "encoder_rate", 0.7),
        ({"steps": Range(4.0, 6.0)}, "steps", 4),
    ):
        prepared = Prepared()
        run = tmp_path / f"{field} {value}"
        _search(run, Trainings(), monkeypatch, prepare=prepared, search=SEARCH | search, trials=1)
        found = getattr(prepared.seen[0], field)
        assert found == value and type(found) is type(value)


def test_what_is_searched() -> None:
    assert parse_search("rate=0.001..0.01") == ("rate", Range(0.001, 0.01))
    assert parse_search("batch-size=32,64") == ("batch_size", (32, 64))
    for wrong in ("rat=1,2", "seed=1,2", "rate=", "rate=2..1", "batch-size=1.5,2", "balance=1"):
        with pytest.raises(InputError, match="--search"):
            parse_search(wrong)
