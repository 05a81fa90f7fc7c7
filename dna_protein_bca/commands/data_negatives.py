"""`data negatives`: DNA that proteins do not bind, for pairs that are there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dna_protein_bca.io.outputs import refuse_inputs

from .data_options import (
    CHROM_ALIASES,
    OUTPUT,
    PARQUET,
    SEED,
    check_given,
    check_inputs,
    read_chrom_aliases,
    read_given,
    save,
    set_or_files,
)


@click.command("negatives")
@set_or_files
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
    folder: str | None,
    proteins: str | None,
    dna: str | None,
    pairs: str | None,
    motifs: str | None,
    output: str,
    parquet: bool,
    kinds: tuple[Any, ...],
    ratio: float,
    genome: str | None,
    chrom_aliases: str | None,
    seed: int,
) -> None:
    """Add negatives (label 0) to the pairs of SET, or of your own files.

    Pairs without a label and an affinity are all positives. Negatives are drawn for each protein,
    side of the split and assay by itself, and go to that side and assay; where there are sides, a
    new leakage.json says what they have in common.
    """
    files = {"proteins": proteins, "dna": dna, "pairs": pairs, "motifs": motifs}
    check_given(folder, files)
    if ("windows" in kinds) != (genome is not None):
        raise click.UsageError("--negatives windows needs --genome, and nothing else does.")
    if chrom_aliases is not None and genome is None:
        raise click.UsageError("--chrom-aliases is for --negatives windows.")
    refuse_inputs(output, [folder, *files.values(), genome, chrom_aliases])
    table = None if chrom_aliases == "auto" else chrom_aliases
    check_inputs(genome, table)

    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.leakage import REPORT, format_leakage, leakage
    from dna_protein_bca.datasets.negatives.add import add_negatives
    from dna_protein_bca.datasets.splits import Split
    from dna_protein_bca.datasets.training_set import DNA, one_table
    from dna_protein_bca.io.genome import Genome

    data, parent = read_given(folder, files, bare=True)
    kinds = tuple(dict.fromkeys(kinds))
    done, counts = add_negatives(
        data,
        kinds,
        ratio=ratio,
        seed=seed,
        genome=Genome(genome) if genome is not None else None,
        aliases=read_chrom_aliases(chrom_aliases),
        path=str(Path(folder, DNA)) if folder is not None else dna or "",
    )
    parameters = {
        "negatives": list(kinds),
        "ratio": ratio,
        "seed": seed,
        "chrom_aliases": chrom_aliases,
    }
    inputs = [path for path in (*files.values(), genome, table) if path is not None]
    sheet = make_sheet("negatives", inputs, parameters=parameters, counts=counts, parent=parent)
    whole = folder is None or one_table(folder)
    split = done.pairs is not None and "split" in done.pairs
    report = leakage(Split(done, 0, {})) if split else None
    extra = {REPORT: report} if report else None
    save(output, done, sheet, parquet=parquet, one_table=whole, extra=extra)
    if report:
        click.echo(format_leakage(report))
