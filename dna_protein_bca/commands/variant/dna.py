"""`variant dna`: what variants of a genome do to the binding of proteins."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import click
from click.core import ParameterSource

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.genome_options import CHROM_ALIASES, alias_file, read_chrom_aliases
from dna_protein_bca.commands.options import (
    Compute,
    background_file,
    background_option,
    cache_option,
    check_inputs,
    compute_options,
    output_option,
    proteins_option,
)
from dna_protein_bca.commands.reporting.options import check_report, report_option
from dna_protein_bca.commands.shards.options import Cut, cut_options, run_identity

if TYPE_CHECKING:
    from dna_protein_bca.ensemble import AnyPredictor
    from dna_protein_bca.reports.variants import VariantReport
    from dna_protein_bca.sharding import VariantWork

VCF = (".vcf", ".vcf.gz", ".vcf.bgz")
"""Endings of the names of VCF files."""


@dataclass(frozen=True)
class Request:
    """The options of the command, but those that all commands share."""

    proteins: str
    genome: str
    vcf: str | None
    named: tuple[str, ...]
    chrom_aliases: str | None
    background: str
    site_p: float
    change_p: bool
    fast: bool
    cache: bool
    report: str | None
    output: str

    def variants(self) -> str | tuple[str, ...]:
        """The file of variants, or those that are named."""
        return self.named if self.vcf is None else self.vcf

    def check(self, cut: Cut, inputs: list[str]) -> None:
        """Raise a usage error for what shards cannot give."""
        cut.check(self.output, inputs)
        if cut and self.report is not None:
            raise click.UsageError("--report is of a whole run: leave out --shard, or --report.")
        if cut and self.output.lower().endswith(VCF):
            raise click.UsageError(
                "shards are joined to a table: give -o a name that ends in .tsv, .csv, .jsonl or "
                ".parquet."
            )

    def options(self) -> dict[str, Any]:
        """What a stream of variants takes, and each of its shards."""
        return {
            "background": self.background,
            "aliases": read_chrom_aliases(self.chrom_aliases),
            "site_p": self.site_p,
            "change_p": self.change_p,
            "fast": self.fast,
            "cache": self.cache,
        }

    def notes(self, weights: str) -> dict[str, str]:
        """What a file says of its rows."""
        from dna_protein_bca.variant.genomic import variant_notes

        return variant_notes(self.background, weights, self.site_p, self.fast)

    def inputs(self) -> list[str]:
        """Files that are read; `-` is stdin."""
        files = (self.proteins, self.genome, self.vcf, alias_file(self.chrom_aliases))
        return [path for path in (*files, background_file(self.background)) if path is not None]


@click.command(
    "dna",
    epilog=example(
        "variant dna --proteins proteins.fa --genome genome.fa", "--vcf v.vcf -o out.tsv"
    ),
)
@click.argument("variants", nargs=-1, metavar="[CHROM:POS:REF:ALT]...")
@proteins_option()
@click.option(
    "--genome",
    required=True,
    metavar="FASTA",
    help="The genome that positions count in: plain, or compressed with bgzip.",
)
@click.option(
    "--vcf",
    metavar="VCF|TABLE",
    help="Variants: a VCF file, or a table with a header of chrom, pos, ref and alt (TSV or CSV); "
    "plain or compressed, - is standard input.",
)
@click.option(
    "--variant",
    "named",
    multiple=True,
    metavar="CHROM:POS:REF:ALT",
    help="In place of --vcf: one variant, such as chr1:12345:A:G; repeat the option for more.",
)
@CHROM_ALIASES
@background_option
@click.option(
    "--site-p",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.01,
    show_default=True,
    metavar="P",
    help="The highest p-value at which an allele counts as having a site, for the effect.",
)
@click.option(
    "--change-p/--no-change-p",
    default=True,
    show_default=True,
    help="Whether to compute delta_p, for which random changes are simulated once a protein.",
)
@click.option(
    "--fast",
    is_flag=True,
    help="Score with a table of all 10-mers a protein, tens of times as fast, and with the "
    "motifs alone where it is high. The table takes some seconds a protein the first time.",
)
@cache_option
@report_option
@cut_options
@output_option(
    "What to write: .tsv, .csv, .jsonl (.gz after it compresses), .parquet, or .vcf or .vcf.gz for "
    "the VCF with INFO fields; - is stdout (TSV)."
)
@compute_options
@click.pass_context
def command(
    context: click.Context, compute: Compute, cut: Cut, variants: tuple[str, ...], **options: Any
) -> None:
    """What do variants of a genome do to the binding of proteins?

    Writes one row an alternative allele and protein, in the order of the variants: chrom, pos
    (1-based, as in VCF), ref, alt, variant_id, protein_id, status (ok, or why there is no score),
    the score and p-value of both alleles in the 128 bp about the change, delta_score (alternative
    minus reference), delta_p (the chance that a random single change of background DNA moves the
    score as far), effect (gained, lost, moved or kept; empty where neither allele has a site) and
    the best site of both alleles in the genome (start, end: 0-based, half-open; strand).
    """
    compute.check()
    request = Request(**{**options, "named": (*options["named"], *variants)})
    if (request.vcf is None) == (not request.named):
        raise click.UsageError("give either --vcf, or variants such as chr1:12345:A:G.")
    inputs = request.inputs()
    if inputs.count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    request.check(cut, inputs)
    check_inputs(inputs)  # before the imports below, which are slow
    cut.check_output(request.output, [*inputs, *compute.weights()])
    check_report(request.report, [*inputs, *compute.weights()])
    if cut:
        cut.run(_work(request, compute), compute.quiet, compute.threads)
        return
    named = context.get_parameter_source("output") is not ParameterSource.DEFAULT
    _write(request, compute, writes_table=named or request.report is None)


def _work(request: Request, compute: Compute) -> VariantWork:
    """The run, to be cut."""
    from dna_protein_bca.sharding import VariantWork
    from dna_protein_bca.sharding.variants import COMMAND
    from dna_protein_bca.variant.genomic import check_ending

    check_ending(request.output)
    files = {
        "--proteins": request.proteins,
        "--genome": request.genome,
        "--vcf": request.vcf,
    }
    options = {
        "--variant": " ".join(request.named),
        "--chrom-aliases": request.chrom_aliases,
        "--background": request.background,
        "--site-p": request.site_p,
        "--change-p": request.change_p,
        "--fast": request.fast,
    }
    return VariantWork(
        output=request.output,
        identity=run_identity(COMMAND, compute, files, options),
        load=compute.load_any,
        proteins=request.proteins,
        variants=request.variants(),
        options={"genome": request.genome, **request.options()},
        notes=request.notes(compute.names),
    )


def _write(request: Request, compute: Compute, *, writes_table: bool) -> None:
    """Score variants, and write what they do."""
    from tqdm import tqdm

    from dna_protein_bca.variant.genomic import (
        DNAVariantStream,
        check_ending,
        variant_writer,
        warn,
    )

    check_ending(request.output)  # before the weights are loaded
    options, notes = request.options(), request.notes(compute.names)
    predictor = cast("AnyPredictor", compute.load_any())
    proteins, genome, report = _inputs(request, predictor, notes, options["aliases"])
    bar = tqdm(unit=" alleles", unit_scale=True, disable=not compute.progress)
    with ExitStack() as stack, bar:
        stream = DNAVariantStream(
            predictor,
            proteins,
            request.variants(),
            genome,
            progress=bar.update,
            **options,
        )
        writer = None
        if writes_table:
            writer = stack.enter_context(variant_writer(request.output, stream, notes))
        for batch in stream:
            if writer is not None:
                writer.write(batch)
            if report is not None:
                report.add(batch.table)
        if report is not None:
            report.write(request.report or "", stream.tally.counts)
    warn(stream)
    click.echo(stream.tally.summary(), err=True)


def _inputs(
    request: Request,
    predictor: AnyPredictor,
    notes: Mapping[str, str],
    aliases: Mapping[str, str] | None,
) -> tuple[Any, Any, VariantReport | None]:
    """Proteins, the genome, and the report, where one is asked for."""
    if request.report is None:
        return request.proteins, request.genome, None
    from dna_protein_bca.io.genome import Genome
    from dna_protein_bca.reports.variants import VariantReport

    genome = Genome(request.genome)
    encoded = predictor.encode(request.proteins)
    facts = {"proteins": request.proteins, "genome": request.genome}
    facts["variants"] = request.vcf or ", ".join(request.named)
    report = VariantReport(
        encoded, genome, {**facts, **notes}, aliases=aliases, measured=predictor.measured
    )
    return encoded, genome, report
