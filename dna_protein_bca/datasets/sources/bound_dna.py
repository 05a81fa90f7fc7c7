"""Real bound DNA: sequencing reads of HT-SELEX, genomic sites, protein-binding microarrays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dna_protein_bca.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")

READS, SITES, ARRAYS, ESCORES = (
    "sequences/htselex_reads.tsv.gz",
    "sequences/genomic_sites.tsv.gz",
    "arrays/arrays.tsv",
    "arrays/escores.tsv.gz",
)
"""Where the tables lie in the folder of all shared data."""


class Windows(NamedTuple):
    """Windows of one length, each with a site.

    Attributes:
        sequences: their bases.
        start, end: int64 [windows], the site's place, 0-based and half-open.
    """

    sequences: list[str]
    start: np.ndarray
    end: np.ndarray


class Array(NamedTuple):
    """A protein-binding microarray.

    Attributes:
        name, protein_id: which array, and of which protein.
        kmers: the canonical 8-mers that have a score.
        escores: float64 [kmers], -0.5 to 0.5; 0.45 counts as bound.
    """

    name: str
    protein_id: str
    kmers: list[str]
    escores: np.ndarray


def read_selex(folder: Path) -> pd.DataFrame:
    """Reads of HT-SELEX, selected (1) and unselected (0), each protein's of its commonest length.

    Args:
        folder: of all shared data.

    Returns:
        Columns `protein_id`, `sequence`, `selected`.
    """
    import pandas as pd

    table = pd.read_csv(folder / READS, sep="\t")
    length = table.sequence.str.len()
    common = length.groupby(table.protein_id).transform(lambda values: values.mode()[0])
    return table[length == common].reset_index(drop=True)


def read_sites(folder: Path, shortest: int = 90) -> pd.DataFrame:
    """Genomic windows with the site's place.

    Args:
        folder: of all shared data.
        shortest: windows of fewer bp are left out.

    Returns:
        Columns `protein_id`, `matrix`, `sequence`, `site_start`, `site_end` (0-based, half-open).

    Raises:
        InputError: there is no such file.
    """
    import pandas as pd

    if not (folder / SITES).is_file():
        raise InputError("there are no genomic sites of transcription factors", folder / SITES)
    table = pd.read_csv(folder / SITES, sep="\t")
    return table[table.sequence.str.len() >= shortest].reset_index(drop=True)


def cut_windows(sites: pd.DataFrame, width: int, rng: np.random.Generator) -> Windows:
    """Cut every window at random so that the site lies anywhere in it, and turn half over.

    In the data set nearly every site starts at base 50, which a model would learn. Windows in which
    no cut of `width` bp holds the site whole are left out.

    Args:
        sites: rows of `read_sites`.
        width: bp.
    """
    start, end = sites.site_start.to_numpy(), sites.site_end.to_numpy()
    first = np.maximum(0, end - width)
    last = np.minimum(start, sites.sequence.str.len().to_numpy() - width)
    kept = np.flatnonzero(last >= first)
    at = rng.integers(first[kept], last[kept] + 1)
    turned = rng.random(len(kept)) < 0.5
    sequences = []
    for row, cut, turn in zip(kept, at, turned, strict=True):
        bases = sites.sequence.iat[row][cut : cut + width]
        sequences.append(bases[::-1].translate(_COMPLEMENT) if turn else bases)
    left, right = start[kept] - at, end[kept] - at
    return Windows(
        sequences, np.where(turned, width - right, left), np.where(turned, width - left, right)
    )


def shuffle_sites(windows: Windows, rng: np.random.Generator) -> list[str]:
    """The same windows with the bases of the site in another order, and all else as it was."""
    shuffled = []
    for bases, start, end in zip(*windows, strict=True):
        site = list(bases[start:end])
        rng.shuffle(site)
        shuffled.append(bases[:start] + "".join(site) + bases[end:])
    return shuffled


def windows_with_others(
    sites: pd.DataFrame,
    families: Mapping[str, Collection[str]],
    protein: str,
    count: int,
    width: int,
    rng: np.random.Generator,
) -> tuple[list[str], list[str]]:
    """Windows with a site of a protein, and as many with a site of proteins of other families.

    Args:
        sites: rows of `read_sites`.
        families: protein -> the families of its domains; others' windows are left out.
        count: of each kind; fewer where there are not so many.
        width: bp.
    """
    own = set(families[protein])
    foreign = [name for name, theirs in families.items() if own.isdisjoint(theirs)]
    kinds = (sites[sites.protein_id == protein], sites[sites.protein_id.isin(foreign)])
    cut = [cut_windows(kind, width, rng).sequences for kind in kinds]
    count = min(count, *map(len, cut))
    bound, others = (list(rng.choice(windows, count, replace=False)) for windows in cut)
    return bound, others


def read_arrays(folder: Path, split: str) -> Iterator[Array]:
    """The microarrays of a split, `train` or what its proteins' are (`excluded`, `validation`)."""
    import pandas as pd

    table = pd.read_csv(folder / ARRAYS, sep="\t")
    scores = pd.read_csv(folder / ESCORES, sep="\t", index_col=0)
    for row in table[table.split == split].itertuples():
        known = scores[row.array].dropna()
        yield Array(row.array, row.protein_id, list(known.index), known.to_numpy())
