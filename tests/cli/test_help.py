"""Help, and what the examples in it say: each has to be a command line that works."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from dna_protein_bca.commands.about import PROGRAM
from dna_protein_bca.commands.group import main


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that call each command of a group and of the groups in it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("words", list(leaves(main)), ids=" ".join)
def test_help_has_an_example_that_can_be_typed(words: tuple[str, ...]) -> None:
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    text = CliRunner().invoke(main, [*words, "--help"]).output
    _, _, typed = text.partition("Example:\n")
    program, *arguments = shlex.split(typed.replace("\\\n", " "))
    assert program == PROGRAM
    assert arguments[: len(words)] == list(words)
    # Parses what is typed, and raises for an option that the command lacks.
    command.make_context(words[-1], arguments[len(words) :])
