"""The options of `train`, and the settings that they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import click

from dna_protein_bca.commands.about import VERSION
from dna_protein_bca.commands.options import COLUMNS_OPTION, OFFLINE, CountOrAuto
from dna_protein_bca.training.finetune.settings import (
    EPOCHS,
    EPOCHS_FROM_WEIGHTS,
    LEARNING_RATE,
    LEARNING_RATE_FROM_WEIGHTS,
    Metric,
    TrainSettings,
)

DEFAULTS = TrainSettings()

PRECISIONS = {"auto": "no", "float32": "no", "bfloat16": "bf16", "float16": "fp16"}
"""Precision as the commands name it -> as `TrainSettings` does."""

LOSSES = ("label", "rank", "affinity", "affinity_rank", "decode", "kmer")
"""Fields of `TrainSettings` that weigh a loss."""

_COUNT = click.IntRange(min=1)

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

SOURCES = ("proteins", "dna", "pairs", "motifs", "validation", "columns")
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
    COLUMNS_OPTION,
    click.option("-o", "--output", required=True, metavar="RUN", help="Folder of the run."),
    click.option("--init", metavar="MODEL", help="Weights to start from.  [default: from scratch]"),
    click.option(
        "--resume",
        is_flag=True,
        help="Go on with the run in RUN, where there is one; with --steps N up to step N.",
    ),
    click.option("--allow-overlap", is_flag=True, help="Let validation pairs be trained on."),
)

SEVERAL = (
    click.option(
        "--replicates",
        type=click.IntRange(min=2),
        metavar="N",
        help="Train N times, with seeds from --seed on; RUN is then an ensemble.",
    ),
    click.option(
        "--folds",
        type=click.IntRange(min=2),
        metavar="K",
        help="Train K times, each without another K-th of the pairs, and test on these.",
    ),
    click.option(
        "--by",
        type=click.Choice(["protein", "dna", "family"]),
        help="What is in one of the --folds as a whole: alike proteins, families, or alike DNA.  "
        "[default: protein]",
    ),
    click.option("--dry-run", is_flag=True, help="Print counts, time and memory; train nothing."),
)
"""Options of `train` alone."""


def _option(flag: str, kind: click.ParamType | type, text: str) -> Decorator:
    """The option of a field of `TrainSettings`, with its default."""
    name = flag.split("/")[0].removeprefix("--").replace("-", "_")
    default = getattr(DEFAULTS, name)
    return click.option(flag, type=kind, default=default, show_default=True, help=text)


SETTINGS = (
    click.option("--freeze", is_flag=True, help="Let all of --init learn but the encoders."),
    click.option(
        "--encoder-rate",
        type=click.FloatRange(min=0),
        help="Let all of --init learn, its encoders at this factor of the learning rate.  "
        "[default: all of it stays as it is, and each protein learns motifs of its own]",
    ),
    click.option(
        "--epochs",
        type=_COUNT,
        help="Passes over the pairs (for motifs alone, over the proteins).  [default: "
        f"{EPOCHS}, or {EPOCHS_FROM_WEIGHTS} with --init]",
    ),
    click.option("--steps", type=_COUNT, help="Steps in all, in place of --epochs."),
    _option(
        "--patience",
        click.IntRange(min=0),
        "Validations without a better one until training stops; 0 for never.",
    ),
    click.option(
        "--monitor",
        type=click.Choice(get_args(Metric)),
        default=DEFAULTS.monitor,
        show_default=True,
        metavar="METRIC",
        help="Metric of the validation that chooses the best weights: "
        + ", ".join(get_args(Metric))
        + "; score is the mean of those that rank. Between equal values the loss decides.",
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
        "What is held out where no table or column says; auto: pairs where given weights stay as "
        "they are, else proteins where there are ten or more.",
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
        "Share of proteins some of whose relatives are hidden at a step, with "
        "--encoder-rate or --freeze.",
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
        "--encoder",
        metavar="profile|esm2:DIR|esm2:hf://ORG/NAME",
        help="What reads the proteins of a model from scratch: this package's own encoder, or a "
        "frozen ESM-2 (needs the extra pretrained).  [default: profile]",
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
        "--callback",
        "callbacks",
        type=click.Choice(["tensorboard"]),
        multiple=True,
        help="Write losses and metrics for TensorBoard (an extra), in RUN/tensorboard.",
    ),
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
    OFFLINE,
    VERSION,
)


def options(*own: Decorator) -> Decorator:
    """Add all options of a training, and some of a command's own between them."""

    every: tuple[Decorator, ...] = (*INPUTS, *own, *SETTINGS, *MACHINE)

    def add(function: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(every):
            function = option(function)
        return function

    return add


def changed_settings(given: dict[str, Any]) -> dict[str, Any]:
    """The options as `TrainSettings` takes them."""
    changes = dict(given, precision=PRECISIONS[given["precision"]])
    changes["architecture"] = dict(_setting(text) for text in given["architecture"])
    if (encoder := changes.pop("encoder")) is not None:
        changes["architecture"]["encoder"] = encoder
    changes |= dict(map(weight_of_loss, changes.pop("losses")))
    if given["batch_size"] == "auto":
        del changes["batch_size"]
    return changes


def weight_of_loss(text: str) -> tuple[str, float]:
    """The field of `TrainSettings` and its weight that a `--loss` names.

    Raises:
        UsageError: no such loss, or no such weight.
    """
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
