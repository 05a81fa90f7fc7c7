"""From a variant to the DNA of its alleles, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dna_protein_bca.inference.dna_records import SHORTEST
from dna_protein_bca.io.genome import Contigs, find_chromosome
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.io.variants import MISSING, Variant, is_symbolic

OK = "ok"
CONTAINS_N = "contains_N"
REF_MISMATCH = "ref_mismatch"
CHROM_NOT_FOUND = "chrom_not_found"
NO_DOMAIN = "no_domain"

STATUSES = {
    OK: "both alleles are scored",
    CONTAINS_N: "N or another ambiguous letter: in an allele, which is not scored, or in the "
    "flanks, where it counts as the mean of its bases",
    REF_MISMATCH: "the genome has other bases than the reference allele",
    CHROM_NOT_FOUND: "the genome has no such chromosome",
    "out_of_bounds": "the reference allele lies beyond the ends of its chromosome",
    "symbolic": "an allele that is not written out: <DEL>, a breakend",
    "overlapping_deletion": "the allele *: the bases are missing in an allele of another variant",
    "missing": "no alternative allele, or no reference allele, is given",
    "no_change": "the alternative allele is the reference allele",
    "too_long": "more bases change than half of the model's window",
    "too_short": "an allele with its flanks is shorter than 5 bp; with fast scores, than a table's "
    "10 or 20 bp",
    NO_DOMAIN: "the protein has no known DNA-binding domain",
}
"""What the status of an allele can be, and what each means; `no_domain` is of a protein."""

_BASES = frozenset("ACGT")


class Window(NamedTuple):
    """The DNA of both alleles between the same flanks.

    Attributes:
        ref, alt: in upper case.
        start: of `ref` in its contig, 0-based.
        left: bases of the left flank.
        change: the lengths of what differs, of the reference and of the alternative allele.
    """

    ref: str
    alt: str
    start: int
    left: int
    change: tuple[int, int]


class Allele(NamedTuple):
    """One alternative allele of a variant; `window` is None where it is not scored."""

    variant: Variant
    alt: str
    status: str
    window: Window | None = None


class Locator:
    """Finds alleles in a genome.

    Args:
        contigs: the genome, of which any stretch can be read.
        aliases: see `find_chromosome`.
        tile: the model's window, in bp: so long is the longer allele with its flanks.
        shortest: bp of DNA that can be scored.
    """

    def __init__(
        self,
        contigs: Contigs,
        aliases: Mapping[str, str] | None,
        tile: int,
        shortest: int = SHORTEST,
    ) -> None:
        self._contigs, self._aliases, self._tile = contigs, aliases, tile
        self._shortest = shortest

    def alleles(self, variant: Variant) -> Iterator[Allele]:
        """Every alternative allele of a variant; one that is `MISSING` where it has none."""
        for alt in variant.alts or (MISSING,):
            status, window = self._locate(variant, alt)
            yield Allele(variant, alt, status, window)

    def _locate(self, variant: Variant, alt: str) -> tuple[str, Window | None]:
        chrom = find_chromosome(variant.chrom, self._contigs.lengths, self._aliases)
        if chrom is None:
            return CHROM_NOT_FOUND, None
        length, first = self._contigs.lengths[chrom], variant.pos - 1
        if first < 0 or first + len(variant.ref) > length:
            return "out_of_bounds", None
        if reason := _not_written(variant.ref, alt):
            return reason, None
        left, ref, changed = trim(_upper(variant.ref), _upper(alt))
        if max(len(ref), len(changed)) > self._tile // 2:
            return "too_long", None
        begin = first + left
        flanks = self._tile - max(len(ref), len(changed))
        start = max(0, begin - flanks // 2)
        end = min(length, begin + len(ref) + flanks - flanks // 2)
        low, high = min(start, first), max(end, first + len(variant.ref))
        dna = _upper(self._contigs.fetch(chrom, low, high))
        there = dna[first - low : first - low + len(variant.ref)]
        if not _agree(_upper(variant.ref), there):
            return REF_MISMATCH, None
        before, after = dna[start - low : begin - low], dna[begin + len(ref) - low : end - low]
        window = Window(
            before + ref + after,
            before + changed + after,
            start,
            begin - start,
            (len(ref), len(changed)),
        )
        return self._judge(window, ref + changed)

    def _judge(self, window: Window, changed: str) -> tuple[str, Window | None]:
        """The status of alleles that the genome agrees with."""
        if not _BASES.issuperset(changed):
            return CONTAINS_N, None
        if min(len(window.ref), len(window.alt)) < self._shortest:
            return "too_short", None
        return (OK if _BASES.issuperset(window.ref) else CONTAINS_N), window


def trim(ref: str, alt: str) -> tuple[int, str, str]:
    """The bases that differ: how many before them are the same, and those of each allele.

    The end is trimmed first, so that a repeat changes at its left end, as VCF has it.
    """
    shared = 0
    while shared < min(len(ref), len(alt)) and ref[-1 - shared] == alt[-1 - shared]:
        shared += 1
    ref, alt = ref[: len(ref) - shared], alt[: len(alt) - shared]
    left = 0
    while left < min(len(ref), len(alt)) and ref[left] == alt[left]:
        left += 1
    return left, ref[left:], alt[left:]


def _not_written(ref: str, alt: str) -> str:
    """The status of an allele that is not written out, or that is no other; empty for any other."""
    if MISSING in (ref, alt):
        return "missing"
    if alt == "*":
        return "overlapping_deletion"
    if is_symbolic(alt):
        return "symbolic"
    return "no_change" if _upper(ref) == _upper(alt) else ""


def _agree(ref: str, there: str) -> bool:
    """Whether a reference allele can be what the genome has, by the ambiguity codes of both."""
    if ref == there:
        return True
    dna = DNATokenizer()
    first, second = dna.base_probabilities[dna.encode([ref, there]).ids.long()]
    return bool(((first * second).sum(-1) > 0).all())


def _upper(dna: str) -> str:
    return dna.upper().replace("U", "T")
