"""`predict`: scores of every protein on every DNA, or of the pairs of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError

from .about import example
from .genome_options import DNASource, dna_options
from .options import (
    Compute,
    background_file,
    background_option,
    check_inputs,
    compute_options,
    on_error_option,
    output_option,
    pairs_option,
    proteins_option,
    report_skipped,
)
from .reporting.options import check_report, report_option
from .reporting.warnings import warnings_of
from .shards.options import Cut, cut_options, run_identity

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.inference.results.best import By
    from dna_protein_bca.io.fasta import Sequences
    from dna_protein_bca.io.tables import MatrixWriter
    from dna_protein_bca.protocol import Predictor
    from dna_protein_bca.reports.predictions import PredictionReport
    from dna_protein_bca.sharding import PredictWork


@dataclass(frozen=True)
class Request:
    """The options of the command, but those that all commands share."""

    proteins: str
    dna: DNASource
    pairs: str | None
    output: str
    top: int | None
    top_by: Literal["protein", "dna"] | None
    max_p: float | None
    matrix: str | None
    report: str | None
    background: str
    prior: float
    p_values: bool
    any_protein: bool
    on_error: Literal["fail", "skip"]

    def check(self, writes_table: bool, cut: Cut) -> None:
        """Raise UsageError for options that contradict each other."""
        if self.max_p is not None and not self.p_values:
            raise click.UsageError("--max-p needs p-values: leave out --no-p-values.")
        if self.top_by == "dna" and self.top is None:
            raise click.UsageError("--top-by says what --top counts: give --top as well.")
        if self.matrix is not None and self.pairs is not None:
            raise click.UsageError("--matrix has all pairs: leave out --pairs, or --matrix.")
        shows = writes_table or self.report is not None
        if not shows and not (self.top is None and self.max_p is None):
            raise click.UsageError(
                "--top and --max-p choose rows of the table, and --matrix alone writes none: give "
                "-o or --report as well."
            )
        for name, output in (("--matrix", self.matrix), ("--report", self.report)):
            if cut and output is not None:
                raise click.UsageError(f"{name} is of a whole run: leave out --shard, or {name}.")

    def inputs(self) -> list[str]:
        """Files that are read; `-` is stdin."""
        files = (self.proteins, *self.dna.inputs(), self.pairs, background_file(self.background))
        return [path for path in files if path is not None]

    def options(self) -> dict[str, Any]:
        """What `predict_stream` takes."""
        return {
            "background": self.background if self.p_values else None,
            "prior": self.prior,
            "any_protein": self.any_protein,
            "on_error": self.on_error,
        }

    def about(self) -> dict[str, str]:
        """What a file says of its table."""
        return {"background": self.background} if self.p_values else {}

    def rows(self, chunks: Iterable[pd.DataFrame]) -> Iterable[pd.DataFrame]:
        """Those of the rows that are wanted."""
        from dna_protein_bca.inference.results import best_rows, rows_up_to

        if self.max_p is not None:
            chunks = rows_up_to(chunks, self.max_p)
        if self.top is not None:
            # All proteins of a DNA are in one chunk, but where a table of pairs says otherwise.
            whole = self.pairs is None and self.by == "dna_id"
            chunks = best_rows(chunks, self.top, self.by, whole=whole)
        return chunks

    @property
    def by(self) -> By:
        """The column of what has `top` rows each."""
        return "dna_id" if self.best_of == "dna" else "protein_id"

    @property
    def best_of(self) -> Literal["protein", "dna"]:
        """What has `top` rows: of a collection, people ask which protein binds their DNA."""
        from dna_protein_bca.proteins.collection import asked_species

        return self.top_by or ("protein" if asked_species(self.proteins) is None else "dna")

    def facts(self, models: str) -> dict[str, str]:
        """How the predictions are made, for a report."""
        chosen = [f"the {self.top} best of each {self.best_of}"] if self.top else []
        chosen += [f"p-value at most {self.max_p:g}"] if self.max_p is not None else []
        facts = {
            "proteins": self.proteins,
            "DNA": self.dna.dna or f"{self.dna.bed} in {self.dna.genome}",
            "pairs": self.pairs or "",
            "weights": models,
            "background": self.background if self.p_values else "",
            "prior": f"{self.prior:g}" if self.p_values else "",
            "rows asked for": ", ".join(chosen),
            "made by": f"dna-protein-bca {__version__}",
        }
        return {name: value for name, value in facts.items() if value}


@click.command(
    "predict", epilog=example("predict --proteins proteins.fa --dna dna.fa -o scores.tsv")
)
@proteins_option()
@dna_options
@pairs_option("Score only these pairs, in this order")
@output_option("Table to write: .tsv, .csv, .parquet or .jsonl; - is stdout (TSV).")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only the N rows with the lowest p-values of each protein (see --top-by), best first.",
)
@click.option(
    "--top-by",
    type=click.Choice(["protein", "dna"]),
    help="What has N rows each: every protein, or every DNA.  [default: protein; dna for a "
    "collection:SPECIES]",
)
@click.option(
    "--max-p",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="P",
    help="Only rows with a p-value of at most P.",
)
@click.option(
    "--matrix",
    metavar="OUT.npz",
    help="Write the scores and -log10 of the p-values as arrays, proteins x DNA, with their ids. "
    "Without -o, no table is written.",
)
@report_option
@background_option
@click.option(
    "--prior",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    metavar="P",
    help="Share of such DNA that a protein binds, which probability starts from.",
)
@click.option(
    "--p-values/--no-p-values",
    default=True,
    show_default=True,
    help="Compute p_value and probability. The first time this takes some seconds a protein.",
)
@click.option(
    "--any-protein",
    is_flag=True,
    help="Score the whole sequence of a protein that has no known DNA-binding domain. Such scores "
    "are noise, unless the weights were trained on such proteins.",
)
@on_error_option
@cut_options
@compute_options
@click.pass_context
def command(context: click.Context, compute: Compute, cut: Cut, **options: Any) -> None:
    """Score proteins against DNA: how strongly each binds, how surely, and where.

    Writes one row a pair, DNA outermost in the order of its file: protein_id, dna_id, score,
    probability, start, end (0-based, half-open) and strand of the best site, the protein's
    DNA-binding domains (dbd), the measured protein most similar to it (nearest_measured), the
    identity of their domains (nearest_identity), p_value, the share of its Pfam profile that the
    protein's best domain has (coverage), and trust. Weights that were trained on affinities add
    affinity, in the unit of their training.

    score is the log-odds that the protein binds somewhere in this DNA, 0 being the log of the mean
    odds over random 101-bp DNA; it grows with the DNA's length. p_value is the chance that
    background DNA of the same length scores as high with this protein, and probability is what it
    makes of --prior: neither grows with the length, and rows are ranked and cut by p_value.

    If --model is repeated, score is the mean, p_value is that of the mean, and uncertainty is the
    standard deviation of the scores. Weights that were trained without labels give no probability.
    The same input always gives the same result.
    """
    compute.check()
    request = Request(**options)
    request.dna.check()
    named = context.get_parameter_source("output") is not ParameterSource.DEFAULT
    writes_table = named or (request.matrix is None and request.report is None)
    request.check(writes_table, cut)
    inputs = request.inputs()
    if inputs.count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    cut.check(request.output, inputs)
    check_inputs(inputs)  # before the imports below, which are slow
    outputs = [request.output] if writes_table else []
    for path in (*outputs, *([request.matrix] if request.matrix else [])):
        cut.check_output(path, [*inputs, *compute.weights()])
    check_report(request.report, [*inputs, *compute.weights()])
    if cut:
        cut.run(_work(request, compute), compute.quiet, compute.threads)
    else:
        _write(request, writes_table, compute)


def _columns(compute: Compute) -> tuple[str, ...]:
    from dna_protein_bca.inference.results import columns_of_weights
    from dna_protein_bca.inference.weights import locate

    return columns_of_weights([locate(name) for name in compute.models or (None,)])


def _identity(request: Request, compute: Compute) -> Mapping[str, str]:
    """What the results hang on."""
    from dna_protein_bca.sharding.predict import COMMAND

    files = {
        "--proteins": request.proteins,
        "--dna": request.dna.dna,
        "--genome": request.dna.genome,
        "--bed": request.dna.bed,
        "--pairs": request.pairs,
    }
    options = {
        "--columns": sorted(getattr(request.pairs, "columns", {}).items()),
        "--around": request.dna.around,
        "--chrom-aliases": request.dna.chrom_aliases,
        "--background": request.background,
        "--max-p": request.max_p,
        "--prior": request.prior,
        "--p-values": request.p_values,
        "--any-protein": request.any_protein,
        "--on-error": request.on_error,
    }
    return run_identity(COMMAND, compute, files, options)


def _work(request: Request, compute: Compute) -> PredictWork:
    """The run, to be cut."""
    from dna_protein_bca.sharding import PredictWork

    return PredictWork(
        output=request.output,
        identity=_identity(request, compute),
        load=compute.load_any,
        proteins=request.proteins,
        records=request.dna.records,
        pairs=request.pairs,
        options=request.options(),
        max_p=request.max_p,
        finish={
            "columns": _columns(compute),
            "about": request.about(),
            "top": request.top,
            "top_by": request.best_of,
            "pairs": request.pairs is not None,
        },
        watch=partial(_watched, request, compute, None),
        report=report_skipped,
    )


def _write(request: Request, writes_table: bool, compute: Compute) -> None:
    """Score the pairs, write what is asked for, and say what is missing in it."""
    from dna_protein_bca.io.tables import MatrixWriter, TableWriter

    skipped: list[InputError] = []
    arrays = ["score", "neg_log10_p"] if request.p_values else ["score"]
    with ExitStack() as stack:
        table = matrix = None
        if writes_table:
            writer = TableWriter(request.output, _columns(compute), request.about())
            table = stack.enter_context(writer)
        if request.matrix is not None:
            matrix = stack.enter_context(MatrixWriter(request.matrix, arrays))
        records = request.dna.records()
        predictor = compute.load_any()
        proteins, records, report = _inputs(request, records, predictor, compute, skipped)
        chunks = predictor.predict_stream(
            proteins, records, request.pairs, skipped=skipped, **request.options()
        )
        chunks = _watched(request, compute, matrix, predictor, chunks)
        asked = 0
        for rows in request.rows(chunks if report is None else report.watch_rows(chunks)):
            asked += len(rows)
            if table is not None:
                table.write(rows)
        if report is not None:
            report.write(request.report or "", asked)
    report_skipped(skipped)


def _inputs(
    request: Request,
    records: Sequences,
    predictor: Predictor,
    compute: Compute,
    skipped: list[InputError],
) -> tuple[Any, Sequences, PredictionReport | None]:
    """Proteins, DNA, and the report that watches them, where one is asked for."""
    if request.report is None:
        return request.proteins, records, None
    from dna_protein_bca.io.fasta import as_records
    from dna_protein_bca.reports.predictions import Choice, PredictionReport

    bad: dict[str, Any] = {"on_error": request.on_error, "skipped": skipped}
    encoded = predictor.encode(request.proteins, any_protein=request.any_protein, **bad)
    report = PredictionReport(
        predictor,
        encoded,
        choice=Choice(request.top, request.by, request.max_p),
        background=request.background if request.p_values else None,
        keep=request.pairs is not None,
        facts=request.facts(compute.names),
        whole=request.any_protein,
    )
    return encoded, report.watch(as_records(records, "dna", **bad)), report


def _watched(
    request: Request,
    compute: Compute,
    matrix: MatrixWriter | None,
    predictor: Predictor,
    chunks: Iterable[pd.DataFrame],
) -> Iterator[pd.DataFrame]:
    """The same chunks; writes the matrix, and says in the end what is to be said of them."""
    from tqdm import tqdm

    from dna_protein_bca.inference.results import Fragments, Unscored, matrix_block

    unscored = Unscored(request.any_protein or predictor.reads_whole)
    fragments = Fragments(predictor.measured)
    with tqdm(unit=" pairs", unit_scale=True, disable=not compute.progress) as bar:
        for chunk in chunks:
            unscored.add(chunk)
            fragments.add(chunk)
            if matrix is not None:
                matrix.write(*matrix_block(chunk))
            bar.update(len(chunk))
            yield chunk
    if not compute.quiet:
        for line in warnings_of(predictor, unscored, fragments, rated=request.p_values):
            click.echo(f"Warning: {line}", err=True)
