"""Options of commands that read a genome: its file, regions, and names of chromosomes."""

from __future__ import annotations

import click

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
