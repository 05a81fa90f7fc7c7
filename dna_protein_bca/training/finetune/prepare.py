"""A training that is ready to run: its model, its data, its tasks and its length."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from dna_protein_bca.errors import counted, one_or_many
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.proteins.relatives import LEARNED, MeasuredProteins
from dna_protein_bca.training.engine.accelerator import made_by_the_first
from dna_protein_bca.training.engine.config import WHOLE, LoopConfig, Losses, Part
from dna_protein_bca.training.engine.optimizers import ParameterGroups
from dna_protein_bca.training.finetune.tasks.first_guesses import first_guesses
from dna_protein_bca.training.finetune.tasks.initial_motifs import find_initial_motifs
from dna_protein_bca.training.finetune.tasks.motifs import InitialMotifTask, MotifTask
from dna_protein_bca.training.finetune.tasks.own_motifs import learn_own_motifs, own_motifs
from dna_protein_bca.training.finetune.tasks.pairs import PairTask
from dna_protein_bca.training.finetune.tasks.proteins import TrainingProteins

from .data import Inputs, TrainingData, read_data
from .data.checks import check_monitor, check_training, check_validation
from .models import given_model, new_model
from .run_folder import Length, lengthened, own_counts
from .settings import (
    ENCODER_RATE,
    EPOCHS,
    EPOCHS_FROM_WEIGHTS,
    LAST,
    LEARNING_RATE,
    LEARNING_RATE_FROM_WEIGHTS,
    OWN_FACTOR,
    TrainSettings,
)
from .tasks import Task
from .trained import as_measured, with_learned, without_learned
from .validation import LOSS, PREFIX, validation_motifs

INITIAL_MOTIF_SHARE = 1 / 3
"""Of the steps in which motifs alone learn, the share in which only those discovered in the pairs
do."""

SCALE_FACTOR = 0.1
"""Factor of the learning rate for what puts a model's motifs on a scale (`scales`), from scratch:
computed from all features of a state at once, it would outrun the motifs and settle where they do
not count."""

FEWEST_STEPS = 20
"""Steps between two validations: short epochs are taken together, as validating takes time, too."""


@dataclass
class Job:
    """A training that is ready to run.

    Attributes:
        model: learns in place.
        data: what it learns from.
        proteins: its encoded proteins.
        tasks: what is learned; the first counts the samples of a step.
        settings: of the user.
        loop: the settings of the loop, in steps.
        steps_per_epoch: steps that show every pair once, or without pairs every protein.
        relatives: a `relatives.parquet` that travels along with the weights.
        scratch: whether the model has learned nothing before.
        notes: lines about the data for the user.
        length: of the run.
    """

    model: BindingModel
    data: TrainingData
    proteins: TrainingProteins
    tasks: list[Task]
    settings: TrainSettings
    loop: LoopConfig
    steps_per_epoch: int
    relatives: Path | None
    scratch: bool
    length: Length
    notes: Sequence[str] = ()

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The terms of all tasks."""
        terms: Losses = {}
        for task in self.tasks:
            terms |= task.losses(model, step, part)
        return terms

    def describe(self, step: int) -> str:
        """What a step's batch holds, for a message."""
        return "; ".join(task.describe(step) for task in self.tasks)

    def samples(self, step: int) -> int:
        """Pairs of a step, or proteins where there are no pairs."""
        return self.tasks[0].samples(step)

    def groups(self) -> ParameterGroups:
        """How fast each parameter learns: encoders of given weights and scales are slow."""
        model = self.model
        if (own := own_motifs(model)) is not None:
            single = [own.logits, model.to_bias.bias]
            # Decay would blunt the motifs, those of proteins that are not in a batch as well.
            return [{"params": single, "scale": OWN_FACTOR, "weight_decay": 0.0}]
        if self.scratch:
            slow, factor = scales(model), SCALE_FACTOR
        else:
            rate = self.settings.encoder_rate
            slow, factor = [*model.members.parameters()], ENCODER_RATE if rate is None else rate
            slow += [*model.joint.dna.parameters(), model.trust, model.sharpness]
        slower = set(slow)
        return [
            {"params": [p for p in model.parameters() if p not in slower], "scale": 1.0},
            {"params": [p for p in model.parameters() if p in slower], "scale": factor},
        ]


