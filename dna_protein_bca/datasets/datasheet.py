"""What a set was made from: versions, checksums, parameters and counts, as JSON beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, check_rereadable

SHEET = "datasheet.json"
"""Its name in the folder of a set."""

FORMAT = "dna_protein_bca.dataset"
VERSION = 1


def checksum(path: PathLike) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        InputError: no such file, or a pipe, which is empty by now.
    """
    check_rereadable(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_file(path: PathLike) -> dict[str, Any]:
    """Name (without its folder), size in bytes and SHA-256 of a file.

    A folder has the number of its files beside their size together, and the SHA-256 of their names
    and checksums.
    """
    place = Path(path)
    if not place.is_dir():
        digest = checksum(path)
        return {"name": place.name, "bytes": os.stat(path).st_size, "sha256": digest}
    files = [describe_file(one) for one in sorted(place.iterdir()) if one.is_file()]
    lines = "".join(f"{one['name']} {one['sha256']}\n" for one in files)
    return {
        "name": place.name,
        "bytes": sum(one["bytes"] for one in files),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "files": len(files),
    }


def make_sheet(
    source: str,
    inputs: Iterable[PathLike] = (),
    *,
    parameters: Mapping[str, Any] | None = None,
    counts: Mapping[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
    parent: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A datasheet; holds no date and no folder, so that the same inputs give the same bytes.

    Args:
        source: what the set was made from, such as `JASPAR2026`.
        inputs: files and folders that were read.
        parameters: every choice that was made, the seed among them.
        counts: records kept, and records left out with the reason.
        versions: of other packages or databases that were read.
        parent: the datasheet of the set that this one was made from.
    """
    sheet: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "source": source,
        "made_with": {"dna-protein-bca": __version__, **(versions or {})},
        "inputs": [describe_file(path) for path in inputs],
        "parameters": dict(parameters or {}),
        "counts": dict(counts or {}),
    }
    if parent is not None:
        sheet["made_from"] = dict(parent)
    return sheet


def read_sheet(folder: PathLike) -> dict[str, Any]:
    """The datasheet of a set.

    Raises:
        InputError: none there, or one that this version cannot read.
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
    return sheet


def format_sheet(sheet: Mapping[str, Any], indent: str = "") -> str:
    """A datasheet as lines of text, for reading."""
    lines = []
    for name, value in sheet.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", format_sheet(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{indent}{name}:")
            for one in value:
                fields = "  ".join(str(field) for field in one.values())
                lines.append(f"{indent}  {fields}")
        elif isinstance(value, list):
            lines.append(f"{indent}{name}: {', '.join(map(str, value))}")
        else:
            lines.append(f"{indent}{name}: {value}")
    return "\n".join(line for line in lines if line)
