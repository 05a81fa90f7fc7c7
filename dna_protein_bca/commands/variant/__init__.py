"""`variant ...`: what a change of a protein, or of DNA, does to binding."""

from __future__ import annotations

import click


@click.group("variant", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """What does a change of a protein, or of DNA, do to binding?"""


__all__ = ["command"]
