"""Options that all commands with a model share, checked in one place."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import check_readable
from dna_protein_bca.io.remote import asked_accessions, forbid_network
from dna_protein_bca.proteins.collection import asked_species, read_collection

from .about import VERSION

if TYPE_CHECKING:
    from dna_protein_bca.io.fasta import SequenceRecord
    from dna_protein_bca.predictor import BindingPredictor
    from dna_protein_bca.protocol import Predictor

Command: TypeAlias = Callable[..., None]
"""The function of a command."""


class CountOrAuto(click.ParamType):
    """`auto`, or a whole number of one or more."""

    name = "auto|n"

    def convert(
        self, value: int | str, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        if value == "auto":
            return value
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is neither 'auto' nor a whole number.", param, ctx)
        if number < 1:
            self.fail(f"{number}: give 'auto', or 1 or more.", param, ctx)
        return number


class Columns(click.ParamType):
    """`protein=TF,dna=probe,label=bound`: the columns of a pairs table by other names."""

    name = "name=column,..."

    def convert(
        self,
        value: str | dict[str, str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dict[str, str]:
        from dna_protein_bca.io.pairs import COLUMNS

        if isinstance(value, dict):
            return value
        columns: dict[str, str] = {}
        for part in value.split(","):
            name, equals, column = (text.strip() for text in part.partition("="))
            if name not in COLUMNS or not equals or not column or COLUMNS[name] in columns:
                names = ", ".join(COLUMNS)
                self.fail(f"{part!r}: give NAME=COLUMN, the name one of {names}.", param, ctx)
            columns[COLUMNS[name]] = column
        return columns


COLUMNS_OPTION = click.option(
    "--columns",
    type=Columns(),
    metavar="NAME=COLUMN,...",
    help="What the pairs table calls its columns, such as protein=TF,dna=probe,label=bound.",
)


def pairs_option(text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--pairs`, a path or None, with the `--columns` of the table that it names.

    Args:
        text: what the pairs are for.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(*, pairs: str | None, columns: dict[str, str] | None, **given: Any) -> None:
            from dna_protein_bca.io.pairs import TableWithNames

            if columns and pairs is None:
                raise click.UsageError("--columns names those of a table: give --pairs as well.")
            table = TableWithNames(pairs, columns) if pairs is not None and columns else pairs
            command(pairs=table, **given)

        named = f"{text}: a table with the columns protein_id and dna_id."
        return click.option("--pairs", metavar="TABLE", help=named)(COLUMNS_OPTION(called))

    return decorate


@dataclass(frozen=True)
class Compute:
    """The shared options: which model, where it runs, and which messages are printed."""

    models: tuple[str, ...]
    device: str
    threads: int | None
    batch_size: int | str
    precision: str
    relatives: bool
    seed: int
    quiet: bool
    verbose: bool

    @property
    def model(self) -> str | None:
        """The first `--model`; None for the default weights."""
        return self.models[0] if self.models else None

    @property
    def name(self) -> str:
        """Of the first `--model`: that of the bundled weights, or as it was given.

        Raises:
            InputError: there are no such weights.
        """
        from dna_protein_bca.inference.weights import HUB_PREFIX, locate
        from dna_protein_bca.resources import models_path

        if self.model is not None and self.model.startswith(HUB_PREFIX):
            return self.model
        folder = locate(self.model)
        return folder.name if folder.parent == models_path() else str(self.model)

    @property
    def names(self) -> str:
        """Of all that `--model` gives, for people to read."""
        return ", ".join(self.models) if len(self.models) > 1 else self.name

    @property
    def progress(self) -> bool:
        """Whether to draw a progress bar: only on a terminal."""
        return not self.quiet and sys.stderr.isatty()

    def check(self) -> None:
        """Raise InputError for a number out of its range; imports nothing that is slow to load."""
        if self.threads is not None and self.threads < 1:
            raise InputError(f"--threads {self.threads}: give 1 or more")
        if not 0 <= self.seed < 2**63:
            raise InputError(f"--seed {self.seed}: give a whole number of 0 or more")

    def weights(self) -> list[Path]:
        """Folders of the weights, and their files; without those that are not on this machine.

        Raises:
            InputError: there are no such weights.
        """
        from dna_protein_bca.inference.weights import HUB_PREFIX, locate
        from dna_protein_bca.io.folder_names import WEIGHTS_FILES

        local = [name for name in self.models or (None,) if not str(name).startswith(HUB_PREFIX)]
        folders = [locate(name) for name in local]
        return [*folders, *(folder / name for folder in folders for name in WEIGHTS_FILES)]

    def identity(self) -> dict[str, object]:
        """The options that results hang on, beside the weights, by name."""
        return {"--precision": self.precision, "--relatives": self.relatives}

    def load(self) -> BindingPredictor:
        """Set up logging, seed and threads, and load the model."""
        if len(self.models) > 1:
            raise click.UsageError(
                "this command takes one --model: of an ensemble, one member, such as "
                f"{self.models[0]}."
            )
        options = self._set_up()

        from dna_protein_bca.predictor import BindingPredictor

        return BindingPredictor.from_pretrained(self.model, **options)

    def load_any(self) -> Predictor:
        """The same; an ensemble if `--model` is repeated."""
        options = self._set_up()

        from dna_protein_bca.ensemble import load_predictor

        return load_predictor(self.models, **options)

    def _set_up(self) -> dict[str, Any]:
        """Set up logging and the seed; returns the options of `from_pretrained`."""
        self.check()
        set_up_logging(self.quiet, self.verbose)

        import torch

        torch.manual_seed(self.seed)
        return {
            "device": self.device,
            "threads": self.threads,
            "batch_size": self.batch_size,
            "precision": self.precision,
            "relatives": self.relatives,
            "progress": self.progress,
        }

    def sequences(self, proteins: str) -> str | list[SequenceRecord]:
        """What `--proteins` names: a path as it is, or the records of a collection."""
        from dna_protein_bca.inference.weights import locate

        species = asked_species(proteins)
        return proteins if species is None else read_collection(locate(self.model), species)


class _MessageForm(logging.Formatter):
    """`Warning: text`, as the commands write their warnings."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return f"{record.levelname.capitalize()}: {record.message}"


