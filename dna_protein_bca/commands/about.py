"""What every command says of itself: its version, and an example of its use."""

from __future__ import annotations

import click

from dna_protein_bca import __version__

PROGRAM = "dna-protein-bca"


def describe_version() -> str:
    """The program, the torch that it runs with, and the weights that come with it."""
    from importlib.metadata import PackageNotFoundError, version

    from dna_protein_bca.inference.weights import bundled

    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "not installed"
    weights = ", ".join(bundled()) or "none"
    return f"{PROGRAM}, version {__version__}\ntorch {torch}\nweights {weights}"


def _print_version(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(describe_version())
        context.exit()


VERSION = click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version, that of torch, and the bundled weights, and exit.",
)


def example(*parts: str) -> str:
    """The epilog of a command's help: an example, which click is not to wrap.

    Args:
        parts: what to type after the name of the program, a line each.
    """
    first, *others = parts
    typed = " \\\n".join([f"  {PROGRAM} {first}", *(f"      {part}" for part in others)])
    return f"\b\nExample:\n{typed}"
