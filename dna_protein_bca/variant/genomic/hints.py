"""How many alleles have which status, and what to do where many are not scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dna_protein_bca.errors import counted, listed
from dna_protein_bca.io.genome import Contigs, alias_advice

from .alleles import CHROM_NOT_FOUND, OK, REF_MISMATCH, STATUSES, Allele

SHOWN = 3
"""Names that a message shows."""

MANY = 0.2
"""Share of the reference alleles that disagree with the genome from which on it looks like another
assembly: in the genome that a file was made with, none do."""


class Tally:
    """Counts the alleles of a stream by their status.

    Args:
        path: of the variants, for messages.
        contigs, aliases: see `Locator`.

    Attributes:
        counts: status -> alleles, those without any left out.
    """

    def __init__(self, path: str, contigs: Contigs, aliases: Mapping[str, str] | None) -> None:
        self.counts: Counter[str] = Counter()
        self._path, self._contigs, self._aliases = path, contigs, aliases
        self._lacking: dict[str, None] = {}
        self._mismatch = ""

    def add(self, allele: Allele) -> None:
        """Count an allele."""
        self.counts[allele.status] += 1
        variant = allele.variant
        if allele.status == CHROM_NOT_FOUND:
            self._lacking[variant.chrom] = None
        if allele.status == REF_MISMATCH and not self._mismatch:
            self._mismatch = f"{variant.chrom}:{variant.pos} {variant.ref}"
            if variant.line:
                self._mismatch += f", line {variant.line}"

    def summary(self) -> str:
        """One line: how many alleles there are of each status."""
        total = sum(self.counts.values())
        parts = [f"{self.counts[name]:,} {name}" for name in STATUSES if self.counts[name]]
        return f"{total:,} allele{'s' * (total != 1)}" + (f": {', '.join(parts)}" * bool(parts))

    def hints(self) -> list[str]:
        """What may be wrong with the input, a sentence each; none where all is well."""
        found = []
        where = self._path or "the variants"
        genome = self._contigs.path or "the genome"
        if self._lacking:
            names = list(self._lacking)
            there = listed(list(self._contigs.lengths), SHOWN)
            advice = alias_advice(names, self._contigs.lengths, self._aliases)
            found.append(
                f"{where}: {counted(len(names), 'chromosome')} not in {genome} "
                f"({listed(names, SHOWN)}), whose names are {there}: {advice}"
            )
        agreed = self.counts[OK]
        wrong = self.counts[REF_MISMATCH]
        if wrong > MANY * (agreed + wrong):
            found.append(
                f"{where}: {counted(wrong, 'reference allele')} of {agreed + wrong:,} that "
                f"{genome} has other bases for (the first: {self._mismatch}): is it another "
                "assembly than the one that the variants are of?"
            )
        return found
