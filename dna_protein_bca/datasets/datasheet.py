"""The datasheet of a set, a JSON file: versions, checksums, parameters and counts."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, check_rereadable

SHEET = "datasheet.json"
"""Its name in the folder of a set."""

FORMAT = "dna_protein_bca.dataset"
VERSION = 1


class FileDescription(TypedDict):
    """A file or folder as a datasheet describes it.

    Attributes:
        name: without its folder.
        bytes: its size, of a folder that of its files together.
        sha256: of its bytes, in hexadecimal; of a folder that of its files' names and checksums.
        files: of a folder, how many files it has.
    """

    name: str
    bytes: int
    sha256: str
    files: NotRequired[int]


class Sheet(TypedDict):
    """A datasheet; see `make_sheet`.

    Attributes:
        made_with: package or database -> version.
        files: of the set, in its own datasheet.
        made_from: the datasheet of the set that this one was made from.
    """

    format: str
    version: int
    source: str
    made_with: dict[str, str]
    inputs: list[FileDescription]
    parameters: dict[str, object]
    counts: dict[str, object]
    files: NotRequired[list[FileDescription]]
    made_from: NotRequired[Sheet]


def checksum(path: PathLike) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        InputError: no such file, or a pipe, which cannot be read again.
    """
    check_rereadable(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_file(path: PathLike) -> FileDescription:
    """Name, size and checksum of a file, or of the files in a folder."""
    name = Path(path).name
    if not Path(path).is_dir():
        digest = checksum(path)
        return {"name": name, "bytes": os.stat(path).st_size, "sha256": digest}
    files = [describe_file(member) for member in sorted(Path(path).iterdir()) if member.is_file()]
    lines = "".join(f"{file['name']} {file['sha256']}\n" for file in files)
    return {
        "name": name,
        "bytes": sum(file["bytes"] for file in files),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "files": len(files),
    }


def make_sheet(
    source: str,
    inputs: Iterable[PathLike] = (),
    *,
    parameters: Mapping[str, object] | None = None,
    counts: Mapping[str, object] | None = None,
    versions: Mapping[str, str] | None = None,
    parent: Sheet | None = None,
) -> Sheet:
    """A datasheet; holds no date and no folder, so that the same inputs give the same bytes.

    Args:
        source: what the set was made from, such as `JASPAR2026`.
        inputs: files and folders that were read.
        parameters: every option of the command, the seed included.
        counts: of records in the set, and of records left out with the reason.
        versions: package or database -> version, of those that were read.
        parent: the datasheet of the set that this one was made from.
    """
    sheet: Sheet = {
        "format": FORMAT,
        "version": VERSION,
        "source": source,
        "made_with": {"dna-protein-bca": __version__, **(versions or {})},
        "inputs": [describe_file(path) for path in inputs],
        "parameters": dict(parameters or {}),
        "counts": dict(counts or {}),
    }
    if parent is not None:
        sheet["made_from"] = parent
    return sheet


def read_sheet(folder: PathLike) -> Sheet:
    """The datasheet of a set.

    Raises:
        InputError: the folder has none, or one that this version cannot read.
    """
    path = Path(folder, SHEET)
    if not path.is_file():
        raise InputError(f"no {SHEET} in it: give the folder of a set that `data` built", folder)
    try:
        sheet = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError("not JSON: the datasheet is damaged", path) from None
    if not isinstance(sheet, dict) or sheet.get("format") != FORMAT:
        raise InputError("not the datasheet of a set", path)
    if sheet.get("version") != VERSION:
        raise InputError(f"a datasheet of version {sheet.get('version')}: update the package", path)
    return cast(Sheet, sheet)


def format_sheet(sheet: Mapping[str, object], indent: str = "") -> str:
    """A datasheet as lines of text, for reading."""
    lines = []
    for name, value in sheet.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", format_sheet(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{indent}{name}:")
            for item in value:
                fields = "  ".join(str(field) for field in item.values())
                lines.append(f"{indent}  {fields}")
        elif isinstance(value, list):
            lines.append(f"{indent}{name}: {', '.join(map(str, value))}")
        else:
            lines.append(f"{indent}{name}: {value}")
    return "\n".join(line for line in lines if line)
