"""Train on one's own data: `fit`, which the command `train` calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import (
    METRICS,
    RELATIVES,
    REPORT,
    RUN_FILES,
    WEIGHTS,
    WEIGHTS_FILES,
)
from dna_protein_bca.io.outputs import refuse_inputs
from dna_protein_bca.io.pairs import count_targets
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import FLAT_NAMES, BindingConfig
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.engine.callbacks import Callback
from dna_protein_bca.training.engine.metrics import read_metrics
from dna_protein_bca.training.engine.trainer import (
    LoopConfig,
    Losses,
    ParameterGroups,
    Part,
    Trainer,
    start_accelerator,
)

from .checks import check_training, check_validation
from .data import TrainingData, read_data
from .initial_motifs import find_seeds
from .motif_task import MotifTask, SeedTask
from .pair_task import WHOLE, PairTask
from .proteins import TrainingProteins
from .run_folder import check_folder, describe_run, save_inputs, save_weights
from .settings import RATE, RATE_FROM_WEIGHTS, TrainSettings
from .validation import MONITOR, Validator, validation_motifs

SEED_SHARE = 1 / 3
"""Share of the steps in which motifs alone learn, that those found in the pairs have alone."""

SCALES = 0.1
"""Factor of the rate for what puts a model's motifs on a scale (`scales`), from scratch: read from
all features of a state at once, it would outrun the motifs and settle where they do not count."""


@dataclass(frozen=True)
class Fit:
    """What a training left.

    Attributes:
        folder: of the run; `best` and `last` in it are what `--model` takes.
        finished: False where a signal stopped it; it can be resumed.
        step: steps taken; best_step: of the best weights; best: their monitored figure.
    """

    folder: Path
    finished: bool
    step: int
    best_step: int
    best: float | None


@dataclass
class Job:
    """A training that is ready to run: the model, its data, and what the loop is told.

    Attributes:
        notes: lines about the data that the user is told.
    """

    model: BindingModel
    data: TrainingData
    proteins: TrainingProteins
    tasks: list[Any]
    settings: TrainSettings
    loop: LoopConfig
    relatives: Path | None
    scratch: bool
    notes: Sequence[str] = ()

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The terms of all tasks."""
        found: Losses = {}
        for task in self.tasks:
            found |= task.losses(model, step, part)
        return found

    def describe(self, step: int) -> str:
        """What a step's batch holds, for a message."""
        return "; ".join(task.describe(step) for task in self.tasks)

    def samples(self, step: int) -> int:
        """Pairs of a step, or proteins where there are no pairs."""
        task = self.tasks[0]
        return task.samples(step) if isinstance(task, PairTask) else task.size

    def groups(self) -> ParameterGroups:
        """What learns at a lower rate: encoders of given weights, or scales from scratch."""
        model = self.model
        if self.scratch:
            apart, scale = scales(model), SCALES
        else:
            apart, scale = [*model.members.parameters()], self.settings.encoder_rate
            apart += [*model.joint.dna.parameters(), model.trust, model.sharpness]
        chosen = set(apart)
        return [
            {"params": [p for p in model.parameters() if p not in chosen], "scale": 1.0},
            {"params": [p for p in model.parameters() if p in chosen], "scale": scale},
        ]


