"""Train several times, test each, and put all together: one report, and one ensemble."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.evaluation import Odds, evaluate
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import BEST, ENSEMBLE
from dna_protein_bca.io.outputs import write_json
from dna_protein_bca.training.finetune.calibrate import MOST_PROTEINS
from dna_protein_bca.training.finetune.data import Inputs
from dna_protein_bca.training.finetune.fit import Fit, fit
from dna_protein_bca.training.finetune.prepare import Job, prepare
from dna_protein_bca.training.finetune.settings import TrainSettings

from .plan import By, Repeat, plan_folds, plan_replicates
from .report import write_report

if TYPE_CHECKING:
    from dna_protein_bca.evaluation import Evaluation

TESTED = "evaluation"
"""Folder of a repeat's results on the pairs that it is tested on."""


@dataclass(frozen=True)
class Repeats:
    """What several trainings left.

    Attributes:
        folder: of all, which `--model` takes as an ensemble.
        fits: of each training, as far as they came.
        finished: False where a signal stopped one of them.
    """

    folder: Path
    fits: list[Fit]
    finished: bool


def repeat(
    out: str | Path,
    inputs: Inputs,
    settings: TrainSettings,
    *,
    replicates: int | None = None,
    folds: int | None = None,
    by: By = "protein",
    init: str | Path | None = None,
    resume: bool = False,
    report: Callable[[str], None] = print,
    device: str = "auto",
    threads: int | None = None,
    **options: Any,
) -> Repeats:
    """Train several times, and write one report on all and an ensemble of all.

    Args:
        out: folder of all runs; see `plan` for what is in it.
        inputs: see `fit`.
        settings: of each training; replicates count their seeds up from its own.
        replicates: trainings on the same pairs.
        folds: trainings of which each leaves another part of the pairs out, and is tested on it.
        by: what is in one fold as a whole; see `plan_folds`.
        init, resume, report, device, threads, options: see `fit`.

    Raises:
        InputError: both or neither of replicates and folds, pairs that say themselves what is held
            out where folds are asked for, several processes, or see `fit`.
    """
    run = Path(out)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise InputError("replicates and folds train in one process: start them without torchrun")
    if (run / ENSEMBLE).exists() and not resume:
        raise InputError("holds a run already: pass --resume to go on, or give another", str(run))
    overlap = bool(options.get("allow_overlap"))
    job = prepare(inputs, settings, init=init, allow_overlap=overlap, threads=threads)
    planned = _plan(run, job, replicates, folds, by)
    options |= {"init": init, "resume": resume, "report": report}
    options |= {"device": device, "threads": threads}
    fits: list[Fit] = []
    for number, one in enumerate(planned, 1):
        report(f"{one.name} ({number} of {len(planned)})")
        fits.append(_fit(run / one.name, inputs, settings, one, options))
        if not fits[-1].finished:
            return Repeats(run, fits, False)
    _test(run, inputs, planned, folds is not None, device, threads)
    write_json(run / ENSEMBLE, {"members": [f"{one.name}/{BEST}" for one in planned]})
    return Repeats(run, fits, True)


def _fit(
    folder: Path, inputs: Inputs, settings: TrainSettings, one: Repeat, options: dict[str, Any]
) -> Fit:
    """One of the trainings."""
    if one.pairs is not None:
        # Its own table says what is held out, and names its columns as all others do.
        inputs = dataclasses.replace(inputs, pairs=one.pairs, validation=None, columns={})
    settings = dataclasses.replace(settings, seed=one.seed)
    return fit(out=folder, settings=settings, **vars(inputs), **options)


def _plan(run: Path, job: Job, replicates: int | None, folds: int | None, by: By) -> list[Repeat]:
    """The trainings to be done.

    Args:
        job: of all data, which was read to find what is wrong before the first training.
    """
    if (replicates is None) == (folds is None):
        raise InputError("give either --replicates or --folds")
    data, seed = job.data, job.settings.seed
    own = data.split in ("validation table", "column split")
    if replicates is not None:
        return plan_replicates(data, run, replicates, seed, own)
    assert folds is not None, "one of both is given"
    if own or data.note:
        raise InputError(
            "--folds divides all pairs: leave --validation out, and the column split of the pairs"
        )
    if not len(data.train):
        raise InputError("--folds divides pairs: give --pairs")
    return plan_folds(data, run, folds, by, seed)


def _test(
    run: Path,
    inputs: Inputs,
    planned: Sequence[Repeat],
    folds: bool,
    device: str,
    threads: int | None,
) -> None:
    """Evaluate every training on what it is tested on, and write the report on all."""
    if not len(planned[0].held):
        return
    assert inputs.dna is not None, "pairs have their DNA"
    options: dict[str, Any] = {"device": device, "threads": threads}
    options["odds"] = Odds(proteins=MOST_PROTEINS)
    results: dict[str, Evaluation] = {}
    for one in planned:
        place = run / one.name
        results[one.name] = evaluate(place / BEST, inputs.proteins, inputs.dna, one.held, **options)
        results[one.name].save(place / TESTED)
    together = None
    if not folds:
        weights = [locate(run / one.name / BEST) for one in planned]
        predictor = EnsemblePredictor.from_pretrained(weights, device, threads=threads)
        held = planned[0].held
        together = evaluate(predictor, inputs.proteins, inputs.dna, held, odds=options["odds"])
    write_report(run, results, together)
