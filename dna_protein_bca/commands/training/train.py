"""`train`: from scratch or from given weights, on pairs, affinities, motifs or a mix."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.options import set_up_logging
from dna_protein_bca.io.folder_names import REPORT, RUN_FILES
from dna_protein_bca.io.outputs import check_output_folder
from dna_protein_bca.training.finetune.settings import TrainSettings

from .config_file import config_option
from .options import SEVERAL, SOURCES, changed_settings, options
from .telling import conclude, told

if TYPE_CHECKING:
    from dna_protein_bca.training.finetune.fit import Fit


@click.command(
    "train", epilog=example("train --proteins proteins.fa --dna dna.fa --pairs pairs.tsv -o run")
)
@config_option
@options(*SEVERAL)
def command(
    output: str,
    dry_run: bool,
    resume: bool,
    device: str,
    threads: int | None,
    quiet: bool,
    verbose: bool,
    callbacks: tuple[str, ...],
    **given: Any,
) -> None:
    """Train on pairs, affinities, motifs or a mix of them, and write a report.

    RUN/best and RUN/last are what --model takes; RUN/report.html shows how it went. On several
    GPUs: accelerate launch -m dna_protein_bca train ...
    """
    inputs = {name: given.pop(name) for name in SOURCES}
    inputs["columns"] = inputs["columns"] or {}
    start = {name: given.pop(name) for name in ("init", "allow_overlap")}
    several = {name: given.pop(name) for name in ("replicates", "folds", "by")}
    if "-" in (*inputs.values(), start["init"]):
        raise click.UsageError("the inputs are read again to resume, and none can be - (stdin).")
    if given["freeze"] and start["init"] is None:
        raise click.UsageError("--freeze leaves given weights as they are: give --init.")
    if several["replicates"] and several["folds"]:
        raise click.UsageError("--replicates and --folds are two ways to train several times.")
    if several["by"] and not several["folds"]:
        raise click.UsageError("--by says how --folds divides the pairs: give --folds.")
    several["by"] = several["by"] or "protein"
    settings = TrainSettings(**changed_settings(given))
    if not dry_run:
        check_output_folder(output, "run", inputs.values(), RUN_FILES)
    set_up_logging(quiet, verbose)

    machine: dict[str, Any] = {"device": device, "threads": threads}
    if dry_run:
        _dry_run(inputs, settings, start, **machine)
        return
    options = {"settings": settings, "resume": resume, **machine, **start}
    options["named"] = callbacks
    options["command"] = shlex.join(["dna-protein-bca", *sys.argv[1:]])
    if several["replicates"] or several["folds"]:
        _repeat(output, quiet, inputs, several, options)
    else:
        conclude(told(output, quiet, _fit, out=output, **inputs, **options), quiet)


def _fit(**arguments: Any) -> Fit:
    from dna_protein_bca.training.finetune.fit import fit

    return fit(**arguments)


def _repeat(
    output: str,
    quiet: bool,
    inputs: dict[str, Any],
    several: dict[str, Any],
    options: dict[str, Any],
) -> None:
    """Train several times, and print where everything is."""
    from dna_protein_bca.training.finetune.data import Inputs
    from dna_protein_bca.training.repeats import repeat

    done = told(output, quiet, repeat, out=output, inputs=Inputs(**inputs), **several, **options)
    if not done.finished:
        conclude(done.fits[-1], quiet)
    elif not quiet:
        click.echo(
            f"{done.folder}: {len(done.fits)} trainings finished; --model {done.folder} takes them "
            f"as an ensemble, and {done.folder / REPORT} compares them"
        )


def _dry_run(
    inputs: dict[str, Any],
    settings: TrainSettings,
    start: dict[str, Any],
    *,
    device: str,
    threads: int | None,
) -> None:
    import torch

    from dna_protein_bca.training.finetune.data import Inputs
    from dna_protein_bca.training.finetune.dry_run import dry_run
    from dna_protein_bca.training.finetune.prepare import prepare

    if threads is not None:
        torch.set_num_threads(threads)
    job = prepare(Inputs(**inputs), settings, threads=threads, **start)
    for name, value in dry_run(job, device).items():
        click.echo(f"{name}\t{value:.4g}" if isinstance(value, float) else f"{name}\t{value}")
