"""What the commands of `data` share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dna_protein_bca.datasets.built import TrainingSet

PROTEINS = click.option(
    "--proteins",
    required=True,
    metavar="FASTA",
    help="Protein sequences; UniProt headers are understood.",
)
OUTPUT = click.option("-o", "--output", required=True, metavar="SET", help="New folder of the set.")
PARQUET = click.option(
    "--parquet", is_flag=True, help="Write pairs as Parquet: for millions of them."
)
SEED = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
DOWNLOAD = click.option(
    "--download", is_flag=True, help="Fetch the file from the database (once; it is kept)."
)
CHECKSUM = click.option(
    "--checksum", metavar="sha256:HEX", help="What the downloaded file must have."
)


def one_file(given: str | None, download: bool, option: str) -> None:
    """Raise a usage error unless there is a file or a download, and not both."""
    if (given is None) != download:
        raise click.UsageError(f"give either {option} or --download.")


def save(
    output: str,
    data: TrainingSet,
    sheet: Mapping[str, Any],
    *,
    parquet: bool = False,
    one_table: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write a set and say what is in it, and what was left out."""
    from dna_protein_bca.datasets.built import write_set

    write_set(output, data, sheet, parquet=parquet, one_table=one_table, extra=extra)
    for name, value in {**data.counts(), **sheet["counts"]}.items():
        if text := _text(value):
            click.echo(f"{name}: {text}")
    click.echo(f"written to {output}")


def _text(value: Any, inner: bool = False) -> str:
    """A count, or several, in a line; what is nested stands in brackets."""
    if isinstance(value, Mapping):
        text = ", ".join(f"{key} {_text(part, inner=True)}" for key, part in value.items())
    elif isinstance(value, list):
        text = ", ".join(map(str, value))
    else:
        return str(value)
    return f"({text})" if inner else text