def set_up_logging(quiet: bool, verbose: bool) -> None:
    """Set which of the package's messages go to stderr."""
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_MessageForm())
    logging.basicConfig(level=level, handlers=[handler])
    if quiet:
        warnings.simplefilter("ignore")


def _forbid_network(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        forbid_network()


OFFLINE = click.option(
    "--offline",
    is_flag=True,
    expose_value=False,
    callback=_forbid_network,
    help="Never use the network, which only hf://, uniprot: and downloads of data would.",
)

_OPTIONS: list[Callable[[Command], Command]] = [
    click.option(
        "--model",
        "models",
        multiple=True,
        metavar="NAME|DIR|hf://ORG/NAME",
        help="Weights: a bundled name, a folder, or a Hugging Face repository. Repeat the option "
        "to average several models (predict, variant and evaluate).  "
        "[default: release, or heldout until a release exists]",
    ),
    click.option(
        "--device",
        default="auto",
        show_default=True,
        metavar="auto|cpu|cuda[:N]|mps",
        help="Where the model runs.",
    ),
    click.option("--threads", type=int, metavar="N", help="CPU threads.  [default: all cores]"),
    click.option(
        "--batch-size",
        type=CountOrAuto(),
        default="auto",
        show_default=True,
        help="DNA tiles that are computed together.",
    ),
    click.option(
        "--precision",
        type=click.Choice(["auto", "float32", "bfloat16", "float16"]),
        default="auto",
        show_default=True,
        help="Number format of the model's arithmetic; auto is float32.",
    ),
    click.option(
        "--relatives/--no-relatives",
        default=True,
        show_default=True,
        help="Let the model read the motifs of the measured proteins most similar to each protein.",
    ),
    click.option(
        "--seed",
        type=int,
        default=0,
        show_default=True,
        help="Seed of evaluate's random draws. predict and motif are deterministic and do not use "
        "it.",
    ),
    OFFLINE,
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        help="No progress bar, and no warnings except about wrong input.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Print what is being done."),
    VERSION,
]


def proteins_option(help: str = "Protein sequences.") -> Callable[[Command], Command]:
    """The option `--proteins`: a FASTA file, a collection, or accessions of UniProt."""
    return click.option(
        "--proteins",
        required=True,
        metavar="FASTA|collection[:SPECIES]|uniprot:ACCESSION,...",
        help=f"{help} collection stands for the measured proteins that come with the weights, such "
        "as collection:Homo_sapiens; uniprot:P61244,P04637 fetches sequences from UniProt.",
    )


def check_inputs(paths: Iterable[str]) -> None:
    """Raise InputError for an input that cannot be read.

    A collection is no file, and neither are accessions of UniProt.
    """
    for path in paths:
        if asked_species(path) is None and asked_accessions(path) is None:
            check_readable(path)


def output_option(help: str) -> Callable[[Command], Command]:
    """The option `-o`, of which `-`, standard output, is the default."""
    return click.option("-o", "--output", default="-", show_default=True, metavar="FILE", help=help)


def on_error_option(function: Command) -> Command:
    """The option `--on-error`."""
    return click.option(
        "--on-error",
        type=click.Choice(["fail", "skip"]),
        default="fail",
        show_default=True,
        help="At a broken record: stop, or leave the record out, list it and count it.",
    )(function)


def background_option(function: Command) -> Command:
    """The option `--background`."""
    return click.option(
        "--background",
        default="uniform",
        show_default=True,
        metavar="uniform|A,C,G,T|FASTA",
        help="DNA that p-values compare with: all bases alike, their four fractions, or windows of "
        "a FASTA file.",
    )(function)


def cache_option(function: Command) -> Command:
    """The option `--cache`."""
    return click.option(
        "--cache/--no-cache",
        default=True,
        show_default=True,
        help="Keep backgrounds and tables in the user's cache folder, and look there first.",
    )(function)


def background_file(background: str) -> str | None:
    """The file that `--background` names; None for a composition."""
    return None if background == "uniform" or "," in background else background


def compute_options(function: Command) -> Command:
    """Add the shared options; the command receives them as one argument `compute`."""

    def wrapper(**kwargs: Any) -> None:
        from dna_protein_bca.inference.weights import members

        names = Compute.__dataclass_fields__
        kwargs["models"] = tuple(map(str, members(kwargs["models"])))
        compute = Compute(**{name: kwargs.pop(name) for name in names})
        function(compute=compute, **kwargs)

    wrapper.__name__ = function.__name__
    wrapper.__doc__ = function.__doc__
    # Options that the command itself declared below this decorator.
    wrapper.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    decorated: Command = wrapper
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def report_skipped(errors: list[InputError]) -> None:
    """List on stderr the records that were left out, and count them."""
    for error in errors:
        click.echo(f"Skipped: {error}", err=True)
    if errors:
        click.echo(f"{len(errors)} left out", err=True)
