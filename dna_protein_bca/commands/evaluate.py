"""`evaluate`: how good the scores of labelled pairs are, beside the baselines."""

from __future__ import annotations

from pathlib import Path

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import refuse_inputs

from .options import Compute, compute_options


@click.command("evaluate")
@click.option("--proteins", required=True, metavar="FASTA", help="Proteins.")
@click.option("--dna", required=True, metavar="FASTA", help="DNA.")
@click.option(
    "--pairs",
    required=True,
    metavar="TABLE",
    help="Pairs with the columns protein_id, dna_id, and label (0 or 1) or affinity (a number).",
)
@click.option(
    "--split",
    metavar="NAME",
    help="Evaluate the pairs alone whose column split has NAME, such as test.",
)
@click.option(
    "-o",
    "--output",
    metavar="REPORT_DIR",
    help="Folder for report.html, metrics.json, and tables of predictions, proteins and ranks.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Probability from which a pair is called bound.  [default: the weights' own, or 0.5]",
)
@click.option(
    "--resamples",
    type=click.IntRange(min=10),
    default=1000,
    show_default=True,
    help="Resamplings of the bootstrap over proteins.",
)
@compute_options
def command(
    proteins: str,
    dna: str,
    pairs: str,
    split: str | None,
    output: str | None,
    threshold: float | None,
    resamples: int,
    compute: Compute,
) -> None:
    """Say how good the scores of labelled pairs are, beside the baselines on the same pairs.

    Prints one row a method: means over proteins with 95% intervals (bootstrap over proteins); a
    star where the model beats the baseline. nn and relatives20 score the motifs of the measured
    proteins most like each; kmer_logistic is a regression on k-mers; shuffled and protein_blind
    are controls that a model which reads both sides must beat. A figure that is not defined is
    blank, and a line below the table says why; only the model and kmer_logistic give the
    probabilities that MCC, F1, Brier and ECE need.
    """
    compute.check()
    if [proteins, dna, pairs].count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")

    import sys

    from dna_protein_bca.evaluation import evaluate
    from dna_protein_bca.evaluation.reference import training_of
    from dna_protein_bca.evaluation.report import WRITTEN, text_table, undefined_lines
    from dna_protein_bca.inference.weights import locate

    if output is not None:
        refuse_inputs(output, [proteins, dna, pairs, *compute.weights()], WRITTEN)
    if output is not None and Path(output).exists() and not Path(output).is_dir():
        raise InputError("is a file: give a folder for the report", output)
    predictor = compute.load_any()
    found = evaluate(
        predictor,
        proteins,
        dna,
        pairs,
        split=split,
        threshold=threshold,
        training=training_of(locate(compute.model), predictor.measured),
        seed=compute.seed,
        resamples=resamples,
    )
    if output is not None:
        found.save(output)
    counts = found.metrics["counts"]
    if (missing := counts["pairs"] - counts["scored"]) and not compute.quiet:
        why = "; ".join(found.metrics["left_out"])
        click.echo(
            f"Warning: {missing} of {counts['pairs']} pairs have no score and are left out: {why}",
            err=True,
        )
    if counts["trained_on"] and not compute.quiet:
        click.echo(
            f"{counts['trained_on']} of {counts['pairs']} pairs are among those that the weights "
            "were trained on: on others expect less",
            err=True,
        )
    trained = found.metrics["splits"].get("train", 0)
    if split is None and 0 < trained < counts["pairs"] and not compute.quiet:
        click.echo(
            f"{trained} of {counts['pairs']} pairs have train in the column split: --split test "
            "leaves them out",
            err=True,
        )
    click.echo(text_table(found.metrics, aligned=sys.stdout.isatty()))
    for line in undefined_lines(found.metrics):
        click.echo(line)
