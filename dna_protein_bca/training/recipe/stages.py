"""The recipe of the bundled weights: `python -m dna_protein_bca.training.recipe --help`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from safetensors.torch import save_file

from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.datasets.sources.specificity import HELIX_POSITIONS, Fingers
from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.folder_names import BEST, RECIPE, RELATIVES
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import FLAT_NAMES, BindingConfig
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.proteins.domains import families, find_domains, profile_lengths
from dna_protein_bca.proteins.features import ProteinInput, protein_input
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.engine.trainer import LoopConfig, train

from . import specificity_metrics as metrics
from .contacts import ContactConfig, learn_contacts
from .joint_stage import JoinConfig, JoinTask, shrink_joint
from .joint_validation import Validation
from .sources import ALL, Sources, choose_sources
from .specificity_task import SpecificityTask, TaskConfig

SPLITS = {
    "heldout": ("train",),
    "release": ("train", "validation", "validation-pbm", "excluded", "reserved"),
}
"""Rows of the data set that weights of a kind may know."""


JOINT_DIM = 32
"""Width of the joint transformer: every pair pays for it, a reader's width is paid once."""

MATCH = {"temper": 0.5, "steepness": 10.0, "reach": 2, "level_windows": 256}
"""How motifs' votes are summed, chosen on validation: untempered votes cost Spearman, as does more
steepness; less steepness costs average precision. Fewer windows cost reciprocal rank."""

JOINT_SHARE = 0.25
"""How far to go from the match alone to the joint score, chosen on validation: the more of it, the
higher is Spearman and the lower are average precision and reciprocal rank."""

NO_FINGER = Fingers(["X" * len(HELIX_POSITIONS)], np.full((1, 4, 4), np.nan, np.float32))
"""Stands for the measured fingers where all are left out: nothing is known of it, or learned."""


