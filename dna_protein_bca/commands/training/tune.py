"""`tune`: trains with one choice of settings after another."""

from __future__ import annotations

import math
import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.options import set_up_logging
from dna_protein_bca.io.folder_names import BEST, CONFIG
from dna_protein_bca.io.outputs import check_output_folder
from dna_protein_bca.training.finetune.settings import TrainSettings

from .config_file import config_option
from .options import LOSSES, SOURCES, changed_settings, options, weight_of_loss
from .telling import conclude, told

if TYPE_CHECKING:
    from dna_protein_bca.training.tune import Tuned
    from dna_protein_bca.training.tune.space import Range

OWN = (
    click.option(
        "--trials",
        type=click.IntRange(min=1),
        default=20,
        show_default=True,
        metavar="N",
        help="Trainings in all; the first has the settings as they are.",
    ),
    click.option(
        "--search",
        "searched",
        multiple=True,
        metavar="NAME=LOW..HIGH|NAME=A,B",
        help="What is tried, such as rate=0.0005..0.01 or batch-size=32,64; repeat for several.  "
        "[default: rate, dna-mask, and batch-size and match-share from scratch, or encoder-rate "
        "and hide with --init]",
    ),
)


@click.command(
    "tune",
    epilog=example(
        "tune --proteins proteins.fa --dna dna.fa --pairs pairs.tsv", "--trials 20 -o search"
    ),
)
@config_option
@options(*OWN)
def command(
    output: str,
    resume: bool,
    device: str,
    threads: int | None,
    quiet: bool,
    verbose: bool,
    callbacks: tuple[str, ...],
    trials: int,
    searched: tuple[str, ...],
    **given: Any,
) -> None:
    """Search settings of train by the metric that chooses the best weights (--monitor).

    Each trial is a training in RUN/trial-001 and so on. RUN/trials.tsv says what each was worth,
    and RUN/config.json has the settings of the best: train --config RUN/config.json. All options
    of train count for every trial. The validation pairs that choose among trials are no test of
    the best one: keep pairs for that. Needs the extra tune (Optuna).
    """
    inputs = {name: given.pop(name) for name in SOURCES}
    inputs["columns"] = inputs["columns"] or {}
    start = {name: given.pop(name) for name in ("init", "allow_overlap")}
    if "-" in (*inputs.values(), start["init"]):
        raise click.UsageError("the inputs are read once a trial, and none can be - (stdin).")
    settings = TrainSettings(**changed_settings(given))
    check_output_folder(output, "search", inputs.values())
    set_up_logging(quiet, verbose)

    from dna_protein_bca.training.finetune.data import Inputs
    from dna_protein_bca.training.tune import tune

    search = dict(map(_searched, searched)) or None
    options: dict[str, Any] = {"inputs": Inputs(**inputs), "settings": settings, **start}
    options |= {"trials": trials, "search": search, "resume": resume}
    options |= {"device": device, "threads": threads}
    options["command"] = shlex.join(["dna-protein-bca", *sys.argv[1:]])
    _conclude(told(output, quiet, tune, named=callbacks, out=output, **options), quiet)


def _searched(text: str) -> tuple[str, Range | tuple[Any, ...]]:
    """What a `--search` tries; UsageError where the option refuses a value."""
    from dna_protein_bca.training.tune.space import parse_search

    name, values = parse_search(text)
    ctx = click.get_current_context()
    kinds = {option.name: option.type for option in ctx.command.params}
    for value in values:
        try:
            if name in LOSSES:
                weight_of_loss(f"{name}={value}")
            else:
                kinds[name].convert(value, None, ctx)
                if isinstance(value, (int, float)) and not math.isfinite(value):
                    raise click.UsageError(f"{value} is no number that can be tried.")
        except click.UsageError as error:
            raise click.UsageError(f"--search {text}: {error.message}") from None
    return name, values


def _conclude(done: Tuned, quiet: bool) -> None:
    """Print what was found; exit as `train` does where a signal stopped the search."""
    if not done.finished:
        conclude(done.fits[-1], quiet)
    if done.best is not None and not quiet:
        click.echo(
            f"{done.folder}: the best trial is {done.best.name} ({done.value:.4f}); its weights "
            f"are in {done.best / BEST}, and train --config {done.folder / CONFIG} takes its "
            "settings"
        )
