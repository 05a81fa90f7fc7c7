"""`train`: from scratch or from given weights, on pairs, affinities, motifs or a mix."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import click

from dna_protein_bca import __version__
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.folder_names import BEST
from dna_protein_bca.training.finetune.settings import (
    LEARNING_RATE,
    LEARNING_RATE_FROM_WEIGHTS,
    Metric,
    TrainSettings,
)

from .options import CountOrAuto, set_up_logging

if TYPE_CHECKING:
    from dna_protein_bca.training.finetune.fit import Fit

DEFAULTS = TrainSettings()

PRECISIONS = {"auto": "no", "float32": "no", "bfloat16": "bf16", "float16": "fp16"}
"""Precision as the commands name it -> as `TrainSettings` does."""

LOSSES = ("label", "rank", "affinity", "affinity_rank", "decode", "kmer")
"""Fields of `TrainSettings` that weigh a loss."""

_COUNT = click.IntRange(min=1)

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

SOURCES = ("proteins", "dna", "pairs", "motifs", "validation")
"""Options that name what is learned from."""

INPUTS = (
    click.option("--proteins", required=True, metavar="FASTA", help="Proteins."),
    click.option("--dna", metavar="FASTA", help="DNA of the pairs."),
    click.option(
        "--pairs",
        metavar="TABLE",
        help="Pairs with the columns protein_id, dna_id, label (0 or 1) or affinity (a number) or "
        "both, and weight and split (train, validation or test) where wanted.",
    ),
    click.option(
        "--motifs",
        metavar="MEME",
        help="Measured motifs, named after their protein (ID, or anything@ID).",
    ),
    click.option(
        "--validation",
        metavar="TABLE",
        help="Pairs to choose the best weights by.  [default: those whose split is validation; "
        "without such, a tenth of the pairs is held out]",
    ),
    click.option("-o", "--output", required=True, metavar="RUN", help="Folder of the run."),
    click.option("--init", metavar="MODEL", help="Weights to start from.  [default: from scratch]"),
    click.option("--resume", is_flag=True, help="Go on with the run in RUN, where there is one."),
    click.option("--dry-run", is_flag=True, help="Print counts, time and memory; train nothing."),
    click.option("--allow-overlap", is_flag=True, help="Let validation pairs be trained on."),
)


def _option(flag: str, kind: click.ParamType | type, text: str) -> Decorator:
    """The option of a field of `TrainSettings`, with its default."""
    name = flag.split("/")[0].removeprefix("--").replace("-", "_")
    default = getattr(DEFAULTS, name)
    return click.option(flag, type=kind, default=default, show_default=True, help=text)


SETTINGS = (
    click.option("--freeze", is_flag=True, help="Leave the encoders of --init as they are."),
    _option(
        "--encoder-rate",
        click.FloatRange(min=0),
        "Factor of the learning rate for the encoders of --init.",
    ),
    _option("--epochs", _COUNT, "Passes over the pairs (for motifs alone, over the proteins)."),
    click.option("--steps", type=_COUNT, help="Steps in all, in place of --epochs."),
    _option(
        "--patience",
        click.IntRange(min=0),
        "Validations without a better one until training stops; 0 for never.",
    ),
    _option(
        "--monitor",
        click.Choice(get_args(Metric)),
        "Metric of the validation that chooses the best weights; score is the mean of those that "
        "rank. Between equal values the validation loss decides.",
    ),
    click.option(
        "--batch-size",
        type=CountOrAuto(),
        default="auto",
        show_default=True,
        help=f"Pairs a step, over all processes; auto is {DEFAULTS.batch_size}.",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        help=f"Highest learning rate.  [default: {LEARNING_RATE:g}, or "
        f"{LEARNING_RATE_FROM_WEIGHTS:g} with --init]",
    ),
    _option(
        "--warmup",
        click.IntRange(min=0),
        "Steps in which the learning rate rises; a tenth of all at most.",
    ),
    _option("--accumulate", _COUNT, "Parts that a batch is computed in, to save memory."),
    _option("--save-every", _COUNT, "Steps between checkpoints."),
    click.option(
        "--precision",
        type=click.Choice(list(PRECISIONS)),
        default="auto",
        show_default=True,
        help="Arithmetic of the model; auto is float32, float16 needs a GPU.",
    ),
    _option(
        "--split",
        click.Choice(["auto", "protein", "pair"]),
        "What is held out where no table or column says; auto: proteins where there are ten or "
        "more.",
    ),
    _option(
        "--match-share",
        click.FloatRange(0, 1),
        "Share of the steps in which a model from scratch learns motifs alone.",
    ),
    _option("--dna-mask", click.FloatRange(0, 0.9), "Share of the bases hidden at a step."),
    _option(
        "--hide",
        click.FloatRange(0, 1),
        "Share of proteins some of whose relatives are hidden at a step.",
    ),
    _option("--motif-proteins", _COUNT, "Proteins of a step whose motifs are learned."),
    click.option(
        "--loss",
        "losses",
        multiple=True,
        metavar="NAME=WEIGHT",
        help="Weight of a loss; repeat for several.  [default: "
        + " ".join(f"{name}={getattr(DEFAULTS, name):g}" for name in LOSSES)
        + "]",
    ),
    _option("--balance/--no-balance", bool, "Let both labels weigh the same."),
    _option(
        "--protein-region",
        click.Choice(["domains", "full"]),
        "What a model from scratch reads of a protein.",
    ),
    click.option(
        "--set",
        "architecture",
        multiple=True,
        metavar="NAME=VALUE",
        help="A field of the architecture of a model from scratch, such as dim=64.",
    ),
    _option(
        "--seed", click.IntRange(min=0), "Seed of the split, the batches and the first weights."
    ),
)

MACHINE = (
    click.option(
        "--device",
        default="auto",
        show_default=True,
        metavar="auto|cpu|cuda[:N]|mps",
        help="Where the model learns.",
    ),
    click.option("--threads", type=click.IntRange(min=1), help="CPU threads.  [default: all]"),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("-v", "--verbose", is_flag=True, help="Say what is being done."),
    click.version_option(__version__, prog_name="dna-protein-bca"),
)


def options(function: Callable[..., None]) -> Callable[..., None]:
    """Add all options, in the order in which the help shows them."""
    for option in reversed((*INPUTS, *SETTINGS, *MACHINE)):
        function = option(function)
    return function


@click.command("train")
@options
def command(
    output: str,
    dry_run: bool,
    resume: bool,
    device: str,
    threads: int | None,
    quiet: bool,
    verbose: bool,
    **given: Any,
) -> None:
    """Train on pairs, affinities, motifs or a mix of them, and write a report.

    RUN/best and RUN/last are what --model takes; RUN/report.html shows how it went. On several
    GPUs: accelerate launch -m dna_protein_bca train ...
    """
    inputs = {name: given.pop(name) for name in SOURCES}
    start = {name: given.pop(name) for name in ("init", "allow_overlap")}
    if "-" in (*inputs.values(), start["init"]):
        raise click.UsageError("the inputs are read again to resume, and none can be - (stdin).")
    if given["freeze"] and start["init"] is None:
        raise click.UsageError("--freeze leaves given weights as they are: give --init.")
    settings = TrainSettings(**_changes(given))
    set_up_logging(quiet, verbose)

    if dry_run:
        _dry_run(inputs, settings, start, device, threads)
        return
    done = _fit(
        output,
        quiet,
        settings=settings,
        resume=resume,
        device=device,
        threads=threads,
        **inputs,
        **start,
    )
    _conclude(done, quiet)


def _changes(given: dict[str, Any]) -> dict[str, Any]:
    """The options as `TrainSettings` takes them."""
    changes = dict(given, precision=PRECISIONS[given["precision"]])
    changes["architecture"] = dict(_setting(text) for text in given["architecture"])
    changes |= dict(_weight(text) for text in changes.pop("losses"))
    if given["batch_size"] == "auto":
        del changes["batch_size"]
    elif given["batch_size"] < 1:
        raise click.UsageError(f"--batch-size {given['batch_size']}: give 'auto' or 1 or more.")
    return changes


def _fit(output: str, quiet: bool, **arguments: Any) -> Fit:
    """`fit`, with a progress bar on a terminal; what it raises becomes one line for the user."""
    import errno
    import sys
    import warnings

    from tqdm import tqdm

    from dna_protein_bca.training.engine.callbacks import ProgressBar
    from dna_protein_bca.training.engine.trainer import NotFinite
    from dna_protein_bca.training.finetune.fit import fit

    # In mixed precision torch says that a layer is not as fast as it could be.
    warnings.filterwarnings("ignore", "Mismatch dtype between input and weight")
    bar = [ProgressBar()] if sys.stderr.isatty() and not quiet else []

    def report(line: str) -> None:
        if not quiet:
            # Past the bar, which stays below.
            tqdm.write(line, sys.stderr)

    try:
        return fit(out=output, callbacks=bar, report=report, **arguments)
    except NotFinite as error:
        raise InputError(str(error)) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise InputError(
            "no space left on the disk; what was saved before is whole: make room, and go on with "
            "--resume",
            error.filename or output,
        ) from None


def _conclude(done: Fit, quiet: bool) -> None:
    """Print how the training ended; exit with 130 where a signal stopped it."""
    from accelerate import PartialState

    if not done.finished:
        click.echo(f"stopped at step {done.step}; go on with --resume", err=True)
        raise click.exceptions.Exit(130)
    best = (
        "" if done.best is None else f" ({done.monitor} {done.best:.4f} at step {done.best_step})"
    )
    if not quiet and PartialState().is_main_process:
        click.echo(
            f"{done.folder}: finished at step {done.step}; the best weights{best} are in "
            f"{done.folder / BEST}"
        )


def _dry_run(
    inputs: dict[str, Any],
    settings: TrainSettings,
    start: dict[str, Any],
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


def _weight(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        weight = float(value)
    except ValueError:
        weight = -1.0
    if name not in LOSSES or not 0 <= weight < float("inf"):
        names = ", ".join(LOSSES)
        raise click.UsageError(f"--loss {text}: give NAME=WEIGHT, the name one of {names}.")
    return name, weight


def _setting(text: str) -> tuple[str, Any]:
    import json

    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set {text}: give NAME=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
