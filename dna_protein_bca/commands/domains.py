"""`domains`: a census of the DNA-binding domains of a proteome."""

from __future__ import annotations

import sys
from typing import Any, Literal

import click

from dna_protein_bca.errors import InputError, counted, one_or_many
from dna_protein_bca.io.outputs import check_output

from .about import example
from .options import (
    OFFLINE,
    check_inputs,
    on_error_option,
    output_option,
    proteins_option,
    report_skipped,
    set_up_logging,
)


@click.command("domains", epilog=example("domains --proteins proteome.fa -o census.tsv"))
@proteins_option()
@output_option("Table to write: .tsv, .csv, .parquet or .jsonl; - is stdout (TSV).")
@click.option(
    "--model",
    metavar="NAME|DIR",
    help="Weights whose measured proteins are compared with.  [default: as for predict]",
)
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads.  [default: all cores]")
@on_error_option
@OFFLINE
@click.option("-q", "--quiet", is_flag=True, help="No progress bar, and no summary or warnings.")
def command(
    proteins: str,
    output: str,
    model: str | None,
    threads: int | None,
    on_error: Literal["fail", "skip"],
    quiet: bool,
) -> None:
    """Find the proteins with DNA-binding domains, such as those of a proteome.

    Writes one row for each protein and family of domains that it has: protein_id, family, spans of
    the domains (start-end, 1-based, inclusive), evalue of the best one, coverage (the share of the
    family's Pfam profile that the best one has), typical_coverage (its median over measured
    proteins of the family), the measured protein whose domains of this family are most similar
    (nearest_measured), and their identity (nearest_identity). Proteins without a known domain have
    no row. A protein whose coverage is below 0.8 of the typical one may be a fragment, and is named
    on stderr.
    """
    check_inputs([proteins])
    set_up_logging(quiet, verbose=False)

    from tqdm import tqdm

    from dna_protein_bca.inference.checksums import check_files
    from dna_protein_bca.inference.weights import locate
    from dna_protein_bca.io.fasta import as_records
    from dna_protein_bca.io.folder_names import RELATIVES
    from dna_protein_bca.io.tables import TableWriter
    from dna_protein_bca.proteins.census import COLUMNS, census, fragments
    from dna_protein_bca.proteins.collection import asked_species, read_collection
    from dna_protein_bca.proteins.relatives import MeasuredProteins

    folder = locate(model)
    check_files(folder)
    relatives, species = folder / RELATIVES, asked_species(proteins)
    check_output(output, [proteins, relatives])
    skipped: list[InputError] = []
    searched, known, low = 0, 0, []
    with TableWriter(output, COLUMNS) as writer:
        source = proteins if species is None else read_collection(folder, species)
        records = as_records(source, "protein", on_error=on_error, skipped=skipped)
        measured = MeasuredProteins.read(relatives) if relatives.is_file() else None
        with tqdm(unit=" proteins", disable=quiet or not sys.stderr.isatty()) as bar:
            for count, table in census(records, measured, threads=threads or 0):
                writer.write(table)
                searched, known = searched + count, known + table["protein_id"].nunique()
                low += [*fragments(table).itertuples()]
                bar.update(count)
    report_skipped(skipped)
    if not quiet:
        _summarise(searched, known, low)


def _summarise(searched: int, known: int, low: list[Any]) -> None:
    """Print how many proteins have a domain, and which seem to be fragments."""
    from dna_protein_bca.proteins.coverage import describe_fragment, fragment_warning

    click.echo(
        f"{known:,} of {counted(searched, 'protein')} {one_or_many(known, 'has', 'have')} a known "
        "DNA-binding domain",
        err=True,
    )
    warning = fragment_warning(
        [
            describe_fragment(row.protein_id, row.family, row.coverage, row.typical_coverage)
            for row in low
        ]
    )
    if warning:
        click.echo(f"Warning: {warning}", err=True)
