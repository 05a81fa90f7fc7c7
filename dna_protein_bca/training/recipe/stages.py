"""The stages in which a recipe makes weights; each writes one folder of the run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import (
    BEST,
    CALIBRATION,
    COLLECTION,
    CONFIG,
    RELATIVES,
    WEIGHTS,
)
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.proteins.collection import write_collection
from dna_protein_bca.training.engine.checkpoint import save_tensors
from dna_protein_bca.training.engine.trainer import train
from dna_protein_bca.training.weights import save_weights

from . import specificity_metrics as metrics
from .configs import MemberConfig, Recipe, member_config, model_config
from .contacts import learn_contacts
from .joint_stage import JoinTask, shrink_joint
from .materials import Materials

CONTACTS = "contacts.safetensors"

MODEL = "model"
"""The stage, and the folder of the run, that `--model` takes."""


@dataclass(frozen=True)
class Workplace:
    """Where the stages of a run work.

    Attributes:
        run: folder of the run; each stage has one of its name in it.
        recipe: what they make.
        materials: the data set as the recipe reads it.
        report: takes a line of text now and then.
    """

    run: Path
    recipe: Recipe
    materials: Materials
    report: Callable[[str], None] = print


@dataclass(frozen=True)
class Stage:
    """One step of a recipe.

    Attributes:
        name: of the stage, and of its folder in the run.
        settings: the part of the recipe that it depends on, data aside.
        needs: the stages whose folders it reads.
        make: writes its folder; goes on where an earlier try stopped.
    """

    name: str
    settings: Any
    needs: tuple[str, ...]
    make: Callable[[Workplace, Path], None]


def stages(recipe: Recipe) -> list[Stage]:
    """The stages of a recipe, in the order in which they can run."""
    members = tuple(f"member-{number}" for number in range(len(recipe.members)))
    first = [
        Stage(name, config, (), _member_maker(config))
        for name, config in zip(members, recipe.members, strict=True)
    ]
    joint = (recipe.joint, recipe.matching)
    return [
        *first,
        Stage("contacts", (recipe.contacts, recipe.matching), (), make_contacts),
        Stage("joint", joint, (*members, "contacts"), make_joint),
        Stage("calibration", recipe.calibration, ("joint",), make_calibration),
        Stage(MODEL, (), ("joint", "calibration"), make_model),
    ]


def _member_maker(config: MemberConfig) -> Callable[[Workplace, Path], None]:
    def make(place: Workplace, folder: Path) -> None:
        make_member(place, folder, config)

    return make


def make_member(place: Workplace, folder: Path, config: MemberConfig) -> None:
    """Train one member on measured motifs and single zinc fingers."""
    torch.manual_seed(config.loop.seed)
    model = BindingModel(member_config(config))
    task = place.materials.task(config.task, config.loop.seed, model.features)
    proteins, truth = place.materials.validation(model.features)

    def validate(ema: BindingModel) -> dict[str, float]:
        # By the motifs alone: the joint score of all 8-mers would take as long as the training.
        scores = metrics.score_kmers(ema, proteins, joint=False)
        rows = [metrics.against_motif(*pair) for pair in zip(scores, truth, strict=True)]
        return metrics.mean_metrics(rows, "match_")

    ema = train(model, task.losses, folder, config.loop, validate=validate, report=place.report)
    save_weights(ema, folder / BEST)


def make_contacts(place: Workplace, folder: Path) -> None:
    """Learn what each match state weighs in identities."""
    temperature = place.recipe.matching.inverse_temperature
    seed = place.recipe.joint.loop.seed
    weights = learn_contacts(
        place.materials.relatives, temperature, place.recipe.contacts, seed, place.report
    )
    save_tensors(folder / CONTACTS, {"contacts": weights})


def make_joint(place: Workplace, folder: Path) -> None:
    """Train the joint transformer on the finished members, which stay as they are."""
    config, relatives = place.recipe.joint, place.materials.relatives
    model = assemble(place)
    draws = place.materials.task(config.task, config.loop.seed, model.features)
    task = JoinTask(model, draws, model.relative_motifs(relatives), config.batch)
    validate = place.materials.joint_validation.measure
    ema = train(model, task.losses, folder, config.loop, validate=validate, report=place.report)
    shrink_joint(ema, config.share)
    save_weights(ema, folder / BEST, torch.float16)


def make_calibration(place: Workplace, folder: Path) -> None:
    """Fit the calibration of probabilities, or take that of other weights."""
    weights = place.recipe.calibration.weights
    calibration: Calibration | None
    if weights:
        calibration = Calibration.read(locate(weights))
    else:
        model = load_model(place.run / "joint" / BEST)
        calibration = place.materials.joint_validation.calibration(model)
    if calibration:
        calibration.save(folder)


def make_model(place: Workplace, folder: Path) -> None:
    """Put together what `--model` takes; the model card is written by hand."""
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(place.run / "joint" / BEST / name, folder / name)
    calibration = place.run / "calibration" / CALIBRATION
    if calibration.exists():
        shutil.copyfile(calibration, folder / CALIBRATION)
    place.materials.relatives.save(folder / RELATIVES)
    write_collection(folder / COLLECTION, place.materials.collection())


def assemble(place: Workplace) -> BindingModel:
    """The finished members and the contacts in one model, its joint transformer untrained."""
    recipe = place.recipe
    parts = [
        load_model(place.run / f"member-{number}" / BEST) for number in range(len(recipe.members))
    ]
    torch.manual_seed(recipe.joint.loop.seed)
    model = BindingModel(model_config(recipe))
    for member, part in zip(model.members, parts, strict=True):
        member.load_state_dict(part.member().state_dict())
    model.invariants.learn(place.materials.relatives)
    model.contacts.copy_(load_file(place.run / "contacts" / CONTACTS)["contacts"])
    return model