def fit(
    proteins: Any,
    out: str | Path,
    *,
    dna: Any = None,
    pairs: Any = None,
    motifs: Any = None,
    validation: Any = None,
    init: str | Path | None = None,
    settings: TrainSettings | None = None,
    resume: bool = False,
    allow_overlap: bool = False,
    device: str = "auto",
    threads: int | None = None,
    callbacks: Sequence[Callback] = (),
    report: Callable[[str], None] = print,
) -> Fit:
    """Train a model, and write a run folder with weights, figures and a report.

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
        init: weights to start from: a name, `release`, a folder; None starts from scratch.
        settings: see `TrainSettings`.
        resume: go on with the run in `out`, where there is one.
        allow_overlap: let pairs of the validation be trained on.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        threads: CPU threads, set for the whole process.
        callbacks: see `Callback`.
        report: takes one line of text now and then.

    Raises:
        InputError: what is wrong with the input; see `read_data` and `check_folder`.
        NotFinite: the loss or its gradient is NaN or infinite.
    """
    settings = settings or TrainSettings()
    if threads is not None:
        torch.set_num_threads(threads)
    run = Path(out)
    folder = None if init is None else locate(init)
    begun = [] if folder is None else [folder, *(folder / name for name in WEIGHTS_FILES)]
    refuse_inputs(run, [proteins, dna, pairs, motifs, validation, *begun], RUN_FILES)
    accelerator = start_accelerator(settings.precision, device)
    main = accelerator.is_main_process
    inputs = {
        "proteins": _again(proteins),
        "dna": _again(dna),
        "pairs": pairs,
        "motifs": motifs,
        "validation": validation,
    }
    job = prepare(
        **inputs, init=init, settings=settings, allow_overlap=allow_overlap, threads=threads
    )
    given = {"init": None if init is None else str(init), "allow_overlap": allow_overlap}
    sources = inputs if folder is None else {**inputs, "init": folder / WEIGHTS}
    about = describe_run(job.model, settings, sources, given)
    # Every process does, so that none waits for one that was refused.
    check_folder(run, about, resume)
    accelerator.wait_for_everyone()
    if main:
        save_inputs(run, about | {"counts": counts(job.data)}, job.data)
        for line in job.notes:
            report(line)
    trainer = make_trainer(job, run, device=device, callbacks=callbacks, report=report)
    had = len(read_metrics(run / METRICS))
    finished = trainer.run()
    progress = trainer.progress
    if finished and main:
        from .report import write_report

        # A run that was finished before has its report, unless it was killed then.
        if len(read_metrics(run / METRICS)) > had or not (run / REPORT).is_file():
            write_report(run, device=device, threads=threads)
    return Fit(run, finished, progress.step, progress.best_step, progress.best)


def _again(source: Any) -> Any:
    """Sequences that can be read twice: to train on, and for their checksum."""
    return list(source) if isinstance(source, Iterator) else source


def prepare(
    proteins: Any,
    *,
    dna: Any = None,
    pairs: Any = None,
    motifs: Any = None,
    validation: Any = None,
    init: str | Path | None = None,
    settings: TrainSettings,
    allow_overlap: bool = False,
    threads: int | None = None,
) -> Job:
    """Read the data, and build or load the model; the arguments are those of `fit`."""
    folder = None if init is None else locate(init)
    torch.manual_seed(settings.seed)
    model = new_model(settings) if folder is None else given_model(folder, settings)
    data = read_data(
        proteins,
        model.features,
        dna=dna,
        pairs=pairs,
        motifs=motifs,
        validation=validation,
        split=settings.split,
        allow_overlap=allow_overlap,
        seed=settings.seed,
        threads=threads or 0,
    )
    check_training(data.train)
    notes = check_validation(data.validation, validation_motifs(data), data.train)
    if settings.freeze:
        model.members.requires_grad_(False)
        model.joint.dna.requires_grad_(False)
    relatives = None if folder is None else folder / RELATIVES
    context = None
    if relatives is not None and relatives.is_file():
        context = model.relative_motifs(MeasuredProteins.read(relatives))
    known = TrainingProteins(
        model,
        data.proteins,
        context,
        hide=settings.hide,
        seed=settings.seed,
        frozen=settings.freeze,
    )
    scratch = folder is None
    tasks, loop = _tasks(model, data, known, settings, scratch=scratch)
    said = [*([data.note] if data.note else []), *notes]
    return Job(model, data, known, tasks, settings, loop, relatives, scratch, said)


def _tasks(
    model: BindingModel,
    data: TrainingData,
    known: TrainingProteins,
    settings: TrainSettings,
    *,
    scratch: bool,
) -> tuple[list[Any], LoopConfig]:
    """What is learned, the pairs first, and for how long."""
    tasks: list[Any] = []
    if len(data.train):
        tasks.append(PairTask(model, data, known, settings))
    if data.motifs:
        tasks.append(MotifTask(data.motifs, known, settings))
    epoch = (tasks[0].batcher if len(data.train) else tasks[0]).steps_per_epoch
    loop = loop_config(settings, epoch, RATE if scratch else RATE_FROM_WEIGHTS)
    if scratch and len(data.train):
        steps = tasks[0].match_steps = int(settings.match_share * loop.steps)
        loop = dataclasses.replace(loop, patience_from=steps)
        if seeds := find_seeds(data):
            tasks.append(SeedTask(seeds, known, settings, steps))
            tasks[0].seed_steps = int(SEED_SHARE * steps)
    return tasks, loop


