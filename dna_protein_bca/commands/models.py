"""`models list` and `models show NAME`."""

from __future__ import annotations

from pathlib import Path

import click

from .about import example
from .options import OFFLINE


@click.group("models", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List the bundled weights, or show one's model card."""


@command.command("list", epilog=example("models list"))
def list_models() -> None:
    """Print the bundled weights, the default first: name, size in MB, folder."""
    from dna_protein_bca.inference.weights import bundled
    from dna_protein_bca.resources import models_path

    click.echo("name\tmegabytes\tfolder")
    for name in bundled():
        folder = models_path(name)
        size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        click.echo(f"{name}\t{size / 1e6:.1f}\t{folder}")


@command.command("show", epilog=example("models show release"))
@OFFLINE
@click.argument("name")
def show(name: str) -> None:
    """Print how the weights NAME (a bundled name or a folder) were made, and their configuration.

    A model card follows where there is one. How they were made is known of what train has left:
    the command, the data, what was held out, versions and metrics. An ensemble shows each member.
    """
    from dna_protein_bca.inference.weights import locate, members

    for folder in [locate(member) for member in members([name])]:
        _show(folder)


def _show(folder: Path) -> None:
    import json

    from dna_protein_bca.inference.weights import read_config
    from dna_protein_bca.io.folder_names import CARD, PROVENANCE
    from dna_protein_bca.reports.provenance import provenance_lines

    click.echo(folder)
    if (folder / PROVENANCE).is_file():
        for line in provenance_lines(read_config(folder, PROVENANCE)):
            click.echo(line)
    click.echo(json.dumps(read_config(folder), indent=2))
    card = folder / CARD
    if card.is_file():
        click.echo(f"\n{card.read_text(encoding='utf-8')}")


@command.command("species", epilog=example("models species"))
@OFFLINE
@click.argument("name", required=False)
def species(name: str | None) -> None:
    """Print the species of the measured proteins that come with NAME, and how many each has.

    These are what --proteins collection:SPECIES takes. NAME is a bundled name or a folder; without
    it, the default weights.
    """
    from dna_protein_bca.inference.weights import locate
    from dna_protein_bca.proteins.collection import species_counts

    click.echo("species\tproteins")
    for kind, count in species_counts(locate(name)).items():
        click.echo(f"{kind}\t{count}")
