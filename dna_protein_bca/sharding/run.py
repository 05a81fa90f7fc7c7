"""Shards of a run, each computed once."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.folder_names import (
    AFFINITY,
    BACKGROUNDS,
    CALIBRATION,
    COLLECTION,
    CONFIG,
    RELATIVES,
    TRUST_LEVELS,
    WEIGHTS,
)
from dna_protein_bca.io.remote import asked_accessions
from dna_protein_bca.io.shards import (
    Identity,
    Shard,
    ShardFile,
    differences,
    existing,
    file_checksum,
    shard_folder,
    shard_path,
)
from dna_protein_bca.io.shards.identity import SHA256, folder_checksum
from dna_protein_bca.proteins.collection import asked_species

log = logging.getLogger(__name__)

READ_FILES = (
    CONFIG,
    WEIGHTS,
    RELATIVES,
    CALIBRATION,
    AFFINITY,
    TRUST_LEVELS,
    COLLECTION,
    BACKGROUNDS,
)
"""Of a folder of weights: what results hang on."""


@dataclass(frozen=True)
class Work(ABC):
    """A run that can be cut.

    Attributes:
        output: what the shards are merged to.
        identity: what its results hang on.
        load: gives the predictor.
        proteins: FASTA path or collection.
    """

    output: str
    identity: Identity
    load: Callable[[], Any]
    proteins: str

    def prepare(self) -> tuple[Any, Any]:
        """What every shard needs: the predictor, and the encoded proteins."""
        predictor = self.load()
        return predictor, predictor.encode(self.proteins)

    @abstractmethod
    def write(self, prepared: tuple[Any, Any], shard: Shard, path: Path) -> None:
        """Compute a shard and write it."""


class ShardRunner:
    """Computes shards; weights are loaded, and proteins encoded, for the first one that needs it.

    Args:
        work: the run.

    Raises:
        InputError: an input cannot be read.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.folder = shard_folder(work.output)
        self.identity = work.identity
        self._prepared: Any = None

    def done(self, shard: Shard) -> bool:
        """Whether a shard is there, whole.

        Raises:
            InputError: what is there comes of other inputs, weights or options, is of another
                number of shards, or is damaged.
        """
        there = existing(self.folder)
        others = sorted({each.count for each in there} - {shard.count})
        if others:
            raise InputError(
                f"holds shards of {listed([*map(str, others)], 3)}, and these are of "
                f"{shard.count}: remove the folder, or give the same number",
                self.folder,
            )
        if shard not in there:
            self._check(ShardFile(shard_path(self.folder, there[0]))) if there else None
            return False
        file = ShardFile(shard_path(self.folder, shard))
        self._check(file)
        return all((self.folder / name).is_file() for name in file.notes.get("files", []))

    def run(self, shard: Shard) -> bool:
        """Compute a shard, unless it is there.

        Returns:
            Whether it was computed.

        Raises:
            InputError: see `done`; what is wrong with the input; a file that cannot be written.
        """
        if self.done(shard):
            log.info("shard %s is there", shard)
            return False
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be made: {error.strerror}", self.folder) from None
        if self._prepared is None:
            self._prepared = self.work.prepare()
        self.work.write(self._prepared, shard, shard_path(self.folder, shard))
        return True

    def _check(self, file: ShardFile) -> None:
        if differ := differences(file.identity, self.identity):
            raise InputError(
                f"comes of another run, whose {differ}: give another -o, or remove the folder",
                file.path,
            )


def identity_of(
    command: str,
    models: tuple[str, ...],
    files: Mapping[str, PathLike | None],
    options: Mapping[str, object],
) -> Identity:
    """What the results of a run hang on.

    Args:
        files: inputs, by the names of their options; a collection, or accessions of
            UniProt, stand for themselves.
        options: the others, by name.

    Raises:
        InputError: an input that cannot be read, or only once; there are no such weights.
    """
    identity = {"command": command, "version": __version__}
    folders = [locate(name) for name in models or (None,)]
    sums = [folder_checksum(folder, READ_FILES).removeprefix(SHA256) for folder in folders]
    identity["weights"] = SHA256 + "+".join(sums)
    for name, path in files.items():
        if path is None:
            identity[name] = "none"
        elif asked_species(path) is not None or asked_accessions(path) is not None:
            identity[name] = str(path)
        else:
            identity[name] = file_checksum([path])
    return {**identity, **{name: str(value) for name, value in options.items()}}
