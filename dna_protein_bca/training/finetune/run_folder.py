"""The run folder: the parameters and inputs of a training, and the weights that it leaves."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import is_stream
from dna_protein_bca.io.folder_names import (
    CALIBRATION,
    CHECKPOINT,
    CONFIG,
    DNA,
    PAIRS,
    PROTEINS,
    RELATIVES,
    TRAINING_PROTEINS,
    TRUST,
)
from dna_protein_bca.io.outputs import atomic_path
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.training.weights import save_weights, write_json

from .data import TrainingData
from .data.same_sequences import PAIR
from .settings import TrainSettings

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
) -> dict[str, object]:
    """What `config.json` of a training holds, but for the counts.

    Args:
        inputs: name -> path or object; their checksums are stored, and the paths.
        options: other parameters.
    """
    paths = {
        name: os.fspath(value) if isinstance(value, str | os.PathLike) else "given from Python"
        for name, value in inputs.items()
        if value is not None
    }
    return {
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

    Args:
        record: from `describe_run`.

    Raises:
        InputError: naming what differs.
    """
    if run.exists() and not run.is_dir():
        raise InputError("is a file: give a folder for the run", str(run))
    config = run / CONFIG
    if not config.is_file() and not (run / CHECKPOINT).is_file():
        return
    if not resume:
        raise InputError("holds a run already: pass --resume to go on, or give another", str(run))
    if not config.is_file():
        return
    try:
        before = json.loads(config.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError("not JSON: this run's record is damaged", str(config)) from None
    now = json.loads(json.dumps(record))
    for part in ("model", "settings", "given", "checksums"):
        old, new = before.get(part) or {}, now[part]
        keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        if keys:
            shown = ", ".join(f"{key} was {old.get(key)!r:.60}" for key in keys)
            raise InputError(
                f"this run was begun otherwise ({part}: {shown}): resume it with what it was "
                "begun with, or give another folder",
                str(config),
            )


def save_inputs(run: Path, record: Mapping[str, object], data: TrainingData) -> None:
    """Write `config.json`, and the proteins, DNA and pairs of the training with their split."""
    import pandas as pd

    run.mkdir(parents=True, exist_ok=True)
    write_json(run / CONFIG, record)
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


def save_trained(
    model: BindingModel,
    folder: Path,
    data: TrainingData,
    relatives: Path | None,
) -> None:
    """Write a folder that `--model` takes, with what is known of its training.

    Args:
        data: whose training proteins are listed beside the weights.
        relatives: a `relatives.parquet` that travels along.
    """
    save_weights(model, folder)
    # What was fitted for earlier weights does not hold any more. A calibration is fitted when the
    # training ends; for trust a training has too few proteins.
    for fitted in (CALIBRATION, TRUST):
        (folder / fitted).unlink(missing_ok=True)
    if relatives is not None and relatives.is_file() and not (folder / RELATIVES).exists():
        with atomic_path(folder / RELATIVES) as path:
            shutil.copyfile(relatives, path)
    _save_proteins(data, folder / TRAINING_PROTEINS)


def _save_proteins(data: TrainingData, path: Path) -> None:
    import pandas as pd

    trained = {*data.train.get("protein", ()), *data.motifs}
    rows = [
        (protein.record.id, protein.input.dbd, protein.record.sequence)
        for index, protein in enumerate(data.proteins)
        if index in trained
    ]
    table = pd.DataFrame(rows, columns=["protein_id", "dbd", "sequence"])
    with atomic_path(path) as partial:
        table.to_csv(partial, sep="\t", index=False)
