"""What the commands of `data` share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dna_protein_bca.datasets.training_set import TrainingSet

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
CHROM_ALIASES = click.option(
    "--chrom-aliases",
    metavar="auto|FILE",
    help="Names of chromosomes: auto adds or takes away 'chr'; a file has both names on a line.",
)


def set_or_files(command: Callable[..., None]) -> Callable[..., None]:
    """The argument SET, and the options for one's own files in its place."""
    for option in (
        click.option("--motifs", metavar="MEME"),
        click.option("--pairs", metavar="TABLE"),
        click.option("--dna", metavar="FASTA"),
        click.option("--proteins", metavar="FASTA", help="Your own files, in place of SET."),
        click.argument("folder", required=False, metavar="[SET]"),
    ):
        command = option(command)
    return command


def check_given(folder: str | None, files: Mapping[str, str | None]) -> None:
    """Raise a usage error unless there is a set or one's own files, and not both."""
    given = [name for name, path in files.items() if path is not None]
    if folder is not None and given:
        raise click.UsageError(f"give either SET, or your own files (--{given[0]}).")
    if folder is None and files["proteins"] is None:
        raise click.UsageError("give either SET, or --proteins and what goes with it.")
    check_inputs(*files.values())


def check_inputs(*paths: str | None) -> None:
    """Raise InputError where an input cannot be read again, for its checksum in the datasheet."""
    from dna_protein_bca.io.files import check_rereadable

    for path in paths:
        if path is not None and not os.path.isdir(path):
            check_rereadable(path)


def read_given(
    folder: str | None, files: Mapping[str, str | None], *, bare: bool = False
) -> tuple[TrainingSet, dict[str, Any] | None]:
    """A set with its datasheet, or one's own files; `bare` as in `read_files`."""
    from dna_protein_bca.datasets.datasheet import read_sheet
    from dna_protein_bca.datasets.training_set import read_files, read_set

    if folder is not None:
        sheet = read_sheet(folder)
        return read_set(folder), sheet
    pairs, motifs = files["pairs"], files["motifs"]
    data = read_files(
        files["proteins"] or "",
        files["dna"],
        [pairs] if pairs else [],
        meme=motifs,
        bare=bare,
    )
    return data, None


def read_chrom_aliases(given: str | None) -> dict[str, str] | None:
    """What `--chrom-aliases` names, as `match_chromosomes` takes it."""
    from dna_protein_bca.io.genome import read_aliases

    if given is None:
        return None
    return {} if given == "auto" else read_aliases(given)


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
    from dna_protein_bca.datasets.training_set import write_set

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
