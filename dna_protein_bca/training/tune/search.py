"""Train with one choice of settings after another, and keep a table of what each was worth."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import choose_device
from dna_protein_bca.io.folder_names import CONFIG, METRICS
from dna_protein_bca.io.outputs import atomic_path, write_json
from dna_protein_bca.training.engine.accelerator import start_accelerator
from dna_protein_bca.training.engine.metrics import read_metrics
from dna_protein_bca.training.engine.trainer import NotFinite
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.fit import Fit, fit
from dna_protein_bca.training.finetune.prepare import prepare
from dna_protein_bca.training.finetune.run_folder import checksum
from dna_protein_bca.training.finetune.settings import (
    ENCODER_RATE,
    LAST,
    LEARNING_RATE,
    LEARNING_RATE_FROM_WEIGHTS,
    TrainSettings,
)

from .space import FROM_SCRATCH, FROM_WEIGHTS, Range, Space, distributions

if TYPE_CHECKING:
    from optuna import Study

JOURNAL, RECORD, TRIALS = "study.journal", "tune.json", "trials.tsv"
"""In the folder of a search: Optuna's storage, what is searched, and the table of all trials."""


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes:
        folder: of all trials.
        best: folder of the best one's training; None where none has a value.
        value: of the monitored metric there.
        fits: the trainings of this call.
        finished: False where a signal stopped it; it can be resumed.
    """

    folder: Path
    best: Path | None
    value: float | None
    fits: list[Fit]
    finished: bool


def tune(
    out: str | Path,
    inputs: Inputs,
    settings: TrainSettings,
    *,
    trials: int,
    search: Space | None = None,
    init: str | Path | None = None,
    resume: bool = False,
    report: Callable[[str], None] = print,
    **options: Any,
) -> Tuned:
    """Search settings by the metric that chooses the best weights (`TrainSettings.monitor`).

    The first trial has the settings as they are, with `ENCODER_RATE` where the encoders' rate is
    searched and none is given; the others are drawn by Optuna's TPE sampler. All have the same
    validation pairs and the same seed, so that a search that is done again, or goes on after a
    stop, tries the same.

    Args:
        out: folder of the search: a training each in `trial-001` and so on, `trials.tsv`, and
            `config.json` of the best one, which `train --config` takes.
        inputs, init, options: see `fit`.
        settings: of every trial, but for what is searched.
        trials: how many; a resumed search may have more than it was begun with.
        search: what is tried; None for `FROM_WEIGHTS` with `init`, or else `FROM_SCRATCH`.
        resume: go on with the search in `out`.

    Raises:
        InputError: Optuna is not installed, a folder in use, a search of something else, or see
            `fit`.
    """
    if find_spec("optuna") is None:
        raise InputError("tune needs Optuna: pip install 'dna-protein-bca[tune]'")
    run = Path(out)
    space = search or (FROM_SCRATCH if init is None else FROM_WEIGHTS)
    record = _record(inputs, settings, space, init)
    _check_folder(run, record, resume)
    options |= {"init": init, "report": report}
    _check_inputs(inputs, _first(settings, space, init), options)
    run.mkdir(parents=True, exist_ok=True)
    write_json(run / RECORD, record)
    study = _study(run, settings, space, init)
    fits: list[Fit] = []
    for number in range(trials):
        if number < len(study.trials) and study.trials[number].state.is_finished():
            continue
        values = _ask(study, number, space, settings.seed)
        chosen = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        report(f"trial {number + 1} of {trials}: {chosen}")
        done = _train(run / f"trial-{number + 1:03d}", inputs, settings, values, options)
        if done is not None:
            fits.append(done)
            if not done.finished:
                return _found(run, study, fits, finished=False)
        _tell(study, number, done)
        _found(run, study, fits, finished=True)
    return _found(run, study, fits, finished=True)


def _record(
    inputs: Inputs, settings: TrainSettings, space: Space, init: str | Path | None
) -> dict[str, Any]:
    """What a search has to have in common with the one that it goes on with."""
    record = {
        "settings": dataclasses.asdict(settings),
        "search": {
            name: {"from": values.low, "to": values.high}
            if isinstance(values, Range)
            else list(values)
            for name, values in space.items()
        },
        "init": None if init is None else str(init),
        "checksums": {name: checksum(source) for name, source in inputs.sources.items()},
    }
    found: dict[str, Any] = json.loads(json.dumps(record))
    return found


def _check_folder(run: Path, record: dict[str, Any], resume: bool) -> None:
    """Refuse a folder in use, or a search of something else."""
    path = run / RECORD
    if run.exists() and not run.is_dir():
        raise InputError("is a file: give a folder for the search", str(run))
    if (run / CONFIG).is_file() and not path.is_file():
        raise InputError("holds a run already: give another folder", str(run))
    if path.is_file():
        if not resume:
            raise InputError(
                "holds a search already: pass --resume to go on, or give another", str(run)
            )
        before = json.loads(path.read_text(encoding="utf-8"))
        if differing := [name for name in record if before.get(name) != record[name]]:
            raise InputError(
                f"this search was begun otherwise: it differs in {', '.join(differing)}. Resume it "
                "with what it was begun with, or give another folder",
                str(path),
            )


def _first(settings: TrainSettings, space: Space, init: str | Path | None) -> TrainSettings:
    """Settings of a first trial: as they are, or else the lowest or the first that is tried."""
    from optuna.distributions import CategoricalDistribution

    values: dict[str, Any] = {}
    every: dict[str, Any] = {**distributions(space)}
    for name, tried in every.items():
        choices = isinstance(tried, CategoricalDistribution)
        values[name] = tried.choices[0] if choices else tried.low
    return dataclasses.replace(settings, **{**values, **_defaults(settings, space, init)})


def _check_inputs(inputs: Inputs, settings: TrainSettings, options: Mapping[str, Any]) -> None:
    """Refuse what no trial could learn from, before there is anything in the folder.

    Raises:
        InputError: as `fit` does, or nothing tells the trials apart.
    """
    start_accelerator(settings.precision, choose_device(options.get("device", "auto")))
    chosen = {name: options[name] for name in ("allow_overlap", "threads") if name in options}
    job = prepare(inputs, settings, init=options["init"], **chosen)
    if job.loop.monitor == LAST:
        raise InputError(
            "nothing tells the trials apart: what validates is of no protein that is trained on. "
            "Give a validation with pairs of these, or let the whole model learn: "
            f"--encoder-rate {ENCODER_RATE:g}"
        )


def _study(run: Path, settings: TrainSettings, space: Space, init: str | Path | None) -> Study:
    """The search in a folder; a new one begins with the settings as they are."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(logging.WARNING)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(run / JOURNAL))),
        study_name="tune",
        direction="minimize" if settings.monitor == "loss" else "maximize",
        load_if_exists=True,
    )
    if not study.trials:
        study.enqueue_trial(_defaults(settings, space, init))
    return study


