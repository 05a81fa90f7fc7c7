"""`scan`: every site of proteins in a genome whose p-value is low."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .about import example
from .genome_options import AROUND, BED, CHROM_ALIASES, alias_file, check_bed, read_chrom_aliases
from .options import (
    Compute,
    background_file,
    background_option,
    cache_option,
    check_inputs,
    compute_options,
    output_option,
    proteins_option,
)
from .reporting.options import check_report, report_option
from .shards.options import Cut, cut_options, run_identity

if TYPE_CHECKING:
    from dna_protein_bca.inference.encoding import EncodedProteins
    from dna_protein_bca.io.genome import Contigs
    from dna_protein_bca.io.intervals.hits import BedWriter
    from dna_protein_bca.io.tables import TableWriter
    from dna_protein_bca.predictor import BindingPredictor
    from dna_protein_bca.reports.scans import ScanReport
    from dna_protein_bca.sharding import ScanWork


@dataclass(frozen=True)
class Request:
    """The options of the command, but those that all commands share."""

    proteins: str
    genome: str
    bed: str | None
    around: int | None
    chrom_aliases: str | None
    max_p: float
    background: str
    q: bool
    overlaps: bool
    track: str | None
    fast: bool
    cache: bool
    report: str | None
    output: str

    def inputs(self) -> list[str]:
        """Files that are read; `-` is stdin."""
        files = (self.proteins, self.genome, self.bed, alias_file(self.chrom_aliases))
        return [path for path in (*files, background_file(self.background)) if path is not None]

    def options(self) -> dict[str, Any]:
        """What a scan of the genome takes, and each of its shards."""
        return {
            "bed": self.bed,
            "around": self.around,
            "aliases": read_chrom_aliases(self.chrom_aliases),
            "background": self.background,
            "max_p": self.max_p,
            "fast": self.fast,
            "cache": self.cache,
        }

    def notes(self, weights: str) -> dict[str, str]:
        """What a file says of its hits."""
        from dna_protein_bca.scan import scan_notes

        return scan_notes(self.background, weights, self.max_p, self.fast)


@click.command(
    "scan",
    epilog=example("scan --proteins proteins.fa --genome genome.fa", "--max-p 1e-6 -o hits.bed"),
)
@proteins_option()
@click.option(
    "--genome",
    required=True,
    metavar="FASTA",
    help="Genome, or any DNA: plain or compressed, indexed or not; - is standard input.",
)
@BED
@AROUND
@CHROM_ALIASES
@click.option(
    "--max-p",
    type=click.FloatRange(0, 1, min_open=True),
    default=1e-4,
    show_default=True,
    metavar="P",
    help="The highest p-value of a site.",
)
@background_option
@click.option("--q", is_flag=True, help="Add q-values (Benjamini-Hochberg, for each protein).")
@click.option(
    "--overlaps/--no-overlaps",
    default=True,
    show_default=True,
    help="Whether of one protein's overlapping sites all are reported, or the best.",
)
@click.option(
    "--track",
    metavar="OUT.bw",
    help="bigWig file for -log10 of the p-values (OUT.PROTEIN.bw for each of several proteins).",
)
@click.option(
    "--fast",
    is_flag=True,
    help="Find sites with a table of all 10-mers a protein, hundreds of times as fast, and score "
    "them with the motifs alone. The table takes some seconds a protein the first time.",
)
@cache_option
@report_option
@output_option(
    "Sites to write: .bed, .tsv, .csv, .jsonl (.gz after it compresses) or .parquet; - is stdout "
    "(BED)."
)
@cut_options
@compute_options
@click.pass_context
def command(context: click.Context, compute: Compute, cut: Cut, **options: Any) -> None:
    """Scan a genome for the sites of proteins.

    Writes one row a site, in the genome's order of contigs, by start, protein and strand: chrom,
    start, end (0-based, half-open), protein_id, bed_score (-100 log10 of the p-value, at most
    1000), strand, score (the log-odds of this site), p_value and, with --q, q_value. The p-value of
    a site is the chance that the better strand of a random position of background DNA scores as
    high with this protein. Each position counts once, with its better strand. Contigs are scored as
    predict scores a record that long, whatever --bed says: --bed only restricts what is reported,
    to the sites that lie within its regions.
    """
    compute.check()
    request = Request(**options)
    check_bed(request.bed, request.around, request.chrom_aliases)
    inputs = request.inputs()
    if inputs.count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    cut.check(request.output, inputs)
    if cut and request.report is not None:
        raise click.UsageError("--report is of a whole run: leave out --shard, or --report.")
    check_inputs(inputs)  # before the imports below, which are slow
    for output in (request.output, request.track):
        if output is not None:
            cut.check_output(output, [*inputs, *compute.weights()])
    if request.fast and request.track is not None:
        raise click.UsageError(
            "a track has the score of every position, of which --fast computes few: leave out one."
        )
    check_report(request.report, [*inputs, *compute.weights()])
    if request.track is not None:
        from dna_protein_bca.io.intervals.bigwig import check_track

        check_track(request.track)
    if cut:
        cut.run(_work(request, compute), compute.quiet, compute.threads)
    else:
        named = context.get_parameter_source("output") is not ParameterSource.DEFAULT
        _write(request, compute, writes_table=named or request.report is None)


def _work(request: Request, compute: Compute) -> ScanWork:
    """The run, to be cut."""
    from dna_protein_bca.io.intervals.hits import hit_writer
    from dna_protein_bca.scan import scan_columns
    from dna_protein_bca.sharding.scan import COMMAND, ScanWork

    notes = request.notes(compute.name)
    hit_writer(request.output, scan_columns(request.q), notes)  # whose ending it checks
    files = {
        "--proteins": request.proteins,
        "--genome": request.genome,
        "--bed": request.bed,
    }
    options = {
        "--around": request.around,
        "--chrom-aliases": request.chrom_aliases,
        "--background": request.background,
        "--max-p": request.max_p,
        "--track": request.track is not None,
        "--fast": request.fast,
    }
    return ScanWork(
        output=request.output,
        identity=run_identity(COMMAND, compute, files, options),
        load=compute.load,
        proteins=request.proteins,
        options={"genome": request.genome, **request.options()},
        track=request.track is not None,
        finish={
            "about": notes,
            "q": request.q,
            "overlaps": request.overlaps,
            "track": request.track,
        },
    )


def _write(request: Request, compute: Compute, *, writes_table: bool) -> None:
    """Scan, and write what is found."""
    from tqdm import tqdm

    from dna_protein_bca.io.intervals.hits import hit_writer
    from dna_protein_bca.scan import scan_columns

    options = request.options()
    notes = request.notes(compute.name)
    with ExitStack() as stack:
        writer: TableWriter | BedWriter | None = None
        if writes_table:
            writer = hit_writer(request.output, scan_columns(request.q), notes)
            stack.enter_context(writer)
        predictor = compute.load()
        bar = stack.enter_context(tqdm(unit=" bp", unit_scale=True, disable=not compute.progress))
        proteins, genome, report = _inputs(request, predictor, notes)
        for table in predictor.scan(
            proteins,
            genome,
            q=request.q,
            overlaps=request.overlaps,
            track=request.track,
            progress=bar.update,
            **options,
        ):
            if writer is not None:
                writer.write(table)
            if report is not None:
                report.add(table)
        if report is not None:
            report.write(request.report or "")


def _inputs(
    request: Request, predictor: BindingPredictor, notes: Mapping[str, str]
) -> tuple[str | EncodedProteins, str | Contigs, ScanReport | None]:
    """Proteins, the genome, and the report, where one is asked for."""
    if request.report is None:
        return request.proteins, request.genome, None
    from dna_protein_bca.io.genome import as_contigs
    from dna_protein_bca.reports.scans import ScanReport

    contigs = as_contigs(request.genome)
    proteins = predictor.encode(request.proteins)
    facts = {"proteins": request.proteins, "genome": request.genome}
    facts |= {"regions": request.bed} if request.bed else {}
    made = {"made by" if name == "dna-protein-bca" else name: notes[name] for name in notes}
    report = ScanReport(
        proteins,
        contigs,
        max_p=request.max_p,
        everywhere=request.bed is None,
        facts={**facts, **made},
        measured=predictor.measured,
    )
    return proteins, contigs, report
