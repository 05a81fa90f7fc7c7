"""The stages in which a recipe makes weights; each writes one folder of the run."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from dna_protein_bca.inference.calibration import Calibration
from dna_protein_bca.inference.checksums import rewritten
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.inference.trust import TrustLevels
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import (
    BEST,
    CALIBRATION,
    COLLECTION,
    CONFIG,
    RELATIVES,
    TRUST_LEVELS,
    WEIGHTS,
)
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.proteins.collection import write_collection
from dna_protein_bca.training.engine.checkpoint import save_tensors
from dna_protein_bca.training.engine.trainer import train
from dna_protein_bca.training.weights import save_weights

from . import specificity_metrics as metrics
from .bound.proteins import HiddenProteins
from .bound.task import BoundTask, Lesson
from .configs import MemberConfig, Recipe, member_config, model_config
from .joint_stage import JoinTask, cut_direction, take_joint
from .materials import Materials
from .relatives.contacts import learn_contacts
from .relatives.trust import Trust, TrustSearch, set_trust, trust_of

CONTACTS = "contacts.safetensors"
TRUST = "trust.json"

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
    joint = (recipe.joint, recipe.matching, recipe.trust.start)
    return [
        *first,
        Stage("contacts", (recipe.contacts, recipe.matching), (), make_contacts),
        Stage("trust", (recipe.trust, recipe.matching), (*members, "contacts"), make_trust),
        Stage("joint", joint, (members[0], "contacts"), make_joint),
        Stage("assembly", recipe.assembly, (*members, "contacts", "trust", "joint"), make_assembly),
        Stage("calibration", recipe.calibration, ("assembly",), make_calibration),
        Stage("levels", recipe.calibration, ("assembly",), make_levels),
        Stage(MODEL, (), ("assembly", "calibration", "levels"), make_model),
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


def make_trust(place: Workplace, folder: Path) -> None:
    """Choose how much relatives count beside decoded motifs, or take what other weights chose."""
    config = place.recipe.trust
    if config.weights:
        choice = trust_of(load_model(locate(config.weights)))
    else:
        records, truth = place.materials.validation_records()
        most = max(config.relatives)
        search = TrustSearch(assemble(place), records, truth, place.materials.relatives, most)
        choice = search.best(config, place.report)
    with atomic_path(folder / TRUST) as partial:
        partial.write_text(json.dumps(dataclasses.asdict(choice)) + "\n", encoding="utf-8")


def make_joint(place: Workplace, folder: Path) -> None:
    """Train the joint transformer on the first member, which stays as it is."""
    config, materials = place.recipe.joint, place.materials
    model = assemble(place, place.recipe.trust.start, members=1)
    model.config = model.config.replace(level_windows=config.batch.odds_windows)
    model.members.requires_grad_(False)
    model.trust.requires_grad_(False)
    model.sharpness.requires_grad_(False)
    if config.cut:
        cut_direction(model, config.cut)
    draws = materials.task(config.task, config.loop.seed, model.features)
    bound = config.batch.bound
    dna = materials.bound_dna(bound.draw) if any(bound.shares) else None
    known = {protein.id for protein in draws.proteins}
    others = [name for name in (dna.names if dna else ()) if name not in known]
    proteins = [*draws.proteins, *materials.inputs(others, model.features)]
    hidden = HiddenProteins(
        model,
        proteins,
        model.relative_motifs(materials.relatives),
        config.batch.hiding,
        config.loop.seed,
    )
    task = JoinTask(draws, hidden, BoundTask(dna, hidden, bound) if dna else None, config.batch)

    lesson = Lesson(model)
    ema = train(lesson, task.losses, folder, config.loop, report=place.report)
    save_weights(ema.model, folder / BEST)


def make_assembly(place: Workplace, folder: Path) -> None:
    """Put all members, the contacts, the trust in relatives and the joint transformer together."""
    model = assemble_learned(place, read_trust(place.run))
    taken = place.recipe.assembly
    take_joint(model, taken.share, taken.gate)
    measured = place.materials.joint_validation.measure(model.eval())
    place.report(" ".join(f"{name} {value:.4g}" for name, value in measured.items()))
    save_weights(model, folder / BEST, torch.float16)


def make_calibration(place: Workplace, folder: Path) -> None:
    """Fit the calibration of probabilities, or take that of other weights."""
    weights = place.recipe.calibration.weights
    calibration: Calibration | None
    if weights:
        calibration = Calibration.read(locate(weights))
    else:
        model = load_model(place.run / "assembly" / BEST)
        calibration = place.materials.joint_validation.calibration(model)
    if calibration:
        calibration.save(folder)


def make_levels(place: Workplace, folder: Path) -> None:
    """Fit the levels of trust in predictions, or take those of other weights."""
    weights = place.recipe.calibration.weights
    levels: TrustLevels | None
    if weights:
        levels = TrustLevels.read(locate(weights))
    else:
        model = load_model(place.run / "assembly" / BEST)
        levels = place.materials.joint_validation.trust_levels(model, place.report)
    if levels:
        levels.save(folder)


def make_model(place: Workplace, folder: Path) -> None:
    """Put together what `--model` takes; the model card is written by hand."""
    with rewritten(folder):
        for name in (CONFIG, WEIGHTS):
            shutil.copyfile(place.run / "assembly" / BEST / name, folder / name)
        for stage, name in (("calibration", CALIBRATION), ("levels", TRUST_LEVELS)):
            fitted = place.run / stage / name
            if fitted.exists():
                shutil.copyfile(fitted, folder / name)
        place.materials.relatives.save(folder / RELATIVES)
        write_collection(folder / COLLECTION, place.materials.collection())


def read_trust(run: Path) -> Trust:
    """What the stage of that name has chosen."""
    values = json.loads((run / "trust" / TRUST).read_text(encoding="utf-8"))
    one, other = values.pop("trust")
    return Trust(**values, trust=(tuple(one), tuple(other)))


def assemble(
    place: Workplace, trust: Trust | None = None, members: int | None = None
) -> BindingModel:
    """The finished members and the contacts in one model, its joint transformer untrained.

    Args:
        trust: how relatives count; None where this is still to be chosen.
        members: only so many, the first; None for all.
    """
    recipe = place.recipe
    recipe = dataclasses.replace(recipe, members=recipe.members[:members])
    count = len(recipe.members)
    parts = [load_model(place.run / f"member-{number}" / BEST) for number in range(count)]
    torch.manual_seed(recipe.joint.loop.seed)
    config = model_config(recipe)
    if trust:
        config = config.replace(relatives=trust.relatives)
    model = BindingModel(config)
    for member, part in zip(model.members, parts, strict=True):
        member.load_state_dict(part.member().state_dict())
    model.invariants.learn(place.materials.relatives)
    model.contacts.copy_(load_file(place.run / "contacts" / CONTACTS)["contacts"])
    if trust:
        set_trust(model, trust)
    return model


def assemble_learned(place: Workplace, trust: Trust) -> BindingModel:
    """As `assemble`, with the joint transformer as it was learned, which counts as a whole."""
    model = assemble(place, trust)
    learned = load_model(place.run / "joint" / BEST)
    model.joint.load_state_dict(learned.joint.state_dict())
    return model
