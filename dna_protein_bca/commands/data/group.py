"""The group `data`, and `data show`."""

from __future__ import annotations

import click

from dna_protein_bca.commands.about import example

from . import motifs, negatives, pairs, split


@click.group("data", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Build training sets from public databases or your own files, and split them.

    Each command writes a folder: proteins.fa with motifs.meme, or with dna.fa.gz and pairs.tsv,
    and a datasheet of what it was made from. docs/data.md has an example of each.
    """


for module in (motifs, pairs, negatives, split):
    for value in vars(module).values():
        if isinstance(value, click.Command):
            command.add_command(value)


@command.command("show", epilog=example("data show jaspar"))
@click.argument("folder", metavar="SET")
@click.option("--json", "as_json", is_flag=True, help="Print the datasheet as it is.")
def show(folder: str, as_json: bool) -> None:
    """Print what SET was made from: versions, checksums, parameters and counts."""
    import json

    from dna_protein_bca.datasets.datasheet import format_sheet, read_sheet

    sheet = read_sheet(folder)
    click.echo(json.dumps(sheet, indent=2) if as_json else format_sheet(sheet))
