"""The run folder: the parameters and inputs of a training."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import is_stream
from dna_protein_bca.io.folder_names import (
    CHECKPOINT,
    CONFIG,
    DNA,
    PAIRS,
    PROTEINS,
)
from dna_protein_bca.io.outputs import atomic_path, write_json
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig

from .data import TrainingData
from .data.same_sequences import PAIR
from .settings import FROM_PYTHON, TrainSettings

PACKAGES = ("torch", "accelerate", "numpy", "pandas", "scipy", "scikit-learn", "safetensors")


def checksum(source: object) -> str | None:
    """SHA-256 of a file's bytes, or of what Python passed in; `stdin` for any pipe."""
    if source is None:
        return None
    digest = hashlib.sha256()
    if isinstance(source, str | os.PathLike):
        if is_stream(source):
            return "stdin"
        try:
            with open(source, "rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise InputError(error.strerror or "cannot be read", os.fspath(source)) from None
    elif hasattr(source, "to_csv"):
        digest.update(source.to_csv(index=False).encode())
    else:
        items = source.items() if isinstance(source, Mapping) else source
        assert isinstance(items, Iterable), "sequences and tables are files or iterables"
        digest.update(repr(list(items)).encode())
    return digest.hexdigest()


def describe_run(
    model: BindingModel,
    settings: TrainSettings,
    inputs: Mapping[str, object],
    options: Mapping[str, object],
    command: str = "",
) -> dict[str, object]:
    """What `config.json` of a training holds, but for the counts and the machine.

    Args:
        inputs: name -> path or object; their checksums are stored, and the paths.
        options: other parameters.
        command: as it was typed; empty from Python.
    """
    paths = {
        name: os.fspath(value) if isinstance(value, str | os.PathLike) else FROM_PYTHON
        for name, value in inputs.items()
        if value is not None
    }
    return {
        "command": command,
        "settings": dataclasses.asdict(settings),
        "given": dict(options),
        "inputs": paths,
        "checksums": {name: checksum(value) for name, value in inputs.items()},
        "model": {"profile_lengths": model.config.profile_lengths, **model.config.flat()},
        "versions": {"dna-protein-bca": __version__, "python": platform.python_version()}
        | {name: _version(name) for name in PACKAGES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def check_folder(run: Path, record: Mapping[str, object], resume: bool) -> None:
    """Refuse a folder with a run in it, or with `resume` a run of other parameters or inputs.

    A run may be resumed with more `steps` than it was begun with.

    Args:
        record: from `describe_run`.

    Raises:
        InputError: naming what differs.
    """
    if run.exists() and not run.is_dir():
        raise InputError("is a file: give a folder for the run", str(run))
    if not (run / CONFIG).is_file() and not (run / CHECKPOINT).is_file():
        return
    if not resume:
        raise InputError("holds a run already: pass --resume to go on, or give another", str(run))
    before = read_record(run)
    if before is None:
        return
    now = json.loads(json.dumps(record))
    for part in ("model", "settings", "given", "checksums"):
        old, new = before.get(part) or {}, now[part]
        if part == "model" and old:
            # A field that came later had its default in runs from before.
            defaults = BindingConfig(tuple(new["profile_lengths"])).flat()
            old = {**defaults, **old}
        keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        if part == "settings" and new["steps"] is not None:
            keys = [key for key in keys if key not in ("steps", "epochs")]
        if keys:
            shown = ", ".join(_difference(part, key, old.get(key), new.get(key)) for key in keys)
            raise InputError(
                f"this run was begun otherwise ({part}: {shown}): resume it with what it was "
                "begun with, or give another folder",
                str(run / CONFIG),
            )


def _difference(part: str, key: str, old: object, new: object) -> str:
    if part == "checksums" and old and new:
        return f"{key} had another content"
    before, now = ("not given" if value is None else f"{value!s:.60}" for value in (old, new))
    return f"{key} was {before} and is {now}"


def read_record(run: Path) -> dict[str, Any] | None:
    """What `config.json` of a run holds; None where there is none.

    Raises:
        InputError: it is damaged.
    """
    config = run / CONFIG
    if not config.is_file():
        return None
    try:
        record: dict[str, Any] = json.loads(config.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError("not JSON: this run's record is damaged", str(config)) from None
    return record


def own_counts(run: Path) -> dict[str, int]:
    """Id of each protein that learns motifs of its own in a run with a checkpoint -> how many.

    Empty where there is no such run, or where its record, of an earlier version, does not say.
    """
    if not (run / CHECKPOINT).is_file():
        return {}
    counts: dict[str, int] = (read_record(run) or {}).get("own_motifs") or {}
    return counts


class Length(NamedTuple):
    """How long a run is: `steps`, and how many it was to have when it was begun."""

    steps: int
    begun_with: int


def lengthened(run: Path, steps: int) -> Length:
    """The length that the run in a folder has with so many steps; a new one where there is none.

    Raises:
        InputError: it is longer already.
    """
    before = Length(**((read_record(run) or {}).get("length") or Length(steps, steps)._asdict()))
    if before.steps > steps:
        raise InputError(
            f"this run is of {before.steps} steps already: give --steps {before.steps} or more, "
            "or another folder",
            str(run / CONFIG),
        )
    return before._replace(steps=steps)


def save_inputs(run: Path, record: Mapping[str, object], data: TrainingData) -> None:
    """Write `config.json`, and the proteins, DNA and pairs of the training with their split."""
    import pandas as pd

    run.mkdir(parents=True, exist_ok=True)
    write_json(run / CONFIG, {**record, "counts": data.counts()})
    with atomic_path(run / PROTEINS) as path, open(path, "w", encoding="utf-8") as file:
        for protein in data.proteins:
            file.write(f">{protein.record.id}\n{protein.record.sequence}\n")
    parts = {"train": data.train, "validation": data.validation}
    tables = [part.assign(split=name) for name, part in parts.items() if len(part)]
    if not tables:
        return
    # No time stamp, so that the same DNA gives the same file.
    with (
        atomic_path(run / DNA) as path,
        open(path, "wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as file,
    ):
        for name, sequence in data.dna.items():
            file.write(f">{name}\n{sequence}\n".encode())
    table = pd.concat(tables).drop(columns=["protein", "dna", *PAIR, "path", "line"])
    if "label" in table:
        table["label"] = table["label"].astype("Int8")
    with atomic_path(run / PAIRS) as path:
        table.to_csv(path, sep="\t", index=False)
