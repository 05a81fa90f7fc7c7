"""`data negatives`: DNA that proteins do not bind, for the pairs of a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.genome_options import CHROM_ALIASES, alias_file, read_chrom_aliases
from dna_protein_bca.io.outputs import check_new_folder

from .options import (
    OUTPUT,
    PARQUET,
    SEED,
    Source,
    check_inputs,
    present,
    save,
    source_options,
)

if TYPE_CHECKING:
    from dna_protein_bca.datasets.negatives.draw import Negatives


@click.command("negatives", epilog=example("data negatives peaks --negatives shuffle -o set"))
@source_options
@OUTPUT
@PARQUET
@click.option(
    "--negatives",
    "kinds",
    multiple=True,
    required=True,
    type=click.Choice(["shuffle", "windows", "others"]),
    help="Dinucleotide-preserving shuffles of positives, windows of --genome with like G+C, other "
    "proteins' positives; repeat for several.",
)
@click.option(
    "--ratio",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Negatives of each kind for a positive.",
)
@click.option("--genome", metavar="FASTA", help="For windows. Plain, or compressed with bgzip.")
@CHROM_ALIASES
@SEED
def negatives(
    source: Source,
    output: str,
    parquet: bool,
    kinds: tuple[Negatives, ...],
    ratio: float,
    genome: str | None,
    chrom_aliases: str | None,
    seed: int,
) -> None:
    """Add negatives (label 0) to the pairs of SET, or of your own files.

    Pairs without a label and an affinity are all positives. Negatives are drawn for each protein,
    split (train, validation, test) and assay separately, and belong to that split and assay; a set
    that is split gets a new leakage.json, which says what its splits have in common.
    """
    source.check()
    _check_genome(kinds, genome, chrom_aliases)
    used = present([genome, alias_file(chrom_aliases)])
    check_new_folder(output, [*source.inputs, *used])
    check_inputs(*used)

    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.leakage import REPORT, format_leakage, leakage
    from dna_protein_bca.datasets.negatives.add import add_negatives
    from dna_protein_bca.datasets.splits import Split
    from dna_protein_bca.datasets.training_set import one_table
    from dna_protein_bca.io.genome import Genome

    data, parent = source.read(bare=True)
    kinds = tuple(dict.fromkeys(kinds))
    data, counts = add_negatives(
        data,
        kinds,
        ratio=ratio,
        seed=seed,
        genome=Genome(genome) if genome is not None else None,
        aliases=read_chrom_aliases(chrom_aliases),
        path=source.dna_path,
    )
    chosen = {"negatives": kinds, "ratio": ratio, "seed": seed, "chrom_aliases": chrom_aliases}
    inputs = [*source.files, *used]
    sheet = make_sheet("negatives", inputs, parameters=chosen, counts=counts, parent=parent)
    whole = source.folder is None or one_table(source.folder)
    report = {REPORT: leakage(Split(data))} if data.has_split_pairs else {}
    save(output, data, sheet, parquet=parquet, one_table=whole, extra=report)
    for values in report.values():
        click.echo(format_leakage(values))


def _check_genome(
    kinds: tuple[Negatives, ...], genome: str | None, chrom_aliases: str | None
) -> None:
    """Raise a usage error unless a genome is given where it is needed, and only there."""
    if ("windows" in kinds) != (genome is not None):
        raise click.UsageError("--negatives windows needs --genome, and nothing else does.")
    if chrom_aliases is not None and genome is None:
        raise click.UsageError("--chrom-aliases is for --negatives windows.")