def scales(model: BindingModel) -> list[torch.nn.Parameter]:
    """What reads a motif's weight, gain and shift, and a protein's bias."""
    layers: list[torch.nn.Module] = [model.to_bias]
    for number in range(len(model.members)):
        layers += [model.member(number).decoded_scale, model.member(number).array_scale]
    return [parameter for layer in layers for parameter in layer.parameters()]


def new_model(settings: TrainSettings) -> BindingModel:
    """A model from scratch.

    Raises:
        InputError: a field that the architecture does not have, or a value that it cannot take.
    """
    # Motifs of a reader that has learned nothing have no scale to be put on.
    values: dict[str, Any] = {"relatives": 0, "standardised": False}
    values |= {"protein_region": settings.protein_region, **settings.architecture}
    known = FLAT_NAMES.keys()
    if unknown := sorted(values.keys() - known):
        raise InputError(
            f"no field {', '.join(unknown)} of the architecture: give one of {', '.join(known)}"
        )
    lengths = tuple(profile_lengths().values())
    try:
        return BindingModel(BindingConfig(lengths).replace(**values))
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise InputError(f"the architecture cannot be built: {error}") from None


def given_model(folder: Path, settings: TrainSettings) -> BindingModel:
    """The model to start from.

    Raises:
        InputError: the settings ask for another architecture; names the fields that differ.
    """
    model = load_model(folder)
    config = model.config.flat()
    wanted = dict(settings.architecture)
    if settings.protein_region != "domains":
        wanted["protein_region"] = settings.protein_region
    differing = [
        f"{name} (the weights have {config.get(name)!r}, {value!r} was asked for)"
        for name, value in wanted.items()
        if config.get(name) != value
    ]
    if differing:
        raise InputError(
            f"weights of another architecture: they differ in {', '.join(differing)}", str(folder)
        )
    return model


def loop_config(settings: TrainSettings, steps_per_epoch: int, rate: float) -> LoopConfig:
    """What the loop is told, in steps."""
    steps = settings.steps if settings.steps is not None else settings.epochs * steps_per_epoch
    # Short training sets have short epochs, and validating takes time as well.
    every = max(1, min(steps_per_epoch, steps))
    while every < 20 and every < steps:
        every += steps_per_epoch
    return LoopConfig(
        steps=steps,
        rate=settings.rate if settings.rate is not None else rate,
        warmup=min(settings.warmup, max(1, steps // 10)),
        average=0.99,
        save_every=settings.save_every,
        validate_every=every,
        seed=settings.seed,
        precision=settings.precision,
        accumulate=settings.accumulate,
        monitor=MONITOR,
        patience=settings.patience,
    )


def make_trainer(
    job: Job,
    run: Path,
    *,
    device: str = "auto",
    callbacks: Sequence[Callback] = (),
    report: Callable[[str], None] = print,
) -> Trainer[BindingModel]:
    """The loop with everything that it is told."""
    validator = Validator(job.data, job.proteins)

    def keep(name: str, average: BindingModel, row: dict[str, float]) -> None:
        save_weights(
            average,
            run / name,
            calibration=validator.calibration(),
            relatives=job.relatives,
            proteins=job.data,
        )

    return Trainer(
        job.model,
        job.losses,
        run,
        job.loop,
        validate=validator,
        report=report,
        keep=keep,
        callbacks=callbacks,
        describe=job.describe,
        samples=job.samples,
        groups=job.groups(),
        device=device,
    )


def counts(data: TrainingData) -> dict[str, Any]:
    """How much there is to learn from."""
    found: dict[str, Any] = {
        "proteins": len(data.proteins),
        "dna": len(data.dna),
        "train_pairs": len(data.train),
        "validation_pairs": len(data.validation),
        "pairs_left_out": data.left_out,
        "proteins_with_motifs": len(data.motifs),
        "proteins_with_motifs_held_out": len(data.held_motifs),
    }
    for name in ("train", "validation"):
        part = getattr(data, name)
        found |= {f"{name}_{target}": count for target, count in count_targets(part).items()}
        if "label" in part:
            found[f"{name}_positives"] = int(part["label"].sum())
    return found | {f"{name}_of_other_splits": number for name, number in data.unused.items()}
