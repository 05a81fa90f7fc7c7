"""Which format a motif file is to be written in: by its ending, or as it is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from dna_protein_bca.errors import STDIN, InputError
from dna_protein_bca.io.compression import compression_named
from dna_protein_bca.io.files import PathLike

FORMATS = ("meme", "jaspar", "tsv")

_ENDINGS = {
    ".meme": "meme",
    ".jaspar": "jaspar",
    ".pfm": "jaspar",
    ".tsv": "tsv",
    ".csv": "tsv",
    ".jsonl": "tsv",
    ".parquet": "tsv",
}
"""Endings of files, and the format that each names; `tsv` stands for tables of all kinds."""


def motif_format(path: PathLike, given: str | None = None) -> str:
    """One of `FORMATS`.

    Args:
        path: its ending names the format, before that of a compression; `-`, standard output, is
            MEME's where nothing is given.
        given: the format that is asked for; needed where the ending names none.

    Raises:
        InputError: the ending names no format, or another one than is asked for.
    """
    name = os.fspath(path)
    if name == STDIN:
        return given or FORMATS[0]
    plain = Path(name).with_suffix("") if compression_named(name) else Path(name)
    named = _ENDINGS.get(plain.suffix.lower())
    if given is None and named is None:
        raise InputError(
            f"the ending {plain.suffix or 'of this name'} is not one of a motif file: use .meme, "
            ".jaspar or .tsv, or name the format with --format",
            name,
        )
    if given is not None and named is not None and given != named:
        raise InputError(
            f"the ending {plain.suffix} is not that of the format {given}: change one of them", name
        )
    return given or named or FORMATS[0]
