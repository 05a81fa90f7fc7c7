"""`variant protein`: what mutations of a protein do to its binding."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from click.core import ParameterSource

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.options import (
    Compute,
    background_file,
    background_option,
    check_inputs,
    compute_options,
    output_option,
    proteins_option,
)
from dna_protein_bca.commands.reporting.options import check_report, report_option
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.outputs import check_output

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.ensemble import AnyPredictor
    from dna_protein_bca.io.tables import TableWriter
    from dna_protein_bca.plots.substitutions import Stretch
    from dna_protein_bca.reports.mutants import MutantReport, WildTypes
    from dna_protein_bca.variant.mutants import MutantStudy

DRAWN_ROWS = 20_000
"""Mutations among which the substitutions on a report are found: more than it has room for."""

PICTURES = (".svg", ".png", ".pdf")
"""Endings of the names of pictures."""


@dataclass(frozen=True)
class Request:
    """The options of the command, but those that all commands share."""

    proteins: str
    mutations: str | None
    mutation: tuple[str, ...]
    scan: bool
    dna: str | None
    pairs_out: str | None
    background: str
    p_values: bool
    site_p: float
    plot: str | None
    report: str | None
    output: str

    def check(self) -> None:
        """Raise UsageError for options that contradict each other."""
        if self.mutations is None and not self.mutation and not self.scan:
            raise click.UsageError("give --mutations, --mutation or --scan.")
        if self.mutations is not None and self.mutation:
            raise click.UsageError("give either --mutations or --mutation.")
        if self.pairs_out is not None and self.dna is None:
            raise click.UsageError("--pairs-out needs --dna.")
        if self.pairs_out == self.output:
            raise click.UsageError("--pairs-out and -o must be two files.")
        if self.plot is not None and Path(self.plot).suffix.lower() not in PICTURES:
            raise click.UsageError(f"--plot {self.plot}: end the name in {', '.join(PICTURES)}.")

    def inputs(self) -> list[str]:
        """Files that are read; `-` is stdin."""
        files = (self.proteins, self.mutations, self.dna, background_file(self.background))
        return [path for path in files if path is not None]

    def outputs(self) -> list[str]:
        """Files that are written; `-` is stdout."""
        return [path for path in (self.output, self.pairs_out, self.plot) if path is not None]


@click.command(
    "protein",
    epilog=example("variant protein --proteins proteins.fa --mutation MAX:R36W", "-o out.tsv"),
)
@proteins_option("Wild types, with their full sequences.")
@click.option(
    "--mutations",
    metavar="TABLE",
    help="Table with a header of protein_id and mutation (TSV, CSV or Parquet); - is stdin.",
)
@click.option(
    "--mutation",
    multiple=True,
    metavar="PROTEIN:MUTATION",
    help="In place of --mutations: one mutation, such as MAX:R36W; repeat the option for more.",
)
@click.option(
    "--scan",
    is_flag=True,
    help="All 19 substitutions of each residue of the domains, after the mutations given.",
)
@click.option(
    "--dna",
    metavar="FASTA",
    help="DNA on which wild types and mutants are scored exactly, as predict does.",
)
@click.option(
    "--pairs-out",
    metavar="FILE",
    help="Table of every mutation on every DNA: score, p_value, delta_score. Needs --dna.",
)
@background_option
@click.option(
    "--p-values/--no-p-values",
    default=True,
    show_default=True,
    help="Whether to compute p-values on --dna, which takes some seconds a mutant.",
)
@click.option(
    "--site-p",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.01,
    show_default=True,
    metavar="P",
    help="The highest p-value at which a DNA counts as bound, for sites_gained and sites_lost.",
)
@click.option(
    "--plot",
    metavar="FILE",
    help="Heat map of the substitutions of a protein: .svg, .png or .pdf (FILE.PROTEIN.svg for "
    "each of several proteins). Needs the extra plots.",
)
@report_option
@output_option("Table to write: .tsv, .csv, .jsonl (.gz compresses) or .parquet; - is stdout.")
@compute_options
@click.pass_context
def command(context: click.Context, compute: Compute, **options: Any) -> None:
    """What do mutations of a protein do to its binding?

    A mutation is written R36W or p.Arg36Trp (a substitution), R36* (a stop), K34del, K34_R36del,
    K34_R35insGA, K34dup, K34_R36delinsW (an indel) or R36fs (a frameshift); several of one protein
    molecule are joined by +. Writes one row a mutation, in their order: protein_id, mutation,
    domain, family, profile_position (in the Pfam profile) and canonical_position (homeodomains, and
    helices of C2H2 fingers), contact (whether the weights have learned that the position tells
    which DNA is bound), loss (nats taken from the scores on all DNA), specificity_change (1 less
    the correlation of the scores of all 8-mers, by the motifs), kmers_gained and kmers_lost,
    profile_log_odds (of the old residue and the new one in the Pfam profile), and seen_in, the
    nearest measured protein that has the new residue there. With --dna follow mean_delta_score,
    sites_gained and sites_lost.
    """
    compute.check()
    request = Request(**options)
    request.check()
    inputs = request.inputs()
    if inputs.count("-") > 1:
        raise click.UsageError("only one input can be - (stdin).")
    check_inputs(inputs)  # before the imports below, which are slow
    for output in request.outputs():
        check_output(output, [*inputs, *compute.weights()])
    check_report(request.report, [*inputs, *compute.weights()])
    if request.plot is not None:
        _check_plots()
    named = context.get_parameter_source("output") is not ParameterSource.DEFAULT
    _write(request, compute, writes_table=named or request.report is None)


def _write(request: Request, compute: Compute, *, writes_table: bool) -> None:
    """Work out what mutations do, and write it."""
    from tqdm import tqdm

    from dna_protein_bca.plots.substitutions import ORDER
    from dna_protein_bca.variant.mutants import EVIDENCE, protein_stream

    kept: list[pd.DataFrame] = []
    held: list[pd.DataFrame] = []
    report = _report(request, compute) if request.report is not None else None
    predictor = cast("AnyPredictor", compute.load_any())
    with ExitStack() as stack:
        table, pairs = _outputs(stack, request, writes_table)
        study = protein_stream(
            predictor,
            compute.sequences(request.proteins),
            request.mutations or request.mutation or None,
            scan=request.scan,
            dna=request.dna,
            background=request.background if request.p_values else None,
            site_p=request.site_p,
        )
        bar = tqdm(total=len(study), unit=" mutations", disable=not compute.progress)
        stack.enter_context(bar)
        for effects in study:
            if table is not None:
                table.write(effects.table)
            if pairs is not None and effects.pairs is not None:
                pairs.write(effects.pairs)
            if request.plot is not None:
                kept.append(effects.table)
            bar.update(len(effects.table))
            if report is not None:
                report.add(effects.table)
                held = [*held, effects.table] if sum(map(len, held)) < DRAWN_ROWS else held
        if report is not None:
            known = _known(predictor, study)
            report.write(request.report or "", _stretches(held, study), ORDER, known)
    if request.plot is not None:  # the tables are complete, whatever cannot be drawn
        _draw(request.plot, kept, study)
    if not compute.quiet:
        click.echo(f"Note: {EVIDENCE}", err=True)


def _outputs(
    stack: ExitStack, request: Request, writes_table: bool
) -> tuple[TableWriter | None, TableWriter | None]:
    """What writes mutations and pairs, where they are asked for; the stack closes both."""
    from dna_protein_bca.io.tables import TableWriter
    from dna_protein_bca.variant.mutants import PAIR_COLUMNS, table_columns

    table = pairs = None
    if writes_table:
        columns = table_columns(request.dna is not None)
        table = stack.enter_context(TableWriter(request.output, columns))
    if request.pairs_out is not None:
        pairs = stack.enter_context(TableWriter(request.pairs_out, PAIR_COLUMNS))
    return table, pairs


def _report(request: Request, compute: Compute) -> MutantReport:
    """What collects the page about the mutations."""
    from dna_protein_bca import __version__
    from dna_protein_bca.reports.mutants import MutantReport
    from dna_protein_bca.variant.mutants import EVIDENCE

    asked = [request.mutations or ", ".join(request.mutation)]
    asked += ["all substitutions in the domains"] if request.scan else []
    facts = {
        "proteins": request.proteins,
        "mutations": "; ".join(filter(None, asked)),
        "DNA": request.dna or "",
        "weights": compute.names,
        "made by": f"dna-protein-bca {__version__}",
    }
    note = f"{EVIDENCE[0].upper()}{EVIDENCE[1:]}."
    return MutantReport([note], {name: value for name, value in facts.items() if value})


def _known(predictor: AnyPredictor, study: MutantStudy) -> WildTypes:
    """What a page says of the wild types."""
    from dna_protein_bca.reports.mutants import WildTypes

    records = [wild.record for wild in study.wild_types().values()]
    return WildTypes(predictor.encode(records), predictor.measured)


def _stretches(tables: list[pd.DataFrame], study: MutantStudy) -> dict[str, list[Stretch]]:
    """The domains of the proteins that have substitutions there."""
    import pandas as pd

    from dna_protein_bca.variant.mutants.result import stretches

    found = {}
    if tables:
        table = pd.concat(tables, ignore_index=True)
        for name, wild in study.wild_types().items():
            with suppress(InputError):  # no substitution lies in a domain
                found[name] = stretches(table, wild)
    return found


def _check_plots() -> None:
    """Raise InputError where nothing can be drawn, before anything is computed."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise InputError("--plot needs matplotlib: pip install 'dna-protein-bca[plots]'")


def _draw(path: str, tables: list[pd.DataFrame], study: MutantStudy) -> None:
    """A picture of each protein."""
    import pandas as pd

    from dna_protein_bca.io.file_names import file_names
    from dna_protein_bca.io.outputs import atomic_path
    from dna_protein_bca.variant.mutants import ProteinVariants

    result = ProteinVariants(pd.concat(tables, ignore_index=True), None, study.wild_types())
    drawn = [name for name, wild in result.wild_types.items() if wild.domains]
    if not drawn:
        raise InputError("--plot: no protein has a known DNA-binding domain, and nothing to draw")
    target = Path(path)
    for name, text in zip(drawn, file_names(drawn), strict=True):
        own = target if len(drawn) == 1 else target.with_suffix(f".{text}{target.suffix}")
        try:
            with atomic_path(own) as partial:
                result.save_plot(partial, name)
        except InputError as error:
            click.echo(f"Warning: --plot: {error}", err=True)
