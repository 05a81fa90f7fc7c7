"""Options of commands whose runs can be cut into shards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from dna_protein_bca.errors import STDIN
from dna_protein_bca.io.shards import Shard

if TYPE_CHECKING:
    from dna_protein_bca.commands.options import Command
    from dna_protein_bca.sharding import Work


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

    def __bool__(self) -> bool:
        return self.shard is not None

    def check(self, output: str, inputs: list[str]) -> None:
        """Raise a usage error for options with which a run cannot be cut."""
        if self and output == STDIN:
            raise click.UsageError("shards are kept beside the output: give a file with -o.")
        if self and STDIN in inputs:
            raise click.UsageError("every shard reads all inputs: give files, not stdin.")

    def run(self, work: Work, quiet: bool) -> None:
        """Compute what is asked for, and say where it is."""
        from dna_protein_bca.sharding import ShardRunner

        assert self.shard is not None
        runner = ShardRunner(work)
        new = runner.run(self.shard)
        if not quiet:
            state = "written to" if new else "was complete in"
            click.echo(f"shard {self.shard} {state} {runner.folder}", err=True)


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
    ):
        decorated = option(decorated)
    return decorated
