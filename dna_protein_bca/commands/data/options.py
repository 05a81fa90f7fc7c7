"""What the commands of `data` share: their options, their inputs and how they save a set."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dna_protein_bca.datasets.datasheet import Sheet
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


@dataclass(frozen=True)
class Source:
    """A set, or the user's own files in its place, as the command line names them."""

    folder: str | None
    proteins: str | None
    dna: str | None
    pairs: str | None
    motifs: str | None

    @property
    def files(self) -> list[str]:
        """The user's own files."""
        paths = (self.proteins, self.dna, self.pairs, self.motifs)
        return [path for path in paths if path is not None]

    @property
    def inputs(self) -> list[str]:
        """All that is read."""
        return [*([self.folder] if self.folder is not None else []), *self.files]

    @property
    def dna_path(self) -> str:
        """The file of the DNA, for errors; empty where there is none."""
        from dna_protein_bca.datasets.training_set import DNA

        return self.dna or "" if self.folder is None else os.path.join(self.folder, DNA)

    def check(self) -> None:
        """Check that there is a set or the user's own files, and not both.

        Raises:
            click.UsageError: neither, or both.
            InputError: a file that cannot be read twice.
        """
        options = ("proteins", "dna", "pairs", "motifs")
        named = [name for name in options if getattr(self, name) is not None]
        if self.folder is not None and named:
            raise click.UsageError(f"give either SET, or your own files (--{named[0]}).")
        if self.folder is None and self.proteins is None:
            raise click.UsageError("give either SET, or --proteins and what goes with it.")
        check_inputs(*self.files)

    def read(self, *, bare: bool = False) -> tuple[TrainingSet, Sheet | None]:
        """The set with its datasheet, or the user's own files; `bare` as in `read_files`."""
        from dna_protein_bca.datasets.datasheet import read_sheet
        from dna_protein_bca.datasets.training_set import read_files, read_set

        if self.folder is not None:
            sheet = read_sheet(self.folder)
            return read_set(self.folder), sheet
        pairs = [self.pairs] if self.pairs else []
        data = read_files(self.proteins or "", self.dna, pairs, meme=self.motifs, bare=bare)
        return data, None


def source_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the argument SET and the options in its place; the command receives a `Source`."""

    @functools.wraps(function)
    def wrapper(
        folder: str | None,
        proteins: str | None,
        dna: str | None,
        pairs: str | None,
        motifs: str | None,
        **options: object,
    ) -> None:
        function(Source(folder, proteins, dna, pairs, motifs), **options)

    command: Callable[..., None] = wrapper
    for option in (
        click.option("--motifs", metavar="MEME"),
        click.option("--pairs", metavar="TABLE"),
        click.option("--dna", metavar="FASTA"),
        click.option("--proteins", metavar="FASTA", help="Your own files, in place of SET."),
        click.argument("folder", required=False, metavar="[SET]"),
    ):
        command = option(command)
    return command


def check_inputs(*paths: str | None) -> None:
    """Raise InputError where an input cannot be read again, for its checksum in the datasheet."""
    from dna_protein_bca.io.files import check_rereadable

    for path in paths:
        if path is not None and not os.path.isdir(path):
            check_rereadable(path)


def check_one_file(path: str | None, download: bool, option: str) -> None:
    """Raise a usage error unless there is a file or a download, and not both."""
    if (path is None) != download:
        raise click.UsageError(f"give either {option} or --download.")


def save(
    output: str,
    data: TrainingSet,
    sheet: Sheet,
    *,
    parquet: bool = False,
    one_table: bool = False,
    extra: Mapping[str, object] | None = None,
) -> None:
    """Write a set and say what is in it, and what was left out."""
    from dna_protein_bca.datasets.training_set import write_set

    write_set(output, data, sheet, parquet=parquet, one_table=one_table, extra=extra)
    for name, value in {**data.counts(), **sheet["counts"]}.items():
        if text := _text(value):
            click.echo(f"{name}: {text}")
    click.echo(f"written to {output}")


def _text(value: object, inner: bool = False) -> str:
    """A count, or several, in a line; nested ones stand in brackets."""
    if isinstance(value, Mapping):
        text = ", ".join(f"{key} {_text(part, inner=True)}" for key, part in value.items())
    elif isinstance(value, list):
        text = ", ".join(map(str, value))
    else:
        return str(value)
    return f"({text})" if inner else text


def present(paths: Iterable[str | None]) -> list[str]:
    """The paths that there are."""
    return [path for path in paths if path is not None]
