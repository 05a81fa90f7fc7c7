"""Writes a bigWig file from what arrives on standard input; see `bigwig.BigWig`.

First comes a line, the lengths of all contigs as JSON; then, again and again, a contig, a start, a
count and as many values; at last a contig that is `END`.
"""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Iterator
from typing import BinaryIO

FRAME = struct.Struct("<IQI")
"""Number of the contig, start, count of the values (float32) that follow."""

END = 2**32 - 1


def intervals(stream: BinaryIO, names: list[str]) -> Iterator[tuple[str, int, int, float]]:
    """Contig, start, end and value of every value that is one, equal neighbours as one interval.

    Raises:
        EOFError: the stream ends before its end.
    """
    while True:
        number, at, count = FRAME.unpack(_read(stream, FRAME.size))
        if number == END:
            return
        values = array("f", _read(stream, 4 * count))
        if sys.byteorder == "big":
            values.byteswap()
        begin = 0
        for place in range(1, count + 1):
            value = values[begin]
            if place < count and values[place] == value:
                continue
            if value == value:
                yield names[number], at + begin, at + place, value
            begin = place


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def main() -> None:
    """Read, write, and check that what was written can be read."""
    import pybigtools

    path = sys.argv[1]
    stream = sys.stdin.buffer
    lengths = json.loads(stream.readline())
    ended = False

    def whole() -> Iterator[tuple[str, int, int, float]]:
        nonlocal ended
        yield from intervals(stream, [*lengths])
        ended = True

    pybigtools.open(path, "w").write(lengths, whole())
    pybigtools.open(path).chroms()
    sys.exit(not ended)


if __name__ == "__main__":
    main()
