"""The option `--report` of commands that predict."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from dna_protein_bca.commands.options import Command
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.folder_names import REPORT
from dna_protein_bca.io.outputs import check_output_folder


def report_option(function: Command) -> Command:
    """The option `--report`."""
    return click.option(
        "--report",
        metavar="DIR",
        help=f"Folder for {REPORT}, one page with pictures and tables that needs nothing beside "
        "it. Without -o, no table is written.",
    )(function)


def check_report(folder: str | None, inputs: Iterable[object]) -> None:
    """Raise InputError for a folder that cannot be, before anything is computed."""
    if folder is None:
        return
    check_output_folder(folder, "report", inputs, [REPORT])
    place = Path(folder)
    if place.joinpath(REPORT).is_dir():
        raise InputError("is a folder: give another one for the report", place / REPORT)
    if not place.absolute().parent.is_dir():
        raise InputError("cannot be made: the folder above it is not there", folder)
