"""Genomes that can be read only from front to back: compressed otherwise than with bgzip."""

from __future__ import annotations

import io
import tempfile
from typing import TYPE_CHECKING, BinaryIO

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.compression import compression_of
from dna_protein_bca.io.files import HEAD_BYTES, PathLike, check_readable, is_stream, open_bytes

from .bgzip import is_bgzip

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

KEPT = 1 << 20
"""Bytes by which one can go back without reading everything again."""

_BUFFER_BYTES = 1 << 18


def open_forward(path: PathLike) -> BinaryIO | None:
    """The unpacked bytes of a file or stream; None for a file that can be read at any position.

    Any position can be read, but to go back by more than `KEPT` means to read all that comes
    before again. A stream is copied to a temporary file, which has no name and needs no removal.

    Raises:
        InputError: no such file, damaged data, or no room for the copy.
    """
    check_readable(path)
    if is_stream(path):
        return _copied(path)
    try:
        with open(path, "rb") as file:
            packed = compression_of(file.read(HEAD_BYTES)) is not None
        forward = packed and not is_bgzip(path)
    except OSError:
        return None  # and opening it says why
    return io.BufferedReader(_Forward(path), _BUFFER_BYTES) if forward else None


def _copied(path: PathLike) -> BinaryIO:
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the genome
    with open_bytes(path) as stream:
        while data := stream.read(KEPT):
            try:
                copy.write(data)
            except OSError as error:
                raise InputError(
                    f"cannot be copied to {tempfile.gettempdir()}, {error.strerror}: set TMPDIR to "
                    "a folder with more room, or give a file",
                    path,
                ) from None
    copy.seek(0)
    return copy


class _Forward(io.RawIOBase):
    def __init__(self, path: PathLike) -> None:
        self._path = path
        self._stream = open_bytes(path)
        self._position = 0
        # What was read last, and where it ends.
        self._kept, self._end = b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            raise OSError("where the unpacked data end is not known")
        self._position = offset + (self._position if whence == io.SEEK_CUR else 0)
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        if self._position < self._end - len(self._kept):
            self._stream.close()
            self._stream = open_bytes(self._path)
            self._kept, self._end = b"", 0
        while self._position >= self._end:
            data = self._stream.read(_BUFFER_BYTES)
            if not data:
                return 0
            self._kept = self._kept[-KEPT:] + data
            self._end += len(data)
        begin = self._position - self._end + len(self._kept)
        part = self._kept[begin : begin + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        self._stream.close()
        super().close()
