"""A variant of DNA as files state it, and the letters of its alleles."""

from __future__ import annotations

import re
from typing import NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import check_utf8, parse_int
from dna_protein_bca.io.sequence_checks import LETTERS

MISSING = "."

_BASES = re.compile(rf"[{LETTERS['dna']}]+", re.IGNORECASE)
_BREAKEND = re.compile(r".*[\[\]].*|\..+|.+\.")
"""Of VCF: a mate in brackets, or a single breakend, a point before or after the bases."""


class Variant(NamedTuple):
    """A change at one place of a genome, with one or more alternative alleles.

    Attributes:
        chrom: name of the chromosome, as the file has it.
        pos: 1-based position of the first base of `ref`, as in VCF.
        id: of the variant; empty for none.
        ref: the genome's bases; `MISSING` where they are not given.
        alts: alternative alleles as written; none where the file gives none.
        line: of the file, 1-based; 0 for no file.
        text: the whole line of a VCF file; empty for other sources.
    """

    chrom: str
    pos: int
    id: str
    ref: str
    alts: tuple[str, ...]
    line: int = 0
    text: str = ""


def is_bases(allele: str) -> bool:
    """Whether an allele is written out: bases, or the ambiguity codes of IUPAC."""
    return bool(_BASES.fullmatch(allele))


def is_symbolic(allele: str) -> bool:
    """Whether an allele is a name in angle brackets, or a breakend."""
    return allele.startswith("<") or bool(_BREAKEND.fullmatch(allele))


def make_variant(
    fields: tuple[str, str, str, str, str], path: str, line: int, text: str = ""
) -> Variant:
    """A variant of the texts of its fields.

    Args:
        fields: chromosome, position, id, reference and alternative alleles (joined by commas).
        path, line: where they stand, for errors.

    Raises:
        InputError: an empty name, a position that is no whole number of 0 or more, or an allele
            that is neither bases nor one of VCF's other forms.
    """
    chrom, place, name, ref, alt = (field.strip() for field in fields)
    if not chrom:
        raise InputError("the chromosome is empty: give its name", path, line)
    check_utf8(chrom, path, line)
    try:
        pos = parse_int(place)
    except ValueError:
        pos = -1
    if pos < 0:
        raise InputError(
            f"position {place!r} is no whole number of 1 or more: positions count from 1",
            path,
            line,
        )
    if ref != MISSING and not is_bases(ref):
        raise InputError(f"the reference allele {_shown(ref)} {_ADVICE}", path, line)
    alts = () if alt == MISSING else tuple(alt.split(","))
    for allele in alts:
        if not (allele in ("*", MISSING) or is_bases(allele) or is_symbolic(allele)):
            raise InputError(f"the alternative allele {_shown(allele)} {_ADVICE}", path, line)
    return Variant(chrom, pos, "" if name == MISSING else name, ref, alts, line, text)


_ADVICE = (
    "has letters that are no bases: write alleles as in VCF (an insertion or a deletion with the "
    "base before it, such as A and AT)"
)


def _shown(allele: str) -> str:
    return repr(allele if len(allele) <= 40 else allele[:37] + "...")
