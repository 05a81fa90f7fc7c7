"""How files are compressed: how each form is recognised, read and written."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import struct
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


BGZIP_HEAD = re.compile(rb"\x1f\x8b\x08\x04.{6}\x06\0BC\x02\0", re.DOTALL)
"""How a block of bgzip begins, up to its size."""

BGZIP_HEAD_BYTES = 18

CUT_BGZIP = (
    "the file ends without the empty block that bgzip writes last, and may be cut off: copy it "
    "again (a whole file: unpack it, and compress it with bgzip)"
)


def lacks_bgzip_end(file: BinaryIO) -> bool:
    """Whether a file of bgzip's blocks ends without an empty one; False for any other file.

    A file that was cut off between two blocks is correct gzip, and only shorter.

    Args:
        file: at its beginning, where it is left; it can be read at any position.
    """
    found = BGZIP_HEAD.match(file.read(BGZIP_HEAD_BYTES))
    if found:
        file.seek(-4, os.SEEK_END)
        found = struct.unpack("<I", file.read(4))[0] > 0
    file.seek(0)
    return bool(found)


def compression_of(head: bytes) -> Compression | None:
    """The compression of a file by its first bytes (16 are enough); None where it has none."""
    return next((form for form in COMPRESSIONS if head.startswith(form.magic)), None)


def compression_named(path: str | os.PathLike[str]) -> Compression | None:
    """The compression that a file's name asks for by its ending; None where it asks for none."""
    ending = Path(path).suffix.lower()
    return next((form for form in COMPRESSIONS if form.ending == ending), None)
