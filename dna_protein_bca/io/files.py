"""A user's files, read: checked, and opened whatever their compression."""

from __future__ import annotations

import io
import lzma
import os
import stat
import sys
import zlib
from typing import TYPE_CHECKING, BinaryIO, Protocol, TextIO

from dna_protein_bca.errors import STDIN, InputError

from .compression import CUT_BGZIP, compression_of, lacks_bgzip_end

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PathLike = str | os.PathLike[str]

HEAD_BYTES = 4096
"""Bytes read ahead to tell what a file is."""

_BUFFER_BYTES = 1 << 18

LONGEST_LINE = 1 << 24
"""Bytes that a line of text may have; reading one takes up to 25 times as many."""

MOST_UNPACKED = 200
BOMB_BYTES = 1 << 26
"""How many times its size a compressed file may unpack to, once it is so many bytes. DNA unpacks to
4 times its size, most tables to 5 to 50 times; what is made to fill a memory, to 1,000."""

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
    except ValueError:
        raise InputError("no name that a file can have", name) from None


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


def open_text(path: PathLike, longest: int | None = LONGEST_LINE) -> TextIO:
    """Open a text file for reading: UTF-8, with or without byte-order mark, any line ends.

    A byte that is not UTF-8 is kept as a lone surrogate (`surrogateescape`).

    Args:
        path: plain, gzip, bzip2 or xz, recognised by content; `-` is standard input, which
            stays open.
        longest: bytes that a line may have; None for any number.

    Raises:
        InputError: no such file, a folder, UTF-16 or binary; while reading, a longer line, and
            compressed data that end early, are damaged or unpack to far more than their size.
    """
    return as_text(open_bytes(path), path, longest)


def as_text(
    stream: io.BufferedReader, path: PathLike, longest: int | None = LONGEST_LINE
) -> TextIO:
    """The text of a stream from `open_bytes`, of which nothing was read yet; see `open_text`."""
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    try:
        check_is_text(head, path)
        if head.startswith(b"\xef\xbb\xbf"):
            stream.read(3)
    except InputError:
        stream.close()
        raise
    if longest is not None:
        stream = io.BufferedReader(_ShortLines(stream, os.fspath(path), longest), _BUFFER_BYTES)
    return io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape")


def check_is_text(head: bytes, path: PathLike) -> None:
    """Raise InputError where a file's first bytes are of UTF-16 or of no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _every_second_is_zero(head):
        raise InputError("UTF-16, not UTF-8: save the file as UTF-8", path)
    for magic, what in _NO_TEXT.items():
        if head.startswith(magic):
            raise InputError(what, path)
    if b"\0" in head:
        raise InputError("binary, not text: give a text file", path)


def too_long(path: PathLike, line: int, longest: int = LONGEST_LINE) -> InputError:
    """The error that a line is longer than lines may be."""
    return InputError(f"a line of more than {longest:,} bytes: is this the right file?", path, line)


def open_bytes(path: PathLike, *, limited: bool = True) -> io.BufferedReader:
    """Open a file for reading bytes, decompressed.

    The first `HEAD_BYTES` can be peeked. See `open_text` for what `path` may be.

    Args:
        limited: refuse what unpacks to more than `MOST_UNPACKED` times its size. Genotypes of many
            people do, and are read line by line.

    Raises:
        InputError: no such file, or a folder; while reading, compressed data that end early, are
            damaged or unpack to far more than their size.
    """
    check_readable(path)
    name = os.fspath(path)
    if name == STDIN:
        if sys.stdin is None:
            raise InputError("standard input is closed", name)
        stream = _Stream(sys.stdin.buffer, name, closes=False)
    else:
        try:
            file = _open_file(name)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", name) from None
        stream = _Stream(_Whole(file, name), name)
    compression = compression_of(stream.head)
    if compression is not None:
        packed = io.BufferedReader(stream, _BUFFER_BYTES)
        try:
            reader = compression.reader(packed)
            source = _Unpacked(reader, stream, name) if limited else reader
            stream = _Stream(source, name, packed)
        except InputError:
            packed.close()
            raise
    return io.BufferedReader(stream, _BUFFER_BYTES)


def _open_file(name: str) -> BinaryIO:
    file = open(name, "rb")  # noqa: SIM115 - closed by the stream
    if os.path.isfile(name) and lacks_bgzip_end(file):
        file.close()
        raise InputError(CUT_BGZIP, name)
    return file


class _Source(Protocol):
    """What `_Stream` reads from."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class _Whole:
    """A file of which all is read that it held when it was opened, or the end is an error."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        status = os.fstat(file.fileno())
        self._size = status.st_size if stat.S_ISREG(status.st_mode) else 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        if not data and size and self._size and self._file.tell() < self._size:
            raise InputError(
                "became shorter while it was read: let what writes it end, and run this again",
                self._name,
            )
        return data

    def close(self) -> None:
        self._file.close()


class _Unpacked:
    """What is unpacked from a stream, which may not be far more than the stream holds."""

    def __init__(self, reader: io.BufferedIOBase, packed: _Stream, name: str) -> None:
        self._reader, self._packed, self._name = reader, packed, name
        self._count = 0

    def read(self, size: int) -> bytes:
        data = self._reader.read(size)
        self._count += len(data)
        if self._count > max(BOMB_BYTES, MOST_UNPACKED * self._packed.count):
            raise InputError(
                f"unpacks to more than {MOST_UNPACKED} times its size, as files do that are made "
                "to fill a memory: where it is right, unpack it first",
                self._name,
            )
        return data

    def close(self) -> None:
        self._reader.close()


class _ShortLines(io.RawIOBase):
    """A stream whose lines may not be longer than so many bytes."""

    def __init__(self, stream: io.BufferedReader, name: str, longest: int) -> None:
        self._stream, self._name, self._longest = stream, name, longest
        self._ended = self._begun = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        data = self._stream.read1(len(view))
        view[: len(data)] = data
        # Lines end by either, or by both.
        last = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._ended += data.count(b"\n") or data.count(b"\r")
        self._begun = len(data) - last - 1 + (self._begun if last < 0 else 0)
        if self._begun > self._longest:
            raise too_long(self._name, self._ended + 1, self._longest)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Stream(io.RawIOBase):
    """A source whose head was read ahead, and whose errors are InputErrors.

    Args:
        source: binary, readable.
        name: of the file, for errors.
        packed: the stream that `source` decompresses, closed together with it.
        closes: whether closing this closes `source`.

    Attributes:
        count: bytes that were read of it.
    """

    def __init__(
        self,
        source: _Source,
        name: str,
        packed: io.BufferedIOBase | None = None,
        closes: bool = True,
    ) -> None:
        self._source = source
        self._name = name
        self._packed = packed
        self._closes = closes
        self.count = 0
        self.head = b""
        try:
            self.head = self._read(HEAD_BYTES)
        except InputError:
            self.close()
            raise

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        data = self.head[: len(view)] or self._read(len(view))
        self.head = self.head[len(data) :]
        view[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            data = self._source.read(size)
            self.count += len(data)
            return data
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
