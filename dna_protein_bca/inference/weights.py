"""Where weights lie: bundled names, folders and Hugging Face repositories. Loads no torch."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import parse_json
from dna_protein_bca.io.folder_names import BEST, CONFIG, ENSEMBLE, WEIGHTS, WEIGHTS_FILES
from dna_protein_bca.io.remote.hub import HUB_PREFIX, download_repository
from dna_protein_bca.resources import models_path

PICKLED = (".bin", ".ckpt", ".pkl", ".pt", ".pth")

KINDS = ("release", "heldout")
"""Kinds of bundled weights; the first that exists is the default."""


def bundled() -> list[str]:
    """Names of the bundled weights, the default first: by kind, newest version first."""
    root = models_path()
    if not root.is_dir():
        return []
    names = [entry.name for entry in root.iterdir() if (entry / WEIGHTS).is_file()]

    def order(name: str) -> tuple[int, list[int], str]:
        kind = name.split("-")[0]
        rank = KINDS.index(kind) if kind in KINDS else len(KINDS)
        return rank, [-int(number) for number in re.findall(r"\d+", name)], name

    return sorted(names, key=order)


def locate(model: str | Path | None = None) -> Path:
    """The folder that holds the weights which `model` names.

    Args:
        model: a bundled name (`heldout-v2`), a kind (`release`, `heldout`: its newest), a folder,
            `hf://ORG/NAME` (downloaded; the only form that reaches the network), or None for the
            newest release, and the newest heldout weights until a release exists.

    Raises:
        InputError: there is nothing of that name, the folder holds no weights, or a folder lies in
            the place of one of its files.
    """
    names = bundled()
    if model is None:
        if not names:
            raise InputError("no bundled weights are installed: give --model a folder")
        return _of_files(models_path(names[0]))
    text = str(model)
    if text.startswith(HUB_PREFIX):
        return _folder(download_repository(text, WEIGHTS_FILES), [])
    if text in names:
        return _of_files(models_path(text))
    if text in KINDS:
        for name in names:
            if name.split("-")[0] == text:
                return _of_files(models_path(name))
    return _folder(Path(model), names)


def members(models: Sequence[str | Path]) -> list[str | Path]:
    """The same weights, with the members of an ensemble in place of its folder.

    Args:
        models: as `locate` takes them; a folder with `ensemble.json` stands for what it lists.

    Raises:
        InputError: a damaged `ensemble.json`.
    """
    every: list[str | Path] = []
    for model in models:
        folder = Path(model)
        if not (folder / ENSEMBLE).is_file():
            every.append(model)
            continue
        listed = read_config(folder, ENSEMBLE).get("members")
        if not isinstance(listed, list) or not listed:
            raise InputError("lists no members: this ensemble is damaged", str(folder / ENSEMBLE))
        every += [str(folder / str(name)) for name in listed]
    return every


def _folder(path: Path, names: list[str]) -> Path:
    known = ", ".join(names) or "none"
    if not path.exists():
        raise InputError(
            "no such weights: give a bundled name "
            f"({known}), a folder with {CONFIG} and {WEIGHTS}, or hf://ORG/NAME",
            str(path),
        )
    if not path.is_dir():
        raise InputError(
            f"weights are a folder with {CONFIG} and {WEIGHTS}, and this is a file; a pickled "
            "checkpoint is never loaded: save its state dict with safetensors",
            str(path),
        )
    _of_files(path)
    for name in (CONFIG, WEIGHTS):
        if not (path / name).is_file():
            raise InputError(
                f"this folder holds no weights: {name} is missing{_instead(path)}", str(path)
            )
    return path


def _of_files(folder: Path) -> Path:
    """The same folder; InputError where another one lies in the place of a file of weights.

    It would count as a file that is not there, and most of them need not be there.
    """
    for name in WEIGHTS_FILES:
        if (folder / name).is_dir():
            raise InputError(
                "is a folder, and must be a file: install or copy these weights again",
                folder / name,
            )
    return folder


def _instead(path: Path) -> str:
    """What to do with a folder that holds something else than weights."""
    if (path / ENSEMBLE).is_file():
        first = members([path])[0]
        return f"; it is an ensemble, whose first member is {first}"
    if (path / BEST / WEIGHTS).is_file():
        return f"; it is a run, whose weights are {path / BEST}"
    pickled = sorted(file.name for file in path.iterdir() if file.suffix in PICKLED)
    if pickled:
        return (
            f"; {pickled[0]} is pickled, and never loaded: save its state dict with "
            "safetensors.torch.save_file"
        )
    return ""


def read_config(folder: Path, name: str = CONFIG) -> dict[str, Any]:
    """The weights' `config.json`, or another file of JSON beside them, as a dict.

    Raises:
        InputError: it is not a JSON object.
    """
    path = folder / name
    try:
        config = parse_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise InputError("not JSON: these weights are damaged", str(path), line) from None
    if not isinstance(config, dict):
        raise InputError("not a JSON object: these weights are damaged", str(path))
    return config
