"""What the results of a run hang on, so that no other run's are taken for them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, check_rereadable

Identity: TypeAlias = Mapping[str, str]
"""What is compared, by the name that a message gives it: checksums of files, and options."""

SHA256 = "sha256:"

NOT_GIVEN = ("none", "None", "[]", "False", "")
"""How an option stands there that was not given; one that came later is missing instead."""

UNKNOWN = "not recorded"

SHOWN = 12
"""Digits of a checksum in a message."""


def file_checksum(paths: Sequence[PathLike]) -> str:
    """SHA-256 of the content of files, in their order, with the prefix that says so.

    Raises:
        InputError: no such file, or a stream, which could not be read a second time.
    """
    digest = hashlib.sha256()
    for path in paths:
        check_rereadable(path)
        try:
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path) from None
    return SHA256 + digest.hexdigest()


def folder_checksum(folder: Path, names: Sequence[str]) -> str:
    """SHA-256 of those of some files that a folder has."""
    return file_checksum([folder / name for name in names if os.path.isfile(folder / name)])


def differences(made: Identity, wanted: Identity) -> str:
    """What differs between two identities, for a message; empty where nothing does.

    An option that one of them does not know, made before the program had it, differs from one that
    was given alone.
    """
    parts = []
    for name in dict.fromkeys((*wanted, *made)):
        before, now = made.get(name, UNKNOWN), wanted.get(name, UNKNOWN)
        known = {before, now} - {UNKNOWN}
        if before == now or (len(known) == 1 and known <= set(NOT_GIVEN)):
            continue
        parts.append(f"{name} was {_short(before)} and is {_short(now)}")
    return ", ".join(parts)


def _short(value: str) -> str:
    """A value with so many digits of each checksum in it."""
    return re.sub(rf"([0-9a-f]{{{SHOWN}}})[0-9a-f]{{{64 - SHOWN}}}", r"\1", value)
