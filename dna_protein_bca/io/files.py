"""A user's files: opened whatever their compression, written whole or not at all."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, TextIO

from dna_protein_bca.errors import STDIN, InputError

PathLike = str | os.PathLike[str]

HEAD_BYTES = 4096
"""Bytes read ahead to tell what a file is."""

_BUFFER_BYTES = 1 << 18

_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
"""What follows `BZh` and a digit, so that a text may begin with these; the second is an empty
file's."""

_COMPRESSIONS: tuple[tuple[bytes | tuple[bytes, ...], Any], ...] = (
    (b"\x1f\x8b", gzip.open),
    (
        tuple(b"BZh%d%s" % (level, block) for level in range(1, 10) for block in _BZIP2_BLOCKS),
        bz2.open,
    ),
    (b"\xfd7zXZ\0", lzma.open),
)

_NO_TEXT = {
    b"PK\x03\x04": "binary, a ZIP archive or a workbook: unpack it, or save the sheet as CSV",
    b"\x28\xb5\x2f\xfd": "compressed with zstd, which is not read here: unpack it (zstd -d)",
    b"%PDF-": "a PDF, not text: give a text file",
}
"""How files begin that are no text, and what to do with each."""


def check_readable(path: PathLike) -> None:
    """Raise InputError where there is no file at `path`; opens nothing."""
    name = os.fspath(path)
    if name == STDIN:
        return
    if not name:
        raise InputError("an empty file name was given")
    if os.path.isdir(name):
        raise InputError("is a folder: give a file", name)
    try:
        os.stat(name)
    except FileNotFoundError:
        if os.path.islink(name):
            target = os.readlink(name)
            raise InputError(f"a link to {target}, which is missing", name) from None
        raise InputError("no such file", name) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", name) from None


def is_stream(path: PathLike) -> bool:
    """Whether what is at `path` can be read only once: standard input, a pipe or a socket."""
    name = os.fspath(path)
    if name == STDIN:
        return True
    try:
        mode = os.stat(name).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def check_rereadable(path: PathLike) -> None:
    """Raise InputError where a file that is read twice could be read only once; opens nothing."""
    check_readable(path)
    if is_stream(path):
        kind = "standard input" if os.fspath(path) == STDIN else "a pipe"
        raise InputError(
            f"{kind} can be read only once, and this input is read twice: save it to a file first",
            path,
        )


def open_text(path: PathLike) -> TextIO:
    """Open a text file for reading: UTF-8, with or without byte-order mark, any line ends.

    A byte that is not UTF-8 is kept as a lone surrogate (`surrogateescape`).

    Args:
        path: plain, gzip, bzip2 or xz, told by content; `-` is standard input, which stays open.

    Raises:
        InputError: no such file, a folder, UTF-16 or binary; while reading, compressed data that
            end early or are damaged.
    """
    return as_text(open_bytes(path), path)


def as_text(stream: io.BufferedReader, path: PathLike) -> TextIO:
    """The text of a stream from `open_bytes`, of which nothing was read yet; see `open_text`."""
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    try:
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _every_second_is_zero(head):
            raise InputError("UTF-16, not UTF-8: save the file as UTF-8", os.fspath(path))
        for magic, what in _NO_TEXT.items():
            if head.startswith(magic):
                raise InputError(what, os.fspath(path))
        if b"\0" in head:
            raise InputError("binary, not text: give a text file", os.fspath(path))
        if head.startswith(b"\xef\xbb\xbf"):
            stream.read(3)
    except InputError:
        stream.close()
        raise
    return io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape")


def open_bytes(path: PathLike) -> io.BufferedReader:
    """Open a file for reading bytes, decompressed.

    The first `HEAD_BYTES` can be peeked. See `open_text` for what `path` may be.

    Raises:
        InputError: no such file, or a folder; while reading, compressed data that end early or
            are damaged.
    """
    check_readable(path)
    name = os.fspath(path)
    if name == STDIN:
        if sys.stdin is None:
            raise InputError("standard input is closed", name)
        source: Any = sys.stdin.buffer
    else:
        try:
            source = open(name, "rb")  # noqa: SIM115 - closed by the stream
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", name) from None
    stream = _Stream(source, name, closes=name != STDIN)
    for magic, decompressor in _COMPRESSIONS:
        if stream.head.startswith(magic):
            packed = io.BufferedReader(stream, _BUFFER_BYTES)
            try:
                stream = _Stream(decompressor(packed), name, packed)
            except InputError:
                packed.close()
                raise
            break
    return io.BufferedReader(stream, _BUFFER_BYTES)


