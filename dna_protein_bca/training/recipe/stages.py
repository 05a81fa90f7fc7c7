"""The recipe of the bundled weights: `python -m dna_protein_bca.training.recipe --help`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.datasets.sources.specificity import HELIX_POSITIONS, Fingers
from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.folder_names import BEST, RECIPE, RELATIVES
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.proteins.domains import Domain, families, find_domains, profile_lengths
from dna_protein_bca.proteins.features import ProteinInput
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.engine.config import LoopConfig
from dna_protein_bca.training.engine.trainer import train
from dna_protein_bca.training.weights import save_weights

from . import specificity_metrics as metrics
from .contacts import ContactConfig, learn_contacts
from .joint_stage import JoinConfig, JoinTask, shrink_joint
from .joint_validation import Validation
from .settings import Changes, Config, read_settings
from .sources import ALL, Sources, choose_sources
from .specificity_task import SpecificityTask, TaskConfig

SPLITS = {
    "heldout": ("train",),
    "release": ("train", "validation", "validation-pbm", "excluded", "reserved"),
}
"""Kind of weights -> splits of the data set that they may know."""


JOINT_DIM = 32
"""Width of the joint transformer. It costs time for every pair, the width of a reader once for each
protein."""

MATCH = {"temper": 0.5, "steepness": 10.0, "reach": 2, "level_windows": 256}
"""How the votes of motifs are summed, chosen on validation: at a higher inverse temperature
(`temper`) or a larger scale (`steepness`) Spearman is lower, at a smaller scale average precision;
fewer background windows cost reciprocal rank."""

JOINT_SHARE = 0.25
"""How far to go from the match alone to the joint score, chosen on validation: the more of it, the
higher is Spearman and the lower are average precision and reciprocal rank."""

NO_FINGER = Fingers(["X" * len(HELIX_POSITIONS)], np.full((1, 4, 4), np.nan, np.float32))
"""Stands for the measured fingers where all are left out: none of its bases is measured, so that
nothing is learned of it."""


Features = Callable[[SequenceRecord, Sequence[Domain]], ProteinInput]
"""What a model reads of a protein and its domains: `BindingModel.features`."""


@dataclass(frozen=True)
class StageOptions:
    """The options that both stages have.

    Attributes:
        data: folder of the data set.
        run: folder of the stage.
        weights: `heldout` or `release`.
        without: beginning of the ids of proteins that are left out; empty for none.
        sources: which sources of the data set count.
        seed: of everything drawn at random.
        threads: CPU threads.
        settings: texts of `--set`.
    """

    data: Path
    run: Path
    weights: str
    without: str
    sources: Sources
    seed: int
    threads: int
    settings: tuple[str, ...]

    def changes(self, **parts: Config) -> dict[str, Changes]:
        """What `--set` changes in each part of the configuration."""
        try:
            return read_settings(self.settings, parts)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="'--set'") from None


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Decorator: add the options that both stages have."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("--data", type=click.Path(exists=True, path_type=Path), required=True),
        click.option("--run", type=path, required=True, help="Folder of the run."),
        click.option("--weights", type=click.Choice(list(SPLITS)), default="heldout"),
        click.option("--without", default="", help="Leave out proteins whose ids begin so."),
        click.option(
            "--sources",
            default="",
            metavar="NAMES",
            help="Learn from these sources alone (JASPAR,CIS-BP), or leave some out (-HOCOMOCO): "
            "how their names in the column source begin. Validation stays as it is.",
        ),
        click.option("--seed", default=0, show_default=True),
        click.option("--threads", default=1, show_default=True),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="PART.NAME=VALUE",
            help="Another setting than the recipe's, for ablations, such as task.window=60. PART "
            "(task, loop, model; of the stage join also join and contacts) may be left out where "
            "it alone has NAME.",
        ),
    ):
        command = option(command)
    return command


def _begin(given: dict[str, Any]) -> StageOptions:
    """Check the sources, and set the number of threads."""
    try:
        given["sources"] = choose_sources(given["data"], given["sources"])
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--sources'") from None
    stage = StageOptions(**given)
    torch.set_num_threads(stage.threads)
    return stage


@click.group()
def main() -> None:
    """Train the bundled weights: readers first, then the joint transformer on top of them."""


@main.command("reader")
@click.option("--steps", default=2800, show_default=True)
@options
def train_reader(steps: int, **given: Any) -> None:
    """Train one reader on measured motifs and single zinc fingers; resumes where RUN left off."""
    stage = _begin(given)
    lengths = tuple(profile_lengths()[family] for family in families())
    task_config, config = TaskConfig(), BindingConfig(lengths).replace(dim=64, motifs=2, latents=4)
    loop_config = LoopConfig(
        steps=steps, seed=stage.seed, learning_rate=2e-3, muon=0.02, validate_every=500
    )
    changes = stage.changes(task=task_config, loop=loop_config, model=config)
    task_config = dataclasses.replace(task_config, **changes["task"])
    loop_config = dataclasses.replace(loop_config, **changes["loop"])
    model = _new_model(changed_model(config, changes["model"]), stage.seed)
    note_settings(stage, loop=loop_config, task=task_config, model=model.config)
    task = make_task(stage, model.features, task_config)
    validation, _, truth = read_measured(stage.data, ("validation",), stage.run, model.features)

    def validate(ema: BindingModel) -> dict[str, float]:
        # By the motifs alone: the joint score of all 8-mers would take as long as the training.
        scores = metrics.score_kmers(ema, validation, joint=False)
        rows = [metrics.against_motif(*pair) for pair in zip(scores, truth, strict=True)]
        return metrics.mean_metrics(rows, "match_")

    ema = train(model, task.losses, stage.run, loop_config, validate=validate)
    save_weights(ema, stage.run / BEST)


@main.command("join")
@click.option(
    "--reader",
    "readers",
    multiple=True,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Weights of a finished reader (RUN/best); repeat for an ensemble.",
)
@click.option("--steps", default=350, show_default=True)
@click.option(
    "--calibration",
    type=click.Path(exists=True, path_type=Path),
    help="Weights whose calibration is used, and none fitted (on proteins that were trained on).",
)
@options
def train_joint(
    readers: tuple[Path, ...], steps: int, calibration: Path | None, **given: Any
) -> None:
    """Learn contacts, and the joint transformer on finished readers; writes RUN/best."""
    stage = _begin(given)
    task_config = TaskConfig(best=24, near=32, far=40, contrast=0.5)
    join_config, contact_config = JoinConfig(), ContactConfig()
    loop_config = LoopConfig(steps=steps, seed=stage.seed, muon=0.01, ema_decay=0.99, warmup=30)
    members = [load_model(folder) for folder in readers]
    config = members[0].config.replace(readers=len(members), joint_dim=JOINT_DIM, **MATCH)
    changes = stage.changes(
        task=task_config, join=join_config, contacts=contact_config, loop=loop_config, model=config
    )
    task_config = dataclasses.replace(task_config, **changes["task"])
    join_config = dataclasses.replace(join_config, **changes["join"])
    contact_config = dataclasses.replace(contact_config, **changes["contacts"])
    loop_config = dataclasses.replace(loop_config, **changes["loop"])
    model = _assemble(members, changed_model(config, changes["model"]), stage.seed)
    note_settings(
        stage,
        loop=loop_config,
        task=task_config,
        join=join_config,
        contacts=contact_config,
        model=model.config,
    )
    measured = read_relatives(stage)
    model.invariants.learn(measured)
    temperature = model.config.matching.inverse_temperature
    model.contacts.copy_(learn_contacts(measured, temperature, contact_config, stage.seed))
    draws = make_task(stage, model.features, task_config)
    task = JoinTask(model, draws, model.relative_motifs(measured), join_config)
    validation = Validation(stage.data, measured, stage.threads)
    ema = train(model, task.losses, stage.run, loop_config, validate=validation.measure)
    finish(ema, stage.run / BEST, measured, validation, calibration)


def finish(
    model: BindingModel,
    folder: Path,
    measured: MeasuredProteins,
    validation: Validation,
    calibration: Path | None,
) -> None:
    """Write what `--model` takes.

    Args:
        calibration: weights whose calibration is used; None to fit one.
    """
    shrink_joint(model, JOINT_SHARE)
    save_weights(model, folder, torch.float16)
    measured.save(folder / RELATIVES)
    fitted = Calibration.read(calibration) if calibration else validation.calibration(model)
    if fitted:
        fitted.save(folder)


def changed_model(config: BindingConfig, changes: Changes) -> BindingConfig:
    """The configuration of a model with what `--set` changes in it."""
    try:
        return config.replace(**changes)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--set'") from None


def _new_model(config: BindingConfig, seed: int) -> BindingModel:
    torch.manual_seed(seed)
    return BindingModel(config)


def _assemble(readers: Sequence[BindingModel], config: BindingConfig, seed: int) -> BindingModel:
    """A model of finished readers, its joint transformer untrained."""
    model = _new_model(config, seed)
    for member, reader in zip(model.members, readers, strict=True):
        member.load_state_dict(reader.member().state_dict())
    return model


def make_task(stage: StageOptions, features: Features, config: TaskConfig) -> SpecificityTask:
    """Batches drawn from the training proteins of a stage.

    Args:
        features: what the model reads of a protein.
    """
    inputs, motifs, scores = read_measured(
        stage.data, SPLITS[stage.weights], stage.run, features, stage.sources
    )
    if stage.without:
        rows = [i for i, one in enumerate(inputs) if not one.id.startswith(stage.without)]
        inputs, motifs, scores = [inputs[i] for i in rows], [motifs[i] for i in rows], scores[rows]
    fingers = specificity.read_fingers(stage.data, stage.sources.keep)
    if not fingers.helix:
        fingers = NO_FINGER
    return SpecificityTask(inputs, motifs, scores, fingers, config, stage.seed)


def read_relatives(stage: StageOptions) -> MeasuredProteins:
    """The training proteins of a stage as relatives of others."""
    splits, keep = SPLITS[stage.weights], stage.sources.keep
    table = specificity.read_proteins(stage.data, splits, keep).reset_index()
    if stage.without:
        table = table[~table.protein_id.str.startswith(stage.without)]
    motifs = specificity.relatives_motifs(stage.data, keep)
    return MeasuredProteins.from_tables(table, motifs, specificity.read_sources(stage.data))


def note_settings(stage: StageOptions, **configs: Config) -> None:
    """Write `recipe.json`; a run that was begun with other settings is not gone on with.

    Raises:
        click.ClickException: the folder holds a run of other settings.
    """
    chosen = {"weights": stage.weights, "without": stage.without}
    parts = {"sources": stage.sources, **configs}
    values = chosen | {name: dataclasses.asdict(part) for name, part in parts.items()}
    text = json.dumps(values, indent=2) + "\n"
    path = stage.run / RECIPE
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise click.ClickException(f"{path}: this run has other settings; give another --run")
    stage.run.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def read_measured(
    data: Path,
    splits: tuple[str, ...],
    run: Path,
    features: Features,
    sources: Sources = ALL,
) -> tuple[list[ProteinInput], list[list[np.ndarray]], np.ndarray]:
    """Proteins with motifs, the motifs, and their mean 8-mer scores, float32 [p, 32896].

    Args:
        run: folder where the scores are stored, as they take minutes.
        features: what the model reads of a protein.

    Raises:
        click.ClickException: no protein has a sequence and a motif.
    """
    table = specificity.read_proteins(data, splits, sources.keep)
    motifs = specificity.read_motifs(data, table.index, sources.keep)
    table = table[[bool(motifs[protein]) for protein in table.index]]
    if not len(table):
        raise click.ClickException(
            f"{data}: no protein of the splits {', '.join(splits)} has a sequence and a motif "
            "from these --sources"
        )
    records = [SequenceRecord(*pair) for pair in zip(table.index, table.sequence, strict=True)]
    domains = find_domains([(record.id, record.sequence) for record in records])
    inputs = [features(*pair) for pair in zip(records, domains, strict=True)]
    inputs = [protein for protein in inputs if protein.residues.size]
    stored = run / f"kmers-{'-'.join(splits)}.npy"
    if not stored.exists():
        means = [mean_kmer_scores(motifs[protein.id]) for protein in inputs]
        run.mkdir(parents=True, exist_ok=True)
        with atomic_path(stored) as partial, open(partial, "wb") as file:
            np.save(file, np.stack(means).astype(np.float16))
    scores = np.load(stored).astype(np.float32)
    return inputs, [motifs[protein.id] for protein in inputs], scores
