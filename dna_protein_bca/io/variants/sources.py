"""Variants from any source: a file by its content, texts, or rows from Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeAlias

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, open_bytes

from .record import MISSING, Variant, make_variant
from .table import IDS, NEEDED, VariantTable
from .vcf import VCF

if TYPE_CHECKING:
    import pandas as pd

BCF_MAGIC = b"BCF"


class Variants(Protocol):
    """Variants that can be iterated over once, or more often.

    Attributes:
        path: of the file, for errors; empty for none.
        header: lines of a VCF file; none of another source.
    """

    @property
    def path(self) -> str: ...

    @property
    def header(self) -> Iterable[str]: ...

    def __iter__(self) -> Iterator[Variant]: ...


VariantSource: TypeAlias = (
    "PathLike | Variants | pd.DataFrame | Iterable[str | tuple[str, int, str, str]]"
)
"""Path of a VCF file or of a table; a DataFrame with chrom, pos, ref and alt; or an iterable of
texts such as `chr1:12345:A:G` or of (chrom, pos, ref, alt)."""


class HeldVariants:
    """Variants that are held in memory."""

    path = ""
    header: tuple[str, ...] = ()

    def __init__(self, variants: Iterable[Variant]) -> None:
        self._variants = list(variants)

    def __iter__(self) -> Iterator[Variant]:
        return iter(self._variants)


def as_variants(source: VariantSource) -> Variants:
    """Variants of any source.

    Raises:
        InputError: see `open_variants`, `parse_variant` and `make_variant`.
    """
    import pandas as pd

    if isinstance(source, str | os.PathLike):
        return open_variants(source)
    if isinstance(source, pd.DataFrame):
        return _of_frame(source)
    if isinstance(source, VCF | VariantTable | HeldVariants):
        return source
    return HeldVariants(_of_row(row) for row in source)


def open_variants(path: PathLike) -> VCF | VariantTable:
    """Open a VCF file, or a table with a header of chrom, pos, ref and alt, told by its content.

    Args:
        path: plain, bgzip, gzip, bzip2 or xz; `-` is standard input.

    Raises:
        InputError: BCF, or neither of the two; see `VCF` and `VariantTable`.
    """
    name = os.fspath(path)
    stream = open_bytes(path, limited=False)
    try:
        head = stream.peek(64).lstrip(b"\xef\xbb\xbf")
        if head.startswith(BCF_MAGIC):
            raise InputError(
                "BCF, which is not read here: give VCF (bcftools view FILE, whose output can be "
                "piped to --vcf -)",
                name,
            )
        is_vcf = head.startswith((b"##", b"#CHROM\tPOS\tID\t"))
        return VCF(stream, name) if is_vcf else VariantTable(stream, name)
    except InputError:
        stream.close()
        raise


def parse_variant(text: str) -> Variant:
    """A variant of a text such as `chr1:12345:A:G`; the name of the chromosome may have colons.

    Raises:
        InputError: another form; see `make_variant`.
    """
    parts = text.rsplit(":", 3)
    if len(parts) != 4:
        raise InputError(
            f"the variant {text!r} is not written as chromosome:position:ref:alt, such as "
            "chr1:12345:A:G"
        )
    chrom, pos, ref, alt = parts
    return _named((chrom, pos, MISSING, ref, alt), text)


def _of_row(row: object) -> Variant:
    if isinstance(row, Variant):
        return row
    if isinstance(row, str):
        return parse_variant(row)
    fields = [str(field) for field in row]  # type: ignore[attr-defined]
    if len(fields) != 4:
        raise InputError(f"the variant {row!r} is not (chrom, pos, ref, alt)")
    chrom, pos, ref, alt = fields
    return _named((chrom, pos, MISSING, ref, alt), ":".join(fields))


def _of_frame(frame: pd.DataFrame) -> HeldVariants:
    lacking = [name for name in NEEDED if name not in frame.columns]
    if lacking:
        raise InputError(f"the DataFrame of variants has no column {', '.join(lacking)}")
    ids = next((name for name in IDS if name in frame.columns), None)
    names = [MISSING] * len(frame) if ids is None else frame[ids].fillna(MISSING).astype(str)
    given = frame[list(NEEDED)].astype(object)
    filled = given.where(given.notna(), MISSING)
    columns = (filled[name].astype(str) for name in NEEDED)
    rows = zip(names, *columns, strict=True)
    return HeldVariants(
        _named((chrom, pos, name, ref, alt), f"row {number}")
        for number, (name, chrom, pos, ref, alt) in enumerate(rows, 1)
    )


def _named(fields: tuple[str, str, str, str, str], name: str) -> Variant:
    """A variant that stands in no file, whose errors name it."""
    try:
        return make_variant(fields, "", 0)
    except InputError as error:
        raise InputError(f"the variant {name}: {error.message}") from None