class _Stream(io.RawIOBase):
    """A source whose head was read ahead, and whose errors are InputErrors.

    Args:
        source: binary, readable.
        name: of the file, for errors.
        packed: the stream that `source` decompresses, closed together with it.
        closes: whether closing this closes `source`.
    """

    def __init__(
        self,
        source: Any,
        name: str,
        packed: io.BufferedIOBase | None = None,
        closes: bool = True,
    ) -> None:
        self._source = source
        self._name = name
        self._packed = packed
        self._closes = closes
        self.head = b""
        try:
            self.head = self._read(HEAD_BYTES)
        except InputError:
            self.close()
            raise

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.head[: len(buffer)] or self._read(len(buffer))
        self.head = self.head[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            data: bytes = self._source.read(size)
        except EOFError:
            raise InputError(
                "the compressed data end too early: the file is truncated, copy it again",
                self._name,
            ) from None
        except (OSError, zlib.error, lzma.LZMAError) as error:
            reason = getattr(error, "strerror", None)
            if reason:
                raise InputError(f"cannot be read: {reason}", self._name) from None
            raise InputError(
                "the compressed data are damaged: copy the file again", self._name
            ) from None
        return data

    def close(self) -> None:
        if not self.closed:
            if self._closes:
                self._source.close()
            if self._packed is not None:
                self._packed.close()
        super().close()


def _every_second_is_zero(head: bytes) -> bool:
    """Whether the text is likely UTF-16 without a byte-order mark."""
    part = head[:64]
    return len(part) > 3 and 0 in part and not (any(part[::2]) and any(part[1::2]))


@contextmanager
def atomic_path(path: PathLike) -> Iterator[Path]:
    """A temporary sibling of `path`: renamed to it on success, removed on any failure.

    The sibling is created at once, so that an output which cannot be written is found before any
    work. Its name ends like that of `path`. A link stays a link; a device or a pipe is written
    directly.

    Raises:
        InputError: no such folder, no permission, a folder in the file's place.
    """
    name = os.fspath(path)
    mode = _output_mode(name)
    if mode is not None and not stat.S_ISREG(mode):
        yield Path(name)
        return
    target = Path(os.path.realpath(name))
    # Short enough for a file system's limit on names, wherever the target's own name is.
    sibling = target.with_name(f".{token_hex(6)}.{target.name[-200:]}")
    try:
        os.close(os.open(sibling, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if mode is not None:
            os.chmod(sibling, stat.S_IMODE(mode))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", name) from None
    try:
        yield sibling
        try:
            os.replace(sibling, target)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", name) from None
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(sibling)
        raise


def _output_mode(name: str) -> int | None:
    """Mode of the file that is there already, or None."""
    if not name:
        raise InputError("an empty file name was given for the output")
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        folder = os.path.dirname(os.path.realpath(name))
        if not os.path.isdir(folder):
            raise InputError(f"cannot be written: there is no folder {folder}", name) from None
        return None
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", name) from None
    if stat.S_ISDIR(mode):
        raise InputError("is a folder: give a file name for the output", name)
    if not os.access(name, os.W_OK):
        raise InputError("cannot be written: the file is write-protected", name)
    return mode


def write_stdout(text: str) -> None:
    """Write text to standard output as UTF-8, whatever its encoding is set to.

    Raises:
        InputError: it is closed, or cannot be written.
    """
    stream = sys.stdout
    if stream is None:
        raise InputError("standard output is closed: give a file with -o")
    try:
        stream.flush()
        if hasattr(stream, "buffer"):
            stream.buffer.write(text.encode("utf-8", "surrogateescape"))
        else:  # a notebook's
            stream.write(text)
        stream.flush()
    except BrokenPipeError:
        raise  # the reader of a pipe has left, which is not the user's error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", "stdout") from None
