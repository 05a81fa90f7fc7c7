"""`embed`: vectors of proteins, or of pairs, for models of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import atomic_path, check_output

from .about import example
from .options import (
    Compute,
    check_inputs,
    compute_options,
    on_error_option,
    pairs_option,
    proteins_option,
    report_skipped,
)

ENDINGS = (".npz", ".parquet")
"""Of the formats that are written."""


@click.command(
    "embed",
    epilog=example("embed --proteins proteins.fa --dna dna.fa -o embeddings.parquet"),
)
@proteins_option()
@click.option("--dna", metavar="FASTA", help="DNA that the proteins meet.")
@pairs_option("Only these pairs, in this order")
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="File to write: .npz or .parquet."
)
@click.option(
    "--any-protein",
    is_flag=True,
    help="Read the whole sequence of a protein that has no known DNA-binding domain.",
)
@on_error_option
@compute_options
def command(
    proteins: str,
    dna: str | None,
    pairs: str | None,
    output: str,
    any_protein: bool,
    on_error: Literal["fail", "skip"],
    compute: Compute,
) -> None:
    """Write embeddings of proteins, or with --dna of pairs: inputs for a model of your own.

    A protein's embedding is the mean of the tokens that stand for it in the joint transformer. A
    pair's comes from the last layer in which the two update each other: the mean of the protein's
    tokens, then that of the DNA's places.

    An .npz file holds protein_id (and dna_id) and embedding, an array with a row for each; a
    Parquet table has the same columns. DNA stands outermost, in the order of its file. What cannot
    be read (a protein without a known domain, DNA that is all N or shorter than 5 bp) has NaN, or
    null in Parquet.
    """
    compute.check()
    if pairs is not None and dna is None:
        raise click.UsageError("--pairs names DNA: give --dna as well.")
    if Path(output).suffix not in ENDINGS:
        raise InputError(f"embeddings are {' or '.join(ENDINGS)}: end the file's name so", output)
    inputs = [path for path in (proteins, dna, pairs) if path is not None]
    if inputs.count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    check_inputs(inputs)
    check_output(output, [*inputs, *compute.weights()])

    from dna_protein_bca.embed import embed_pairs, embed_proteins
    from dna_protein_bca.io.tables.embeddings import write_embeddings

    skipped: list[InputError] = []
    predictor = compute.load()
    options: dict[str, Any] = {"any_protein": any_protein, "on_error": on_error, "skipped": skipped}
    with atomic_path(output) as path:
        if dna is None:
            found = embed_proteins(predictor, proteins, **options)
        else:
            found = embed_pairs(predictor, proteins, dna, pairs, **options)
        write_embeddings(path, found.ids, found.vectors)
    report_skipped(skipped)
    if found.missing and not compute.quiet:
        click.echo(
            f"Warning: {found.missing} of {len(found.vectors)} rows have no embedding: their "
            "protein has no known DNA-binding domain, or their DNA is all N or shorter than 5 bp",
            err=True,
        )
