"""`predict`: scores of every protein on every DNA, or of the pairs of a table."""

from __future__ import annotations

from typing import Literal

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import refuse_inputs

from .genome_options import DNASource, dna_options
from .options import (
    Compute,
    check_inputs,
    compute_options,
    output_option,
    proteins_option,
    report_skipped,
)

WITHOUT_PROBABILITY = (
    "probability is blank, because these weights were trained on affinities and not on labels: "
    "their scores rank DNA, and do not say how likely it is to be bound"
)


@click.command("predict")
@proteins_option()
@dna_options
@click.option(
    "--pairs",
    metavar="TABLE",
    help="Score only these pairs, in this order: a table with the columns protein_id and dna_id.",
)
@output_option("Table to write: .tsv, .csv, .parquet or .jsonl; - is stdout (TSV).")
@click.option(
    "--any-protein",
    is_flag=True,
    help="Score the whole sequence of a protein that has no known DNA-binding domain.",
)
@click.option(
    "--on-error",
    type=click.Choice(["fail", "skip"]),
    default="fail",
    show_default=True,
    help="At a broken record: stop, or leave the record out, list it and count it.",
)
@compute_options
def command(
    proteins: str,
    dna: DNASource,
    pairs: str | None,
    output: str,
    any_protein: bool,
    on_error: Literal["fail", "skip"],
    compute: Compute,
) -> None:
    """Score proteins against DNA: how strongly each binds, and where.

    Writes one row a pair, DNA outermost in the order of its file: protein_id, dna_id, score (the
    log-odds that the protein binds somewhere in this DNA; 0 is the log of the mean odds over random
    101-bp DNA), probability, start, end (0-based, half-open) and strand of the best site, the
    protein's DNA-binding domains (dbd), the measured protein most similar to it
    (nearest_measured), and the identity of their domains (nearest_identity). If --model is
    repeated, score and probability are means, and uncertainty is the standard deviation of the
    scores. Weights that were trained on affinities alone give no probability. The same input always
    gives the same result: nothing is drawn at random.
    """
    compute.check()
    dna.check()
    inputs = [path for path in (proteins, *dna.inputs(), pairs) if path is not None]
    if inputs.count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    check_inputs(inputs)  # before the imports below, which are slow
    refuse_inputs(output, [*inputs, *compute.weights()])

    from tqdm import tqdm

    from dna_protein_bca.inference.results import COLUMNS, ENSEMBLE_COLUMNS, Unscored
    from dna_protein_bca.io.tables import TableWriter

    skipped: list[InputError] = []
    columns = ENSEMBLE_COLUMNS if len(compute.models) > 1 else COLUMNS
    with TableWriter(output, columns) as writer:
        records = dna.records()
        predictor = compute.load_any()
        unscored = Unscored(any_protein or predictor.reads_whole)
        chunks = predictor.predict_stream(
            proteins, records, pairs, any_protein=any_protein, on_error=on_error, skipped=skipped
        )
        with tqdm(unit=" pairs", unit_scale=True, disable=not compute.progress) as bar:
            for chunk in chunks:
                writer.write(chunk)
                unscored.add(chunk)
                bar.update(len(chunk))
    report_skipped(skipped)
    if not compute.quiet:
        for reason in unscored.reasons():
            click.echo(f"Warning: {reason}", err=True)
        if unscored.blank:
            click.echo(f"Warning: {WITHOUT_PROBABILITY}", err=True)
