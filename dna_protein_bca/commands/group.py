"""The group `dna-protein-bca`: imports commands when they are called, and reports all errors."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from dna_protein_bca.errors import InputError, one_line

from .about import VERSION
from .reporting.stopping import stop_on_signals

COMMANDS = {
    "predict": "predict",
    "scan": "scan",
    "merge": "shards.merge",
    "motif": "motif",
    "domains": "domains",
    "variant": "variant",
    "explain": "explain",
    "embed": "embed",
    "train": "training.train",
    "tune": "training.tune",
    "evaluate": "evaluate",
    "data": "data",
    "models": "models",
    "serve": "serve",
}
"""The modules of the commands, see `LazyGroup`."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for.

    Args:
        modules: command name -> module in this package; the module holds a click command named
            `command`.
    """

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.modules:
            return None
        module = import_module(f"dna_protein_bca.commands.{self.modules[name]}")
        command: click.Command = module.command
        return command


class Program(LazyGroup):
    """The group of all commands, which reports their errors in one line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("prog_name", "dna-protein-bca")
        # Before torch is loaded: threads that wait should sleep and not spin. Beside other work on
        # the same cores, spinning made predict three times slower.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        with stop_on_signals():
            return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise in_one_line(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(128 + signal.SIGINT)
        except click.UsageError as error:
            raise in_one_line(error) from None
        except InputError as error:
            raise click.ClickException(str(error)) from None
        except BrokenPipeError:
            raise  # the reader of the output has left: click exits without a message
        except OSError as error:
            raise click.ClickException(describe(error)) from None
        except (RuntimeError, MemoryError) as error:
            message = out_of_memory(error)
            if message is None:
                raise
            raise click.ClickException(message) from None


def in_one_line(error: click.UsageError) -> click.UsageError:
    """The same usage error in one line, which names the help in place of click's usage."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    # click begins a line, with a tab, for each choice of an option that is missing.
    text = one_line(re.sub(r"\s*\n\s*", " ", error.format_message()))
    if error.ctx is None:
        return click.UsageError(text)
    stop = "" if text.endswith((".", "?", "!")) else "."
    return click.UsageError(f"{text}{stop} See '{error.ctx.command_path} --help'.")


def describe(error: OSError) -> str:
    """`FILE: reason` for an error of the operating system."""
    reason = error.strerror or str(error) or type(error).__name__
    return one_line(f"{os.fspath(error.filename)}: {reason}" if error.filename else reason)


def out_of_memory(error: BaseException) -> str | None:
    """The message where memory ran out, or None for any other error."""
    text = str(error)
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return "out of memory: try a smaller --batch-size, fewer --threads, or --device cpu"
    return None


@click.group(
    cls=Program,
    modules=COMMANDS,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@VERSION
def main() -> None:
    """Does this protein bind this DNA, how strongly, and where?

    The answer needs only the two sequences. Input files are FASTA, plain or compressed (gzip,
    bzip2, xz); `-` is standard input or output.
    """