def prepare(
    inputs: Inputs,
    settings: TrainSettings,
    *,
    init: str | Path | None = None,
    allow_overlap: bool = False,
    threads: int | None = None,
    resumed: Path | None = None,
) -> Job:
    """Read the data, and build or load the model; the options are those of `fit`.

    Args:
        resumed: folder of a run that goes on, where it is there.

    Raises:
        InputError: as `fit` does.
    """
    folder = None if init is None else locate(init)
    torch.manual_seed(settings.seed)
    model = new_model(settings) if folder is None else given_model(folder, settings)
    own = _reads_own_motifs(model, settings, folder)
    data = read_data(
        inputs,
        model.features,
        split=settings.split,
        own_motifs=own,
        allow_overlap=allow_overlap,
        seed=settings.seed,
        threads=threads or 0,
    )
    check_training(data.train)
    held_motifs = validation_motifs(data)
    notes = check_validation(data.validation, held_motifs, data.train)
    check_monitor(settings.monitor, data.validation, bool(held_motifs))
    if data.note:
        notes = [data.note, *notes]
    job = _job(model, data, settings, folder, own=own)
    job.notes, steps = notes, job.loop.steps
    job.length = Length(steps, steps) if resumed is None else lengthened(resumed, steps)
    if job.scratch:
        _learn_motifs_first(job)
    if own:
        _learn_own_motifs(job, resumed)
    return job


def _reads_own_motifs(model: BindingModel, settings: TrainSettings, folder: Path | None) -> bool:
    """Whether given weights stay as they are, and motifs are learned that they read."""
    whole = settings.freeze or settings.encoder_rate is not None
    reads = folder is not None and (folder / RELATIVES).is_file()
    return reads and not whole and model.config.matching.relatives > 0


def _learn_own_motifs(job: Job, resumed: Path | None) -> None:
    """Let the proteins with a known domain learn motifs of their own, in place.

    Where none has one, the given weights learn as a whole.
    """
    start = _first_motifs(job, resumed)
    if not start:
        return
    assert job.proteins.relative_motifs is not None, "the given weights read relatives"
    own = learn_own_motifs(job.model, start)
    learned = as_measured(job.data, own.probabilities(), LEARNED)
    saved = with_learned(job.proteins.relative_motifs.measured, learned)
    job.proteins.learn_own(own, job.model.relative_motifs(saved))
    if without := len(job.data.trained) - len(start):
        job.notes = [
            *job.notes,
            f"{counted(without, 'protein')} without a known domain "
            f"{one_or_many(without, 'teaches', 'teach')} the model nothing: "
            f"--encoder-rate {ENCODER_RATE:g} lets the whole model learn",
        ]
    if not _judged(job.data):
        # Proteins that are not trained on are ranked much as before at every step.
        job.loop = dataclasses.replace(job.loop, monitor=LAST, lowest=False, patience=0)


def _first_motifs(job: Job, resumed: Path | None) -> dict[int, np.ndarray]:
    """What own motifs begin with, by the index of the protein.

    Those of a run that goes on are in its checkpoint, which takes the place of what stands here.
    """
    data, width = job.data, job.model.config.protein.width
    learn = {
        data.proteins[row].record.id: row for row in data.trained if data.proteins[row].domains
    }
    begun = {} if resumed is None else own_counts(resumed)
    if begun and begun.keys() == learn.keys():
        return {learn[name]: np.zeros((n, width, 4), np.float32) for name, n in begun.items()}
    return made_by_the_first(lambda: first_guesses(job.model, data, job.proteins))


def _judged(data: TrainingData) -> bool:
    """Whether the validation holds proteins that are trained on."""
    pairs = len(data.validation) and data.validation["protein"].isin(data.trained).any()
    return bool(pairs) or not (len(data.validation) or data.held_motifs)


