"""`data split`: train, validation and test, with what is alike in the same split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.options import set_up_logging
from dna_protein_bca.io.outputs import check_new_folder

from .options import OUTPUT, PARQUET, SEED, Source, save, source_options

if TYPE_CHECKING:
    from dna_protein_bca.datasets.datasheet import Sheet
    from dna_protein_bca.datasets.splits import By, Split

SHARE = click.FloatRange(0, 0.9)


@click.command("split", epilog=example("data split jaspar --by protein -o split"))
@source_options
@OUTPUT
@PARQUET
@click.option(
    "--by",
    required=True,
    type=click.Choice(["protein", "family", "chromosome", "dna", "random"]),
    help="What stays together: proteins with alike DNA-binding domains, families of them, "
    "chromosomes, alike DNA (either strand), or nothing.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    help="Identity (protein) or similarity (dna) from which two stay together.  "
    "[default: 0.7, 0.5]",
)
@click.option("--validation", type=SHARE, default=0.1, show_default=True, help="Share of it.")
@click.option("--test", type=SHARE, default=0.1, show_default=True, help="Share of it.")
@click.option("--validation-chrom", multiple=True, help="Such as chr9; repeat for several.")
@click.option("--test-chrom", multiple=True, help="Such as chr8; repeat for several.")
@click.option(
    "--repair",
    is_flag=True,
    help="Keep the split that the set has, and move only what leaks.",
)
@click.option(
    "--one-table", is_flag=True, help="Write pairs.tsv with a column split, in place of three."
)
@SEED
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads.")
@click.option("-v", "--verbose", is_flag=True, help="Name all that is left out, and not three.")
def split(
    source: Source,
    output: str,
    parquet: bool,
    by: By,
    threshold: float | None,
    validation: float,
    test: float,
    validation_chrom: tuple[str, ...],
    test_chrom: tuple[str, ...],
    repair: bool,
    one_table: bool,
    seed: int,
    threads: int,
    verbose: bool,
) -> None:
    """Divide SET into train, validation and test, and report what leaks between them.

    Writes train.tsv, validation.tsv and test.tsv (or .meme), which `train` and `evaluate` take
    (or, with --one-table, pairs.tsv with a column split), and leakage.json.
    """
    shares = {"validation": validation, "test": test}
    named = {"validation": list(validation_chrom), "test": list(test_chrom)}
    chromosomes = named if any(named.values()) else None
    _check(by, threshold, sum(shares.values()), chromosomes)
    source.check()
    check_new_folder(output, source.inputs)
    set_up_logging(False, verbose)
    from dna_protein_bca.datasets.splits import RANDOM_WARNING
    from dna_protein_bca.datasets.splits import split as divide

    data, parent = source.read()
    if by == "random":
        click.echo(f"Warning: {RANDOM_WARNING}", err=True)
    done = divide(
        data,
        by,
        threshold=threshold,
        shares=shares,
        chromosomes=chromosomes,
        repair=repair,
        seed=seed,
        threads=threads,
    )
    _save(output, done, source, parent, threads, parquet, one_table)


def _check(
    by: By, threshold: float | None, held_out: float, chromosomes: dict[str, list[str]] | None
) -> None:
    """Raise a usage error for options that do not go together."""
    if held_out >= 1:
        raise click.UsageError("--validation and --test leave nothing to train on.")
    if threshold is not None and by not in ("protein", "dna"):
        raise click.UsageError("--threshold is for --by protein and --by dna.")
    if chromosomes is not None and by != "chromosome":
        raise click.UsageError("--validation-chrom and --test-chrom are for --by chromosome.")


def _save(
    output: str,
    done: Split,
    source: Source,
    parent: Sheet | None,
    threads: int,
    parquet: bool,
    one_table: bool,
) -> None:
    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.leakage import REPORT, format_leakage, leakage

    report = leakage(done, threads=threads)
    sheet = make_sheet("split", source.files, parameters=done.parameters, parent=parent)
    save(output, done.data, sheet, parquet=parquet, one_table=one_table, extra={REPORT: report})
    # The warnings of a split were printed before it was made.
    click.echo(format_leakage({**report, "warnings": []}))
