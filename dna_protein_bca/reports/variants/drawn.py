"""Both alleles of a variant on their sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dna_protein_bca.io.genome import Contigs, find_chromosome
from dna_protein_bca.reports.parts.cards import FLANK, Window, draw_window, plain
from dna_protein_bca.reports.parts.proteins import ProteinCard
from dna_protein_bca.reports.values import short

from .rows import variant_name

LONGEST = 40
"""Bases of an allele that is drawn."""


class Drawn(NamedTuple):
    """A variant on a page: its numbers as text, and a picture of each allele, empty for none."""

    title: str
    trust: str
    nearest: str
    numbers: dict[str, str]
    reference: str
    variant: str


def draw_row(
    row: Mapping[str, Any],
    card: ProteinCard,
    genome: Contigs,
    aliases: Mapping[str, str] | None = None,
) -> Drawn:
    """A variant of one base or several for one protein; of insertions and deletions the numbers.

    Args:
        row: with the columns of `variant.genomic`.
        aliases: other names of the chromosomes, see `find_chromosome`.
    """
    title = f"{card.id} at {variant_name(dict(row))}"
    numbers = {
        "effect": row["effect"] if isinstance(row["effect"], str) else "",
        "change of score": f"{row['delta_score']:+.3g}",
        "p of such a change": short(row["delta_p"]),
        "p-value": f"{short(row['p_value_ref'])} → {short(row['p_value_alt'])}",
    }
    shown = {name: value for name, value in numbers.items() if value}
    pictures = ["", ""]
    ref, alt = str(row["ref"]), str(row["alt"])
    chrom = find_chromosome(row["chrom"], genome.lengths, aliases)
    if chrom is not None and len(ref) == len(alt) <= LONGEST:
        pictures = [_allele(row, card, genome, chrom, allele) for allele in ("ref", "alt")]
    return Drawn(title, card.trust, card.about, shown, *pictures)


def _allele(
    row: Mapping[str, Any], card: ProteinCard, genome: Contigs, chrom: str, allele: str
) -> str:
    """The best site with one allele in the DNA; the bases of the variant are framed."""
    if row[f"strand_{allele}"] not in ("+", "-"):
        return ""
    start, end = int(row[f"start_{allele}"]), int(row[f"end_{allele}"])
    at = int(row["pos"]) - 1
    last = at + len(row["ref"])
    first = max(0, min(start, at) - FLANK)
    bases = plain(genome.fetch(chrom, first, max(end, last) + FLANK))
    bases = bases[: at - first] + plain(str(row[allele])) + bases[last - first :]
    window = Window(bases, first, start, end, row[f"strand_{allele}"])
    return draw_window(window, card, f"{allele} of {variant_name(dict(row))}", (at, last))