def _job(
    model: BindingModel,
    data: TrainingData,
    settings: TrainSettings,
    folder: Path | None,
    *,
    own: bool,
) -> Job:
    """The job of a model and its data.

    Args:
        folder: of the given weights.
        own: whether the training proteins learn motifs of their own.
    """
    if settings.freeze:
        model.members.requires_grad_(False)
        model.joint.dna.requires_grad_(False)
    relatives = None if folder is None else folder / RELATIVES
    relative_motifs = None
    if relatives is not None and relatives.is_file():
        measured = MeasuredProteins.read(relatives)
        if own:
            # What they learn now takes the place of what they learned before.
            trained = (data.proteins[row].record.id for row in data.trained)
            measured = without_learned(measured, trained)
        relative_motifs = model.relative_motifs(measured)
    proteins = TrainingProteins(
        model,
        data.proteins,
        relative_motifs,
        hide=settings.hide,
        seed=settings.seed,
        frozen=settings.freeze,
    )
    scratch = folder is None
    pair_task = PairTask(model, data, proteins, settings) if len(data.train) else None
    motif_task = MotifTask(data.motifs, proteins, settings) if data.motifs else None
    tasks: list[Task] = [task for task in (pair_task, motif_task) if task is not None]
    epoch = _steps_per_epoch(pair_task, motif_task)
    loop = loop_config(settings, epoch, scratch=scratch)
    length = Length(loop.steps, loop.steps)
    return Job(model, data, proteins, tasks, settings, loop, epoch, relatives, scratch, length)


def _learn_motifs_first(job: Job) -> None:
    """Let a model from scratch learn motifs alone in the first share of the steps, in place.

    A run that was lengthened keeps the share that it was begun with: it is past it.
    """
    pair_task = job.tasks[0]
    if not isinstance(pair_task, PairTask):
        return
    steps = int(job.settings.match_share * job.length.begun_with)
    pair_task.match_steps = steps
    job.loop = dataclasses.replace(job.loop, patience_from=steps)
    if initial_motifs := find_initial_motifs(job.data):
        job.tasks.append(InitialMotifTask(initial_motifs, job.proteins, job.settings, steps))
        pair_task.initial_motif_steps = int(INITIAL_MOTIF_SHARE * steps)


def _steps_per_epoch(pair_task: PairTask | None, motif_task: MotifTask | None) -> int:
    if pair_task is not None:
        return pair_task.batcher.steps_per_epoch
    assert motif_task is not None, "there are pairs or motifs to learn from"
    return motif_task.steps_per_epoch


def scales(model: BindingModel) -> list[torch.nn.Parameter]:
    """What computes a motif's weight, gain and shift, and a protein's bias."""
    layers: list[torch.nn.Module] = [model.to_bias]
    for number in range(len(model.members)):
        layers += [model.member(number).decoded_scale, model.member(number).array_scale]
    return [parameter for layer in layers for parameter in layer.parameters()]


def loop_config(settings: TrainSettings, steps_per_epoch: int, *, scratch: bool) -> LoopConfig:
    """The settings of the loop, in steps."""
    epochs = settings.epochs or (EPOCHS if scratch else EPOCHS_FROM_WEIGHTS)
    steps = settings.steps if settings.steps is not None else epochs * steps_per_epoch
    every = max(1, min(steps_per_epoch, steps))
    while every < FEWEST_STEPS and every < steps:
        every += steps_per_epoch
    default = LEARNING_RATE if scratch else LEARNING_RATE_FROM_WEIGHTS
    return LoopConfig(
        steps=steps,
        learning_rate=settings.rate if settings.rate is not None else default,
        warmup=min(settings.warmup, max(1, steps // 10)),
        ema_decay=0.99,
        save_every=settings.save_every,
        validate_every=every,
        seed=settings.seed,
        precision=settings.precision,
        accumulate=settings.accumulate,
        monitor=PREFIX + settings.monitor,
        lowest=settings.monitor == "loss",
        tie_break=LOSS,
        patience=settings.patience,
    )
