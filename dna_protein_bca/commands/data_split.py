"""`data split`: a set divided so that what is alike stays on one side."""

from __future__ import annotations

from typing import Any

import click

from dna_protein_bca.io.outputs import refuse_inputs

from .data_options import OUTPUT, PARQUET, SEED, check_given, read_given, save, set_or_files
from .options import set_up_logging

SHARE = click.FloatRange(0, 0.9)


@click.command("split")
@set_or_files
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
    folder: str | None,
    proteins: str | None,
    dna: str | None,
    pairs: str | None,
    motifs: str | None,
    output: str,
    parquet: bool,
    by: Any,
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
    if validation + test >= 1:
        raise click.UsageError("--validation and --test leave nothing to train on.")
    if threshold is not None and by not in ("protein", "dna"):
        raise click.UsageError("--threshold is for --by protein and --by dna.")
    if (validation_chrom or test_chrom) and by != "chromosome":
        raise click.UsageError("--validation-chrom and --test-chrom are for --by chromosome.")
    files = {"proteins": proteins, "dna": dna, "pairs": pairs, "motifs": motifs}
    check_given(folder, files)
    refuse_inputs(output, [folder, *files.values()])
    set_up_logging(False, verbose)

    from dna_protein_bca.datasets.datasheet import make_sheet
    from dna_protein_bca.datasets.leakage import REPORT, format_leakage, leakage
    from dna_protein_bca.datasets.splits import RANDOM_WARNING
    from dna_protein_bca.datasets.splits import split as divide

    data, parent = read_given(folder, files)
    if by == "random":
        click.echo(f"Warning: {RANDOM_WARNING}", err=True)
    named = {"validation": list(validation_chrom), "test": list(test_chrom)}
    shares = {"validation": validation, "test": test}
    done = divide(
        data,
        by,
        threshold=threshold,
        shares=shares,
        chromosomes=named if validation_chrom or test_chrom else None,
        repair=repair,
        seed=seed,
        threads=threads,
    )
    report = leakage(done, threads=threads)
    parameters = {
        "by": by,
        "threshold": done.threshold,
        **({"chromosomes": named} if validation_chrom or test_chrom else {"shares": shares}),
        "repair": repair,
        "seed": seed,
    }
    inputs = [path for path in files.values() if path is not None]
    sheet = make_sheet("split", inputs, parameters=parameters, parent=parent)
    how = {"parquet": parquet, "one_table": one_table}
    save(output, done.data, sheet, extra={REPORT: report}, **how)
    click.echo(format_leakage(report | {"warnings": []}))
