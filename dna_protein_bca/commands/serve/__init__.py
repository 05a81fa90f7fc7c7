"""`serve`: the predictions as a web page."""

from __future__ import annotations

import click

from dna_protein_bca.commands.about import example
from dna_protein_bca.commands.options import Compute, compute_options


@click.command("serve", epilog=example("serve --port 8000"))
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address of this machine at which it answers. Any other than the default lets others use "
    "it: see docs/web.md first.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="Port; 0 is any that is free.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=120,
    show_default=True,
    metavar="S",
    help="Time that one answer may take.",
)
@click.option(
    "--waiting",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    metavar="N",
    help="Requests that may wait for their turn; more are told to come back.",
)
@click.option(
    "--collection",
    "species",
    multiple=True,
    metavar="SPECIES",
    help="Encode all measured proteins of a species at the start, so that a visitor can ask which "
    "of them binds a DNA; repeat the option for more.",
)
@compute_options
def command(
    compute: Compute, host: str, port: int, seconds: float, waiting: int, species: tuple[str, ...]
) -> None:
    """Answer in a web browser: paste protein and DNA, see the sites, download the tables.

    Needs the extra `web` (pip install 'dna-protein-bca[web]'). The page is served to this machine
    alone, unless --host says otherwise, and asks no other host for anything. Requests are answered
    one after another.
    """
    compute.check()

    from dna_protein_bca.web.limits import Limits
    from dna_protein_bca.web.serve import check_installed, serve

    check_installed()
    serve(compute.load(), host, port, Limits(seconds=seconds, waiting=waiting), species)
