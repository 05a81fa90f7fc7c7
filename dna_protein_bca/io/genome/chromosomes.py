"""Chromosomes that two files name differently: tables of names, and how names are matched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.io.files import PathLike, open_text

_MITOCHONDRIAL = {"chrM": "MT", "M": "chrMT", "MT": "chrM"}

SHOWN = 5
"""Chromosome names that an error shows of each file."""


def read_aliases(path: PathLike) -> dict[str, str]:
    """A table of chromosome names: each row has two or more names of a chromosome.

    Tab-separated, such as UCSC's chromAlias.txt; lines that begin with `#` are comments.

    Returns:
        Every name -> the other names of its chromosome, joined by tabs.

    Raises:
        InputError: a row with only one name.
    """
    aliases: dict[str, str] = {}
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            names = [name.strip() for name in line.rstrip("\n").split("\t") if name.strip()]
            if not names or names[0].startswith("#"):
                continue
            if len(names) < 2:
                raise InputError(
                    f"only one name, {names[0]!r}: give two or more a line, separated by tabs",
                    path,
                    number,
                )
            for name in names:
                aliases[name] = "\t".join(other for other in names if other != name)
    return aliases


def find_chromosome(
    name: str, genome: Mapping[str, int], aliases: Mapping[str, str] | None
) -> str | None:
    """The genome's name of a chromosome; None where it has none.

    Args:
        genome, aliases: see `match_chromosomes`.
    """
    candidates = [name]
    if aliases:
        candidates += aliases.get(name, "").split("\t")
    elif aliases is not None:
        bare = name.removeprefix("chr")
        candidates += [bare, f"chr{bare}", *_MITOCHONDRIAL.get(name, "").split()]
    return next((candidate for candidate in candidates if candidate in genome), None)


def alias_advice(
    names: Iterable[str], genome: Mapping[str, int], aliases: Mapping[str, str] | None
) -> str:
    """How to have chromosomes found that the genome does not have under their names.

    Args:
        genome, aliases: see `match_chromosomes`.
    """
    if aliases is None and any(find_chromosome(name, genome, {}) for name in names):
        return "pass --chrom-aliases auto, which adds or takes away 'chr'"
    return "where they differ by name alone, pass --chrom-aliases FILE with both names on a line"


def match_chromosomes(
    names: Iterable[tuple[str, int]],
    genome: Mapping[str, int],
    aliases: Mapping[str, str] | None,
    *,
    path: str,
    genome_path: str,
) -> dict[str, str]:
    """The genome's name of each chromosome of another file.

    Args:
        names: the other file's, each with its line (0 for none).
        genome: chromosomes of the genome, by name.
        aliases: from `read_aliases`; if empty, `chr` is added or removed; None: names must be
            equal.
        path, genome_path: of the two files, for errors.

    Raises:
        InputError: a name that the genome does not have, with both files' names in it.
    """
    matches: dict[str, str] = {}
    for name, line in names:
        if name in matches:
            continue
        match = find_chromosome(name, genome, aliases)
        if match is None:
            shown = listed([*genome], SHOWN)
            names_are = "whose names are" if len(genome) > 1 else "which has"
            raise InputError(
                f"chromosome {name!r} is not in {genome_path}, {names_are} {shown}: "
                f"{alias_advice([name], genome, aliases)}",
                path,
                line,
            )
        matches[name] = match
    return matches
