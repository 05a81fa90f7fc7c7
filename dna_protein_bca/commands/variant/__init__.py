"""`variant ...`: what a change of a protein, or of DNA, does to binding."""

from __future__ import annotations

import click

from dna_protein_bca.commands.group import LazyGroup

COMMANDS = {"protein": "variant.protein", "dna": "variant.dna"}
"""The modules of the commands, see `LazyGroup`."""


@click.group(
    "variant",
    cls=LazyGroup,
    modules=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """What does a change of a protein, or of DNA, do to binding?"""


__all__ = ["command"]