def options(command: Callable) -> Callable:
    """What both stages are told."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("--data", type=click.Path(exists=True, path_type=Path), required=True),
        click.option("--run", type=path, required=True, help="Folder of the run."),
        click.option("--weights", type=click.Choice(list(SPLITS)), default="heldout"),
        click.option("--without", default="", help="Leave out proteins whose ids begin so."),
        click.option(
            "--sources",
            "named_sources",
            default="",
            metavar="NAMES",
            help="Learn from these sources alone (JASPAR,CIS-BP), or leave some out (-HOCOMOCO): "
            "how their names in the column source begin. Validation stays as it is.",
        ),
        click.option("--seed", default=0, show_default=True),
        click.option("--threads", default=1, show_default=True),
        click.option("--set", "settings", multiple=True, help="NAME=VALUE, for ablations."),
    ):
        command = option(command)
    return command


@click.group()
def main() -> None:
    """Train the bundled weights: readers first, then the joint transformer on top of them."""


@main.command("reader")
@click.option("--steps", default=2800, show_default=True)
@options
def train_reader(
    data: Path,
    run: Path,
    weights: str,
    steps: int,
    without: str,
    named_sources: str,
    seed: int,
    threads: int,
    settings: tuple,
) -> None:
    """Train one reader on measured motifs and single zinc fingers; resumes where RUN left off."""
    torch.set_num_threads(threads)
    sources = _sources(data, named_sources)
    run.mkdir(parents=True, exist_ok=True)
    changes = dict(_setting(text) for text in settings)
    lengths = tuple(profile_lengths()[family] for family in families())
    task_config, loop_config, config = (
        _changed(default, changes)
        for default in (
            TaskConfig(),
            LoopConfig(steps=steps, seed=seed, rate=2e-3, muon=0.02, validate_every=500),
            BindingConfig(lengths).replace(dim=64, motifs=2, latents=4),
        )
    )
    torch.manual_seed(seed)
    model = BindingModel(config)
    _note(
        run, weights=weights, without=without, sources=sources, loop=loop_config, task=task_config
    )
    task = _task(data, run, weights, task_config, seed, without, sources)
    validation, _, truth = read_measured(data, ("validation",), run)

    def validate(average: BindingModel) -> dict[str, float]:
        # By the motifs alone: the joint score of all 8-mers would take as long as the training.
        scores = metrics.score_kmers(average, validation, joint=False)
        rows = [metrics.against_motif(*pair) for pair in zip(scores, truth, strict=True)]
        return metrics.mean_metrics(rows, "match_")

    average = train(model, task.losses, run, loop_config, validate=validate)
    save_weights(average, run / BEST)


@main.command("join")
@click.option(
    "--reader",
    "readers",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="Weights of a finished reader (RUN/best); repeat for an ensemble.",
)
@click.option("--steps", default=350, show_default=True)
@click.option(
    "--calibration",
    type=click.Path(exists=True, path_type=Path),
    help="Weights whose calibration is taken, and none fitted (on proteins that are known).",
)
@options
def train_joint(
    data: Path,
    run: Path,
    weights: str,
    readers: tuple[Path, ...],
    steps: int,
    calibration: Path | None,
    without: str,
    named_sources: str,
    seed: int,
    threads: int,
    settings: tuple,
) -> None:
    """Learn contacts, and the joint transformer on finished readers; writes RUN/best."""
    torch.set_num_threads(threads)
    sources = _sources(data, named_sources)
    run.mkdir(parents=True, exist_ok=True)
    changes = dict(_setting(text) for text in settings)
    task_config, join_config, loop_config = (
        _changed(default, changes)
        for default in (
            TaskConfig(best=24, near=32, far=40, contrast=0.5),
            JoinConfig(),
            LoopConfig(steps=steps, seed=seed, muon=0.01, average=0.99, warmup=30),
        )
    )
    contacts = ContactConfig()
    configs = {"loop": loop_config, "task": task_config, "join": join_config, "contacts": contacts}
    _note(run, weights=weights, without=without, sources=sources, **configs)
    model = _assemble(readers, changes, seed)
    measured = _measured(data, weights, without, sources)
    model.invariants.learn(measured)
    model.contacts.copy_(
        learn_contacts(measured, model.config.matching.inverse_temperature, contacts, seed)
    )
    draws = _task(data, run, weights, task_config, seed, without, sources)
    task = JoinTask(model, draws, model.relative_motifs(measured), join_config)
    validation = Validation(data, measured, threads)
    average = train(model, task.losses, run, loop_config, validate=validation.measure)
    shrink_joint(average, JOINT_SHARE)
    save_weights(average, run / BEST, torch.float16)
    measured.save(run / BEST / RELATIVES)
    fitted = Calibration.read(calibration) if calibration else validation.calibration(average)
    if fitted:
        fitted.save(run / BEST)


def _assemble(readers: Sequence[Path], changes: dict[str, object], seed: int) -> BindingModel:
    """A model of finished readers, its joint transformer untrained."""
    parts = [load_model(folder) for folder in readers]
    torch.manual_seed(seed)
    shape: dict[str, Any] = {"readers": len(parts), "joint_dim": JOINT_DIM, **MATCH}
    model = BindingModel(_changed(parts[0].config.replace(**shape), changes))
    for member, part in zip(model.members, parts, strict=True):
        member.load_state_dict(part.member().state_dict())
    return model


def _sources(data: Path, names: str) -> Sources:
    try:
        return choose_sources(data, names)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--sources'") from None


def _task(
    data: Path,
    run: Path,
    weights: str,
    config: TaskConfig,
    seed: int,
    without: str,
    sources: Sources,
) -> SpecificityTask:
    known, motifs, scores = read_measured(data, SPLITS[weights], run, sources)
    if without:
        kept = [row for row, protein in enumerate(known) if not protein.id.startswith(without)]
        known, motifs, scores = [known[r] for r in kept], [motifs[r] for r in kept], scores[kept]
    fingers = specificity.read_fingers(data, sources.keep)
    return SpecificityTask(
        known, motifs, scores, fingers if fingers.helix else NO_FINGER, config, seed
    )


def _measured(data: Path, weights: str, without: str, sources: Sources) -> MeasuredProteins:
    table = specificity.read_proteins(data, SPLITS[weights], sources.keep).reset_index()
    if without:
        table = table[~table.protein_id.str.startswith(without)]
    motifs = specificity.relatives_motifs(data, sources.keep)
    return MeasuredProteins.from_tables(table, motifs, specificity.read_sources(data))


def _note(run: Path, **what: Any) -> None:
    """Write `recipe.json`; a run that was begun with other settings is not gone on with."""
    values = {
        name: value if isinstance(value, str) else dataclasses.asdict(value)
        for name, value in what.items()
    }
    text = json.dumps(values, indent=2) + "\n"
    path = run / RECIPE
    if path.exists() and path.read_text() != text:
        raise click.ClickException(f"{path}: this run has other settings; give another --run")
    path.write_text(text)


def read_measured(
    data: Path, splits: tuple[str, ...], run: Path, sources: Sources = ALL
) -> tuple[list[ProteinInput], list[list[np.ndarray]], np.ndarray]:
    """Proteins with motifs, the motifs, and their mean 8-mer scores; scores are kept in the run."""
    table = specificity.read_proteins(data, splits, sources.keep)
    motifs = specificity.read_motifs(data, table.index, sources.keep)
    table = table[[bool(motifs[protein]) for protein in table.index]]
    if not len(table):
        raise click.ClickException(
            f"{data}: no protein of the splits {', '.join(splits)} has a sequence and a motif "
            "from these --sources"
        )
    pairs = list(zip(table.index, table.sequence, strict=True))
    inputs = [
        protein_input(id, sequence, found)
        for (id, sequence), found in zip(pairs, find_domains(pairs), strict=True)
    ]
    kept = [protein for protein in inputs if protein.residues.size]
    cache = run / f"kmers-{'-'.join(splits)}.npy"
    if not cache.exists():
        means = [mean_kmer_scores(motifs[p.id]) for p in kept]
        np.save(cache, np.stack(means).astype(np.float16))
    return kept, [motifs[protein.id] for protein in kept], np.load(cache).astype(np.float32)


def save_weights(model: BindingModel, folder: Path, dtype: torch.dtype = torch.float32) -> None:
    """Write what `--model` takes: `config.json` and `model.safetensors`.

    Args:
        dtype: of the numbers in the file; what computes with them is float32 again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: value.to("cpu", dtype).contiguous() for name, value in model.state_dict().items()
    }
    save_file(tensors, folder / "model.safetensors")
    config = dataclasses.asdict(model.config)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def _setting(text: str) -> tuple[str, object]:
    name, value = text.split("=", 1)
    return name, json.loads(value)


def _changed(default: Any, changes: dict[str, object]) -> Any:
    if isinstance(default, BindingConfig):
        return default.replace(**{k: v for k, v in changes.items() if k in FLAT_NAMES})
    names = {field.name for field in dataclasses.fields(default)}
    return dataclasses.replace(default, **{k: v for k, v in changes.items() if k in names})
