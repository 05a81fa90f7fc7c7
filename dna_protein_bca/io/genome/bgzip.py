"""Files compressed with bgzip: gzip in blocks, of which any can be unpacked alone.

The format: https://samtools.github.io/hts-specs/SAMv1.pdf, section 4.1.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.compression import BGZIP_HEAD, BGZIP_HEAD_BYTES, CUT_BGZIP
from dna_protein_bca.io.files import PathLike

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TAIL_BYTES = 8
SMALLEST_BLOCK = BGZIP_HEAD_BYTES + TAIL_BYTES


def is_bgzip(path: PathLike) -> bool:
    """Whether a file is compressed in blocks."""
    with open(path, "rb") as file:
        return bool(BGZIP_HEAD.match(file.read(BGZIP_HEAD_BYTES)))


def open_bgzip(path: PathLike) -> io.BufferedReader:
    """Open a file for reading its unpacked bytes at any position.

    No `.gzi` index is read or written: each block states its size, so that the position of every
    block is known without unpacking any.

    Raises:
        InputError: the file is cut off or damaged; while reading, damaged data.
    """
    return io.BufferedReader(_Unpacked(path), 1 << 16)


class _Block(NamedTuple):
    at: int
    size: int
    begin: int
    """Of its data among all that is unpacked."""


class _Unpacked(io.RawIOBase):
    def __init__(self, path: PathLike) -> None:
        self._path = path
        self._file = open(path, "rb")  # noqa: SIM115 - closed with this
        self._position = 0
        self._data, self._of = b"", -1
        try:
            self._blocks, self._size = self._walk()
        except InputError:
            self.close()
            raise
        self._begins = [block.begin for block in self._blocks]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        if self._position >= self._size:
            return 0
        number = bisect_right(self._begins, self._position) - 1
        if number != self._of:
            self._data, self._of = self._unpack(self._blocks[number]), number
        start = self._position - self._begins[number]
        part = self._data[start : start + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _walk(self) -> tuple[list[_Block], int]:
        """The blocks that hold something, and how much all of them hold."""
        blocks: list[_Block] = []
        total, at, begin, length = os.fstat(self._file.fileno()).st_size, 0, 0, 0
        while at < total:
            self._file.seek(at)
            head = self._file.read(BGZIP_HEAD_BYTES)
            if len(head) < BGZIP_HEAD_BYTES or not BGZIP_HEAD.match(head):
                break
            size = struct.unpack("<H", head[16:])[0] + 1
            if size < SMALLEST_BLOCK or at + size > total:
                break
            self._file.seek(at + size - 4)
            length = struct.unpack("<I", self._file.read(4))[0]
            if length:
                blocks.append(_Block(at, size, begin))
            at, begin = at + size, begin + length
        if at != total:
            raise InputError(
                "the compressed data are cut off or damaged: copy the file again", self._path
            )
        if length:
            raise InputError(CUT_BGZIP, self._path)
        return blocks, begin

    def _unpack(self, block: _Block) -> bytes:
        self._file.seek(block.at + BGZIP_HEAD_BYTES)
        packed = self._file.read(block.size - BGZIP_HEAD_BYTES)
        try:
            data = zlib.decompress(packed[:-TAIL_BYTES], wbits=-zlib.MAX_WBITS)
        except zlib.error:
            data = None
        check, length = struct.unpack("<II", packed[-TAIL_BYTES:])
        if data is None or len(data) != length or zlib.crc32(data) != check:
            raise InputError("the compressed data are damaged: copy the file again", self._path)
        return data
