"""Train on your own data: `fit`, which the command `train` calls."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import Accelerator

from dna_protein_bca.inference.loading import choose_device
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import Sequences
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.folder_names import METRICS, REPORT, RUN_FILES, WEIGHTS, WEIGHTS_FILES
from dna_protein_bca.io.outputs import refuse_inputs
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.training.engine.accelerator import start_accelerator
from dna_protein_bca.training.engine.callbacks import Callback
from dna_protein_bca.training.engine.metrics import read_metrics
from dna_protein_bca.training.engine.trainer import Trainer

from .calibrate import calibrate
from .data import Inputs, PairsTable
from .opening import opening
from .prepare import Job, prepare
from .run_folder import check_folder, describe_run, read_record, save_inputs
from .settings import LAST, TrainSettings
from .tasks.own_motifs import own_motifs
from .trained import provenance, save_trained
from .validation import Validator


@dataclass(frozen=True)
class Fit:
    """What a training left.

    Attributes:
        folder: of the run; `best` and `last` in it are what `--model` takes.
        finished: False where a signal stopped it; it can be resumed.
        step: steps taken.
        best_step: the step of the best weights.
        best: their value of the monitored metric; None without one, and where no validation chose.
        monitor: the name of that metric in `metrics.csv`.
        signal: number of the signal that stopped it, SIGTERM where another process had it.
    """

    folder: Path
    finished: bool
    step: int
    best_step: int
    best: float | None
    monitor: str
    signal: int = signal.SIGTERM


def fit(
    proteins: Sequences,
    out: str | Path,
    *,
    dna: Sequences | None = None,
    pairs: PairsTable | None = None,
    motifs: PathLike | None = None,
    validation: PairsTable | None = None,
    columns: Mapping[str, str] | None = None,
    init: str | Path | None = None,
    settings: TrainSettings | None = None,
    resume: bool = False,
    allow_overlap: bool = False,
    device: str = "auto",
    threads: int | None = None,
    callbacks: Sequence[Callback | str] = (),
    report: Callable[[str], None] = print,
    command: str = "",
) -> Fit:
    """Train a model, and write a run folder with weights, metrics and a report.

    Args:
        proteins, dna: FASTA paths, dicts of id to sequence, or (id, sequence) pairs.
        out: folder of the run.
        pairs: table with `protein_id`, `dna_id`, `label` (0 or 1) or `affinity` or both, and if
            wanted `weight`, and `split`: then `train` rows are trained on, `validation` rows
            validate, and `test` rows are left out. With both targets a row may leave one blank,
            and teaches the other.
        motifs: MEME file of measured motifs, named after their protein.
        validation: table like `pairs`, to choose the best weights by, in place of the rows that
            a column `split` names; None without such rows holds a seeded tenth of the pairs out.
        columns: what the tables call a column -> its own name; see `read_pairs`.
        init: weights to start from: a name, `release`, a folder; None starts from scratch.
        settings: see `TrainSettings`.
        resume: go on with the run in `out`, where there is one.
        allow_overlap: let pairs of the validation be trained on.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        threads: CPU threads, set for the whole process.
        callbacks: see `Callback`; or the name of one, `tensorboard`.
        report: takes one line of text now and then.
        command: how the training was asked for, for its record.

    Raises:
        InputError: what is wrong with the input; see `read_data` and `check_folder`.
        NotFinite: the loss or its gradient is NaN or infinite.
    """
    settings = settings or TrainSettings()
    if threads is not None:
        torch.set_num_threads(threads)
    run, folder = Path(out), None if init is None else locate(init)
    dna_read, own = _rereadable(dna), columns or {}
    inputs = Inputs(_rereadable(proteins), dna_read, pairs, motifs, validation, own)
    _keep_inputs(run, inputs, folder)
    accelerator = start_accelerator(settings.precision, choose_device(device))
    options = {"init": None if init is None else str(init), "allow_overlap": allow_overlap}
    shared: dict[str, Any] = {"init": init, "allow_overlap": allow_overlap, "threads": threads}
    job = prepare(inputs, settings, resumed=run if resume else None, **shared)
    record = _record(job, inputs, folder, options, settings, command)
    # Every process does, so that none waits for one that was refused.
    check_folder(run, record, resume)
    over = _is_over(run, job)
    accelerator.wait_for_everyone()
    trainer = make_trainer(job, run, device=device, callbacks=callbacks, report=report)
    lines = [*job.notes, *([] if over else opening(job, trainer, folder))]
    _begin(run, record, job, accelerator, over=over)
    for line in lines:
        trainer.report(line)
    return _train(trainer, run, device, threads)


def _callbacks(given: Sequence[Callback | str], run: Path) -> list[Callback]:
    """The callbacks, with those that are given by name made for the run."""
    from dna_protein_bca.training.engine.tensorboard import CALLBACKS

    return [CALLBACKS[one](run) if isinstance(one, str) else one for one in given]


def _keep_inputs(run: Path, inputs: Inputs, folder: Path | None) -> None:
    """Refuse a run whose files would be written over its inputs or its first weights."""
    weights = [] if folder is None else [folder, *(folder / name for name in WEIGHTS_FILES)]
    refuse_inputs(run, [*inputs.sources.values(), *weights], RUN_FILES)


def _record(
    job: Job,
    inputs: Inputs,
    folder: Path | None,
    options: dict[str, Any],
    settings: TrainSettings,
    command: str,
) -> dict[str, Any]:
    """What the run is made with; see `describe_run`."""
    options = {**options, "columns": dict(inputs.columns)}
    sources = inputs.sources | ({} if folder is None else {"init": folder / WEIGHTS})
    return describe_run(job.model, settings, sources, options, command)


def _begin(
    run: Path, record: dict[str, Any], job: Job, accelerator: Accelerator, *, over: bool
) -> None:
    """Write what the run reads; the report of a run that becomes longer goes."""
    if not accelerator.is_main_process:
        return
    if not over:
        (run / REPORT).unlink(missing_ok=True)
    machine = {"processes": accelerator.num_processes, "device": str(accelerator.device)}
    record |= {"length": job.length._asdict(), "machine": machine, "split": job.data.split}
    if (own := own_motifs(job.model)) is not None:
        names = (job.data.proteins[row].record.id for row in own.proteins)
        record["own_motifs"] = dict(zip(names, own.counts, strict=True))
    save_inputs(run, record, job.data)


def _is_over(run: Path, job: Job) -> bool:
    """Whether the run in a folder has a report, and is not to become longer."""
    before = (read_record(run) or {}).get("length") or {}
    return (run / REPORT).is_file() and before.get("steps") == job.length.steps


S = TypeVar("S")


def _rereadable(sequences: S) -> S | list[Any]:
    """Sequences that can be read twice: to train on, and for their checksum."""
    return list(sequences) if isinstance(sequences, Iterator) else sequences


def _train(trainer: Trainer[BindingModel], run: Path, device: str, threads: int | None) -> Fit:
    """Train, and write the report of a training that is finished."""
    validations = len(read_metrics(run / METRICS))
    finished = trainer.run()
    if finished and trainer.accelerator.is_main_process:
        from .report import write_report

        # A run that was finished before has its report, unless it was killed then.
        if len(read_metrics(run / METRICS)) > validations or not (run / REPORT).is_file():
            for line in calibrate(run, device=device, threads=threads):
                trainer.report(line)
            write_report(run, trainer.progress.best_step, device=device, threads=threads)
    progress = trainer.progress
    return Fit(
        run,
        finished,
        progress.step,
        progress.best_step,
        None if trainer.config.monitor == LAST else progress.best,
        trainer.config.monitor,
        trainer.stop.number or signal.SIGTERM,
    )


def make_trainer(
    job: Job,
    run: Path,
    *,
    device: str = "auto",
    callbacks: Sequence[Callback | str] = (),
    report: Callable[[str], None] = print,
) -> Trainer[BindingModel]:
    """The loop of a job, which writes into the folder `run` once it runs.

    Raises:
        InputError: there is no such device, or it does not have the precision.
    """
    validator = Validator(job.data, job.proteins)

    def keep(name: str, model: BindingModel, row: dict[str, float]) -> None:
        made = provenance(read_record(run) or {}, row)
        save_trained(model, run / name, job.data, job.relatives, made)

    return Trainer(
        job.model,
        job.losses,
        run,
        job.loop,
        validate=validator,
        report=report,
        keep=keep,
        callbacks=_callbacks(callbacks, run),
        describe=job.describe,
        samples=job.samples,
        groups=job.groups(),
        device=choose_device(device),
    )
