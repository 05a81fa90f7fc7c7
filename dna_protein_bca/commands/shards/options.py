"""Options of commands whose runs can be cut into shards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

import click

from dna_protein_bca.commands.genome_options import alias_file
from dna_protein_bca.commands.options import background_file
from dna_protein_bca.errors import STDIN, counted
from dna_protein_bca.io.outputs import check_output, check_output_folder, refuse_inputs
from dna_protein_bca.io.shards import Identity, Shard, shard_folder

if TYPE_CHECKING:
    from dna_protein_bca.commands.options import Command, Compute
    from dna_protein_bca.sharding import Work

LOCAL = "local"
"""The address of a cluster that is started here; that of `ray_engine`, which is slow to import."""


class ShardType(click.ParamType):
    """`I/N`."""

    name = "i/n"

    def convert(
        self, value: str | Shard, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shard:
        if isinstance(value, Shard):
            return value
        try:
            return Shard.parse(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


@dataclass(frozen=True)
class Cut:
    """Whether and how a run is cut."""

    shard: Shard | None
    engine: Literal["local", "ray"]
    address: str
    shards: int | None

    def __bool__(self) -> bool:
        return self.shard is not None or self.engine == "ray"

    def check(self, output: str, inputs: list[str]) -> None:
        """Refuse options with which a run cannot be cut, and shards that cannot be written.

        Raises:
            UsageError: options that contradict each other.
            InputError: see `check_output_folder`.
        """
        if self and output == STDIN:
            raise click.UsageError("shards are kept beside the output: give a file with -o.")
        if self and STDIN in inputs:
            raise click.UsageError("every shard reads all inputs: give files, not stdin.")
        if self.shard is not None and self.engine == "ray":
            raise click.UsageError("--engine ray computes all shards: leave out --shard.")
        if self.engine != "ray" and (self.shards is not None or self.address != LOCAL):
            raise click.UsageError("--address and --shards are for --engine ray.")
        if self:
            check_output_folder(shard_folder(output), "shards")

    def check_output(self, path: str, inputs: Iterable[object]) -> None:
        """Raise InputError for an output that cannot be; a shard alone writes none of its own."""
        if self.shard is None:
            check_output(path, inputs)
        else:
            refuse_inputs(path, inputs)

    def run(self, work: Work, quiet: bool, cores: int | None) -> None:
        """Compute what is asked for, and say where it is.

        Args:
            cores: of each worker of a cluster; None for one.
        """
        from dna_protein_bca.commands.options import set_up_logging
        from dna_protein_bca.sharding import ShardRunner, merge_shards
        from dna_protein_bca.sharding.ray_engine import run_on_ray

        set_up_logging(quiet, verbose=False)
        if self.shard is not None:
            runner = ShardRunner(work)
            state = "written to" if runner.run(self.shard) else "was complete in"
            said = f"shard {self.shard} {state} {runner.folder}"
        else:
            new = run_on_ray(work, self.address, self.shards, cores or 1)
            folder = shard_folder(work.output)
            merge_shards(folder, work.output)
            said = f"{counted(new, 'shard')} computed and kept in {folder}, all joined"
        if not quiet:
            click.echo(said, err=True)


def run_identity(
    command: str,
    compute: Compute,
    files: Mapping[str, str | None],
    options: Mapping[str, Any],
) -> Identity:
    """What the results of a run hang on, the weights among it.

    Args:
        files: inputs, by the names of their options.
        options: the others by name; of `--background` and `--chrom-aliases` also the files that
            they name count.

    Raises:
        InputError: see `identity_of`.
    """
    from dna_protein_bca.sharding.run import identity_of

    named = {
        "the file of --chrom-aliases": alias_file(options["--chrom-aliases"]),
        "the file of --background": background_file(options["--background"]),
    }
    every = {**options, **compute.identity()}
    return identity_of(command, compute.models, {**files, **named}, every)


def cut_options(function: Command) -> Command:
    """The options that cut a run, as one argument `cut`."""

    @wraps(function)
    def wrapper(**options: Any) -> None:
        names = Cut.__dataclass_fields__
        function(cut=Cut(**{name: options.pop(name) for name in names}), **options)

    decorated: Callable[..., None] = wrapper
    for option in (
        click.option(
            "--shard",
            type=ShardType(),
            metavar="I/N",
            help="Compute only part I of N, and keep it in the folder OUT.shards beside -o OUT; "
            "what is there already is not computed again. `dna-protein-bca merge` joins the parts.",
        ),
        click.option(
            "--shards",
            type=click.IntRange(min=1),
            metavar="N",
            help="Parts that --engine ray cuts the run into.  [default: 4 a worker]",
        ),
        click.option(
            "--address",
            default=LOCAL,
            show_default=True,
            metavar="HOST:PORT|auto|local",
            help="The Ray cluster; local starts one on this machine.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["local", "ray"]),
            default="local",
            show_default=True,
            help="Where the run is computed: in this process, or as shards on a Ray cluster "
            "(with --threads cores each, 1 by default), which are then joined.",
        ),
    ):
        decorated = option(decorated)
    return decorated
