"""Runs the stages of a recipe: those that are not done yet, or the ones that are named."""

from __future__ import annotations

import dataclasses
import difflib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.folder_names import STAGE
from dna_protein_bca.io.outputs import write_json

from .configs import Recipe
from .stages import Stage, Workplace, stages

LATER = {"encoder": "profile", "fold": "", "cut": ""}
"""Settings that older runs do not name -> what these were made with."""


def run_stages(place: Workplace, named: Sequence[str] = ()) -> None:
    """Make the weights of a recipe, from where the run left off.

    Args:
        place: the run.
        named: stages that are made again from nothing, and no others; the stages that read what
            they make are then no longer done. Empty for all that are not done.

    Raises:
        InputError: no such stage, a stage that a named one reads is not done, or a folder was made
            with other settings.
    """
    known = {stage.name: stage for stage in stages(place.recipe)}
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, cutoff=0) or list(known)
            raise InputError(f"there is no stage {name!r}; the nearest are {', '.join(near)}")
        _forget(place.run, known, name)
    for name in named or known:
        finish_stage(place, name)


def finish_stage(place: Workplace, name: str) -> None:
    """Make one stage from where the run left off, unless it is done.

    Raises:
        InputError: a stage that it reads is not done, or a folder was made with other settings.
    """
    known = {stage.name: stage for stage in stages(place.recipe)}
    stage = known[name]
    for need in stage.needs:
        if not is_done(place, known[need]):
            raise InputError(f"stage {name} reads {need}, which is not done", place.run)
    if not is_done(place, stage):
        _make(place, stage)


def is_done(place: Workplace, stage: Stage) -> bool:
    """Whether a stage is done.

    Raises:
        InputError: its folder was made with other settings.
    """
    path = place.run / stage.name / STAGE
    if not path.exists():
        return False
    record = json.loads(path.read_text(encoding="utf-8"))
    if differing := _differences(record["settings"], settings_of(place.recipe, stage)):
        changed = ", ".join(differing)
        raise InputError(
            f"stage {stage.name} was made with other settings ({changed}): give another --run, or "
            f"make it again with --stage {stage.name}",
            path,
        )
    return bool(record["done"])


def settings_of(recipe: Recipe, stage: Stage) -> Any:
    """What a stage is made with, as JSON gives it back."""
    plain = {"data": recipe.data, "stage": stage.settings}
    return json.loads(json.dumps(plain, default=_as_plain))


def _as_plain(value: Any) -> Any:
    return dataclasses.asdict(value)


def _make(place: Workplace, stage: Stage) -> None:
    folder = place.run / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    _record(place, stage, done=False)
    place.report(f"stage {stage.name}")
    stage.make(place, folder)
    _record(place, stage, done=True)


def _record(place: Workplace, stage: Stage, *, done: bool) -> None:
    record = {"settings": settings_of(place.recipe, stage), "done": done}
    write_json(place.run / stage.name / STAGE, record)


def _forget(run: Path, known: dict[str, Stage], name: str) -> None:
    """Remove a stage's folder, and the records of those that read it."""
    shutil.rmtree(run / name, ignore_errors=True)
    for stage in known.values():
        if name in stage.needs:
            _forget(run, known, stage.name)


def _differences(old: Any, new: Any, way: str = "") -> list[str]:
    """The settings that differ, as `way old, now new`."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            text
            for key in dict.fromkeys([*old, *new])
            for text in _differences(
                old.get(key, LATER.get(key)), new.get(key), f"{way}.{key}".strip(".")
            )
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [text for n, pair in pairs for text in _differences(*pair, f"{way}.{n}".strip("."))]
    return [] if old == new else [f"{way} {json.dumps(old)}, now {json.dumps(new)}"]
