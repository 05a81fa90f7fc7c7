"""Options of commands that read a genome: its file, regions, and names of chromosomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dna_protein_bca.io.fasta import Sequences

    from .options import Command

BED = click.option(
    "--bed",
    metavar="BED",
    help="Only these regions: BED or narrowPeak, plain or compressed.",
)
AROUND = click.option(
    "--around",
    type=click.IntRange(min=0),
    metavar="N",
    help="Of each region of --bed, N bp on each side of its summit (the tenth column of "
    "narrowPeak, else the middle).",
)
CHROM_ALIASES = click.option(
    "--chrom-aliases",
    metavar="auto|FILE",
    help="Names of chromosomes: auto adds or takes away 'chr'; a file has both names on a line.",
)


def alias_file(chrom_aliases: str | None) -> str | None:
    """The file that `--chrom-aliases` names; None for `auto` and without the option."""
    return None if chrom_aliases == "auto" else chrom_aliases


def read_chrom_aliases(chrom_aliases: str | None) -> dict[str, str] | None:
    """What `--chrom-aliases` names, as `match_chromosomes` takes it."""
    from dna_protein_bca.io.genome import read_aliases

    path = alias_file(chrom_aliases)
    if path is not None:
        return read_aliases(path)
    return None if chrom_aliases is None else {}


def check_bed(bed: str | None, around: int | None, chrom_aliases: str | None) -> None:
    """Raise a usage error for options that say something of regions where there are none."""
    if bed is None and around is not None:
        raise click.UsageError("--around is for the regions of --bed.")
    if bed is None and chrom_aliases is not None:
        raise click.UsageError("--chrom-aliases is for the chromosomes of --bed.")


@dataclass(frozen=True)
class DNASource:
    """The DNA of a command: a FASTA file, or regions of a genome."""

    dna: str | None
    genome: str | None
    bed: str | None
    around: int | None
    chrom_aliases: str | None

    def check(self) -> None:
        """Raise a usage error unless it is one of the two."""
        if (self.dna is None) == (self.genome is None) or (self.genome is None) != (
            self.bed is None
        ):
            raise click.UsageError("give either --dna, or --genome and --bed.")
        check_bed(self.bed, self.around, self.chrom_aliases)

    def inputs(self) -> list[str]:
        """Files that are read; `-` is stdin."""
        files = (self.dna, self.genome, self.bed, alias_file(self.chrom_aliases))
        return [path for path in files if path is not None]

    def records(self) -> Sequences:
        """The DNA, read as a stream."""
        from dna_protein_bca.io.intervals.regions import cut_regions

        if self.genome is None or self.bed is None:
            return self.dna or ()
        aliases = read_chrom_aliases(self.chrom_aliases)
        return cut_regions(self.genome, self.bed, around=self.around, aliases=aliases)


def dna_options(function: Command) -> Command:
    """The options `--dna`, `--genome` and what goes with it, as one argument `dna`."""

    @wraps(function)
    def wrapper(**options: Any) -> None:
        names = DNASource.__dataclass_fields__
        source = DNASource(**{name: options.pop(name) for name in names})
        function(dna=source, **options)

    decorated: Command = wrapper
    for option in (
        CHROM_ALIASES,
        AROUND,
        BED,
        click.option(
            "--genome",
            metavar="FASTA",
            help="In place of --dna: a genome (plain, or compressed with bgzip), of which each "
            "region of --bed is a record.",
        ),
        click.option("--dna", metavar="FASTA", help="DNA sequences; read as a stream."),
    ):
        decorated = option(decorated)
    return decorated
