"""How files are compressed: how each form is recognised, read and written."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple


class Compression(NamedTuple):
    """One form of compression.

    Attributes:
        name: as in messages.
        ending: of file names.
        magic: how such files begin.
        tool: the command that unpacks such a file.
        reader: a compressed binary stream -> its unpacked bytes.
        writer: a binary stream -> one that compresses into it; the same data give the same bytes,
            with no file name and no time among them.
    """

    name: str
    ending: str
    magic: tuple[bytes, ...]
    tool: str
    reader: Callable[[BinaryIO], io.BufferedIOBase]
    writer: Callable[[BinaryIO], io.BufferedIOBase]


_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
"""What follows `BZh` and a digit, so that a text may begin with these; the second is an empty
file's."""

COMPRESSIONS = (
    Compression(
        "gzip",
        ".gz",
        (b"\x1f\x8b",),
        "gunzip -k",
        lambda stream: gzip.GzipFile(fileobj=stream),
        lambda file: gzip.GzipFile("", "wb", 5, file, mtime=0),
    ),
    Compression(
        "bzip2",
        ".bz2",
        tuple(b"BZh%d%s" % (level, block) for level in range(1, 10) for block in _BZIP2_BLOCKS),
        "bunzip2 -k",
        bz2.BZ2File,
        lambda file: bz2.BZ2File(file, "wb"),
    ),
    Compression(
        "xz",
        ".xz",
        (b"\xfd7zXZ\0",),
        "unxz -k",
        lzma.LZMAFile,
        lambda file: lzma.LZMAFile(file, "wb", preset=3),  # noqa: SIM115 - closed by the caller
    ),
)


def compression_of(head: bytes) -> Compression | None:
    """The compression of a file by its first bytes (16 are enough); None where it has none."""
    return next((form for form in COMPRESSIONS if head.startswith(form.magic)), None)


def compression_named(path: str | os.PathLike[str]) -> Compression | None:
    """The compression that a file's name asks for by its ending; None where it asks for none."""
    ending = Path(path).suffix.lower()
    return next((form for form in COMPRESSIONS if form.ending == ending), None)