def _defaults(settings: TrainSettings, space: Space, init: str | Path | None) -> dict[str, Any]:
    """The settings as they are, as far as the space has them."""
    values = {name: getattr(settings, name) for name in space}
    if values.get("rate", 0) is None:
        values["rate"] = LEARNING_RATE if init is None else LEARNING_RATE_FROM_WEIGHTS
    if values.get("encoder_rate", 0) is None:
        values["encoder_rate"] = ENCODER_RATE
    inside = {}
    for name, tried in space.items():
        value = values[name]
        if isinstance(tried, Range):
            there = value is not None and tried.low <= value <= tried.high
        else:
            there = value in tried
        if there:
            inside[name] = value
    return inside


def _ask(study: Study, number: int, space: Space, seed: int) -> dict[str, Any]:
    """The settings of a trial: new ones, or those of one that was stopped."""
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    if number < len(study.trials) and study.trials[number].state == TrialState.RUNNING:
        return dict(study.trials[number].params)
    # A sampler of its own for each trial, so that a resumed search draws what an unbroken one does.
    study.sampler = TPESampler(seed=seed + number)
    return dict(study.ask(distributions(space)).params)


def _tell(study: Study, number: int, done: Fit | None) -> None:
    """Note what a trial was worth; one without a value has failed."""
    from optuna.trial import TrialState

    value = None if done is None else done.best
    if value is None:
        study.tell(number, state=TrialState.FAIL)
    else:
        study.tell(number, value)


def _train(
    folder: Path,
    inputs: Inputs,
    settings: TrainSettings,
    values: dict[str, Any],
    options: dict[str, Any],
) -> Fit | None:
    """The training of a trial; None where its loss or gradient was not finite."""
    settings = dataclasses.replace(settings, **values)
    try:
        return fit(out=folder, settings=settings, resume=True, **vars(inputs), **options)
    except NotFinite as error:
        options["report"](f"this trial has no value: {error}")
        return None


def _found(run: Path, study: Study, fits: list[Fit], *, finished: bool) -> Tuned:
    """Write the table of all trials and the best one's settings."""
    from optuna.trial import TrialState

    complete = [trial for trial in study.trials if trial.state == TrialState.COMPLETE]
    _write_table(run, study)
    if not complete:
        return Tuned(run, None, None, fits, finished)
    best = run / f"trial-{study.best_trial.number + 1:03d}"
    with atomic_path(run / CONFIG) as path:
        shutil.copyfile(best / CONFIG, path)
    return Tuned(run, best, study.best_value, fits, finished)


def _write_table(run: Path, study: Study) -> None:
    import pandas as pd

    rows = []
    for trial in study.trials:
        name = f"trial-{trial.number + 1:03d}"
        rows.append({"trial": name, "state": trial.state.name.lower(), "value": trial.value})
        rows[-1] |= trial.params
        if measured := read_metrics(run / name / METRICS):
            rows[-1] |= {name: measured[-1].get(name) for name in ("step", "seconds")}
    with atomic_path(run / TRIALS) as path:
        pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
