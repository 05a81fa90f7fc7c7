"""VCF files, written: the lines that were read, with more in their INFO column."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Protocol

from Bio.bgzf import BgzfWriter

from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.outputs import atomic_path, name_output

from .record import MISSING, Variant

INFO = 7
"""Index of the column."""

ENDINGS = (".vcf", ".vcf.gz", ".vcf.bgz")

_ENCODED = str.maketrans({letter: f"%{ord(letter):02X}" for letter in "%:;=,|\t\r\n "})
"""What has a meaning of its own within INFO, written as VCF 4.3 has it, and `|` as well."""


_NAME = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
"""Names of contigs that VCF allows."""

PIECE = 1 << 15
"""Bytes that are handed on at once, less than a block."""


def is_vcf(path: PathLike) -> bool:
    """Whether a file's name ends as that of a VCF file."""
    return os.fspath(path).lower().endswith(ENDINGS)


def encode(value: str) -> str:
    """A text as part of an INFO field."""
    return value.translate(_ENCODED)


class Writable(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


class AnnotatedVCF:
    """Writes a VCF file with fields of its own; a context manager.

    Of a VCF file that was read, all lines stay as they are but for the new fields; fields with the
    same names are replaced. Of other sources, records have the first five columns. The file appears
    under its name when the block ends well; `.gz` and `.bgz` are compressed with bgzip.

    Args:
        path: of the file.
        header: lines of the VCF file that is read; none of another source.
        lengths: contig -> bp; contigs that the header lacks are added to it.
        fields: name of each new INFO field -> its line of the header, from `Number` on.
        notes: how the fields were made, lines of the header.

    Raises:
        InputError: on entering the block, an output that cannot be written.
    """

    def __init__(
        self,
        path: PathLike,
        header: Sequence[str],
        lengths: Mapping[str, int],
        fields: Mapping[str, str],
        notes: Mapping[str, str],
    ) -> None:
        self.path = os.fspath(path)
        self._names = frozenset(fields)
        self._head = "".join(f"{line}\n" for line in _head(header, lengths, fields, notes))
        self._stack = ExitStack()
        self._file: Writable

    def __enter__(self) -> AnnotatedVCF:
        with ExitStack() as stack, name_output(self.path):
            sibling = stack.enter_context(atomic_path(self.path))
            self._file = stack.enter_context(_open(sibling, self.path))
            self._stack = stack.pop_all()
        self._write(self._head)
        return self

    def write(self, records: Iterable[tuple[Variant, Mapping[str, str]]]) -> None:
        """Append records: each with the values of its new fields, as they are to stand there."""
        self._write("".join(f"{self._line(*record)}\n" for record in records))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with name_output(self.path):
            self._stack.__exit__(kind, error, trace)

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "surrogateescape")
        with name_output(self.path):
            for first in range(0, len(data), PIECE):
                self._file.write(data[first : first + PIECE])

    def _line(self, variant: Variant, fields: Mapping[str, str]) -> str:
        new = ";".join(f"{name}={value}" for name, value in fields.items())
        if not variant.text:
            alt = ",".join(variant.alts) or MISSING
            name = variant.id or MISSING
            first = (variant.chrom, str(variant.pos), name, variant.ref, alt)
            return "\t".join((*first, MISSING, MISSING, new))
        columns = variant.text.split("\t", INFO + 1)
        old = [
            part
            for part in columns[INFO].split(";")
            if part not in ("", MISSING) and part.partition("=")[0] not in self._names
        ]
        columns[INFO] = ";".join([*old, new])
        return "\t".join(columns)


def _head(
    header: Sequence[str],
    lengths: Mapping[str, int],
    fields: Mapping[str, str],
    notes: Mapping[str, str],
) -> Iterator[str]:
    """Lines of the header."""
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    old = header or ["##fileformat=VCFv4.3", columns]
    ours = tuple(f"##INFO=<ID={name}," for name in fields)
    noted = tuple(f"##{name}=" for name in notes)
    yield from (line for line in old[:-1] if not line.startswith((*ours, *noted)))
    named = {_id(line) for line in old if line.startswith("##contig=<")}
    for name, length in lengths.items():
        if name not in named and _NAME.fullmatch(name):
            yield f"##contig=<ID={name},length={length}>"
    yield from (f"##{name}={text}" for name, text in notes.items())
    yield from (f"##INFO=<ID={name},{text}>" for name, text in fields.items())
    yield old[-1]


def _id(line: str) -> str:
    """The name of a contig in its line of a header."""
    _, _, after = line.partition("ID=")
    return after.split(",")[0].rstrip(">")


@contextmanager
def _open(path: PathLike, name: str) -> Iterator[Writable]:
    """A file for bytes, compressed in blocks where its name asks for it."""
    with open(path, "wb") as file:
        if name.lower().endswith(".vcf"):
            yield file
            return
        blocks = BgzfWriter(fileobj=file)
        yield blocks
        blocks.close()
