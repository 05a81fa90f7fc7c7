"""`evaluate`: how good the scores of labelled pairs are, beside baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dna_protein_bca.io.outputs import check_output_folder, refuse_inputs

from .about import example
from .options import (
    COLUMNS_OPTION,
    Compute,
    background_option,
    compute_options,
    proteins_option,
)
from .reporting.progress import StageProgress

if TYPE_CHECKING:
    from dna_protein_bca.reports.values import EvaluationMetrics


@click.command(
    "evaluate",
    epilog=example(
        "evaluate --proteins proteins.fa --dna dna.fa --pairs test.tsv",
        "--model run/best -o report",
    ),
)
@proteins_option("Sequences of the proteins in --pairs.")
@click.option("--dna", required=True, metavar="FASTA", help="Sequences of the DNA in --pairs.")
@click.option(
    "--pairs",
    required=True,
    metavar="TABLE",
    help="Pairs with the columns protein_id, dna_id, and label (0 or 1) or affinity (a number; "
    "higher is stronger).",
)
@COLUMNS_OPTION
@click.option(
    "--split",
    metavar="NAME",
    help="Evaluate only the pairs that have NAME in the column split, such as test.",
)
@click.option(
    "-o",
    "--output",
    metavar="REPORT_DIR",
    help="Folder for report.html, metrics.json, summary.tsv, proteins.tsv, predictions.tsv and "
    "ranks.tsv.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Probability from which a pair is called bound, for MCC and F1.  [default: the p-value "
    "that is stored with the weights, as a probability, or 0.5]",
)
@click.option(
    "--prior",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="P",
    help="Probability that a pair is bound, before its sequences are known.  [default: the share "
    "of the pairs with label 1]",
)
@background_option
@click.option(
    "--p-values",
    "rated_proteins",
    type=click.IntRange(min=0),
    default=32,
    show_default=True,
    metavar="N",
    help="Proteins whose pairs have p-values and probabilities, for MCC, F1, Brier and ECE: of "
    "more proteins so many are drawn, as each takes some seconds.",
)
@click.option(
    "--resamples",
    type=click.IntRange(min=10),
    default=1000,
    show_default=True,
    help="Resamplings of the bootstrap over proteins, from which the intervals are.",
)
@compute_options
def command(
    proteins: str,
    dna: str,
    pairs: str,
    split: str | None,
    output: str | None,
    prior: float | None,
    background: str,
    rated_proteins: int,
    compute: Compute,
    **options: Any,
) -> None:
    """Measure how good the scores of labelled pairs are, beside baselines on the same pairs.

    \b
    dna-protein-bca evaluate --proteins proteins.fa --dna dna.fa \\
        --pairs pairs.tsv --model run/best -o report

    Prints a row for the model and one for each baseline: means over proteins with 95% intervals
    (bootstrap over proteins), and a star where the interval of the model's difference to the
    baseline lies above zero, or an exclamation mark where it lies below: there the baseline beats
    the model. nn scores the motifs of the most similar measured protein,
    relatives20 those of the twenty most similar ones, and kmer_logistic is a regression on the
    k-mers of the DNA. shuffled gives every protein the scores of another, and protein_blind is the
    mean score of training proteins: a model that reads both sides must beat these two. A metric
    that is not defined is blank, and a line below the table says why. Only the model and
    kmer_logistic give the probabilities that MCC, F1, Brier and ECE need; those of the model are of
    32 proteins at most (--p-values), and hold for a prior (--prior).
    """
    compute.check()
    _check_files(proteins, dna, pairs, output, compute)

    from dna_protein_bca.evaluation import Odds, evaluate

    predictor = compute.load_any()
    with StageProgress(compute.quiet) as progress:
        evaluation = evaluate(
            predictor,
            compute.sequences(proteins),
            dna,
            pairs,
            split=split,
            seed=compute.seed,
            odds=Odds(prior, background, rated_proteins),
            progress=progress,
            **options,
        )
    if output is not None:
        evaluation.save(output)
    _print(evaluation.metrics, compute.quiet, split is None)


def _print(metrics: EvaluationMetrics, quiet: bool, every_split: bool) -> None:
    """Print the table and what has to be known to read it."""
    import sys

    from dna_protein_bca.reports.notices import evaluation_notices, verdict_lines
    from dna_protein_bca.reports.tables import summary_text
    from dna_protein_bca.reports.undefined import baseline_lines, undefined_lines

    if not quiet:
        for line in evaluation_notices(metrics, every_split=every_split):
            click.echo(line, err=True)
    click.echo(summary_text(metrics, aligned=sys.stdout.isatty()))
    for line in (*verdict_lines(metrics), *undefined_lines(metrics), *baseline_lines(metrics)):
        click.echo(line)


def _check_files(proteins: str, dna: str, pairs: str, output: str | None, compute: Compute) -> None:
    """Refuse inputs and outputs that cannot be, before anything is loaded.

    Raises:
        UsageError: several inputs from stdin.
        InputError: the output is an input, or a file.
    """
    if [proteins, dna, pairs].count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    if output is None:
        return

    inputs = [proteins, dna, pairs, *compute.weights()]
    check_output_folder(output, "report", inputs)  # before the import below, which is slow

    from dna_protein_bca.evaluation.result import WRITTEN

    refuse_inputs(output, inputs, WRITTEN)
