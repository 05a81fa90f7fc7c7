"""Peaks of one or more proteins and their negatives, as a training set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.datasets.negatives.draw import (
    Covered,
    Negatives,
    check_enough,
    matched_windows,
    mean_gc,
    other_sites,
    shuffle_of,
    shuffled,
)
from dna_protein_bca.datasets.training_set import TrainingSet
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.genome import Genome

from .peaks import WIDTH, AtEnds, Window, read_peaks, sequences_of, windows_around

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
"""Lines that the counts name of the peaks whose window passes a chromosome's end."""


@dataclass(frozen=True)
class PeakOptions:
    """How peaks become pairs; saved in the datasheet.

    Attributes:
        negatives: kinds: windows of the genome outside its peaks with the same length and G+C,
            dinucleotide-preserving shuffles, or other proteins' windows away from its peaks.
        width, at_ends: see `windows_around`.
        ratio: negatives of each kind for a positive; of other proteins' windows fewer where there
            are no more.
        assay: goes into the column of that name.
        seed: of everything that is drawn.
    """

    negatives: Sequence[Negatives] = ("windows",)
    width: int = WIDTH
    at_ends: AtEnds = "drop"
    ratio: float = 1.0
    assay: str | None = None
    seed: int = 0


@dataclass
class _Sites:
    """What the peaks of a protein give.

    Attributes:
        windows: around the summits, with their bases.
        covered: what the peaks and windows cover.
        counts: of peaks and windows, and in the end of negatives.
    """

    windows: dict[Window, str]
    covered: Covered
    counts: dict[str, object]


Bases = dict[str, tuple[str, str]]
"""DNA by id: its chromosome and its bases."""


def peak_set(
    proteins: Mapping[str, str],
    peaks: Mapping[str, Sequence[PathLike]],
    genome: Genome,
    options: PeakOptions | None = None,
    *,
    aliases: Mapping[str, str] | None = None,
) -> tuple[TrainingSet, dict[str, object]]:
    """Windows around the summits of each protein (label 1), and its negatives (label 0).

    Args:
        proteins: id -> residues, of those that have peaks and perhaps others.
        peaks: protein id -> its files.
        genome: that the peaks were called on.
        options: see `PeakOptions`.
        aliases: see `windows_around`.

    Returns:
        The set, with the chromosome as `group`; and counts by protein.

    Raises:
        InputError: see `read_peaks` and `windows_around`; no window is left, negatives of others
            where there is one protein alone, too few windows for the ratio.
    """
    options = options or PeakOptions()
    if "others" in options.negatives and len(peaks) < 2:
        raise InputError("other proteins' sites need the peaks of two proteins or more")
    sites = {
        protein: _sites(protein, paths, genome, options, aliases)
        for protein, paths in peaks.items()
    }
    rows: list[tuple[str, str, int, str]] = []
    dna: dict[str, str] = {}
    for number, (protein, of_protein) in enumerate(sites.items()):
        rng = np.random.default_rng((options.seed, number))
        positives = _by_id(of_protein.windows)
        negatives = _negatives(protein, sites, genome, options, rng, dna)
        for label, group in ((1, positives), (0, negatives)):
            dna |= {id: text for id, (_, text) in group.items()}
            rows += [(protein, id, label, chrom) for id, (chrom, _) in group.items()]
        of_protein.counts["gc"] = {
            name: mean_gc(text for _, text in group.values())
            for name, group in (("positive", positives), ("negative", negatives))
            if group
        }
    counts: dict[str, object] = {name: of_protein.counts for name, of_protein in sites.items()}
    return TrainingSet(proteins, dna, _table(rows, options.assay)), counts


def _table(rows: Sequence[tuple[str, str, int, str]], assay: str | None) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label", "group"])
    return table.assign(assay=assay) if assay else table


def _sites(
    protein: str,
    paths: Sequence[PathLike],
    genome: Genome,
    options: PeakOptions,
    aliases: Mapping[str, str] | None,
) -> _Sites:
    """The windows around a protein's summits, and what its peaks cover."""
    windows: dict[Window, None] = {}
    spans: list[Window] = []
    total: dict[str, int] = {"peaks": 0}
    past_ends: list[str] = []
    for path in paths:
        peaks = read_peaks(path)
        around = windows_around(
            peaks,
            genome,
            width=options.width,
            at_ends=options.at_ends,
            aliases=aliases,
            path=str(path),
        )
        windows |= dict.fromkeys(around.windows)
        spans += around.covered
        past_ends += [f"{Path(path).name}:{line}" for line in around.past_ends]
        for name, number in {"peaks": len(peaks), **around.counts}.items():
            total[name] = total.get(name, 0) + number
    bases = sequences_of(windows, genome)
    if not bases:
        raise InputError(f"no window is left of the peaks of {protein}", str(paths[0]))
    counts: dict[str, object] = dict(total)
    counts["dropped_for_n"] = len(windows) - len(bases)
    counts["positives"] = len(bases)
    if past_ends:
        more = [f"and {len(past_ends) - SHOWN} more"] if len(past_ends) > SHOWN else []
        counts["at_ends"] = [*past_ends[:SHOWN], *more]
    return _Sites(bases, Covered([*spans, *windows]), counts)


def _negatives(
    protein: str,
    sites: Mapping[str, _Sites],
    genome: Genome,
    options: PeakOptions,
    rng: np.random.Generator,
    dna: Mapping[str, str],
) -> Bases:
    """The negatives of a protein, of all kinds; `dna` is what there is of other proteins."""
    count = round(options.ratio * len(sites[protein].windows))
    negatives: Bases = {}
    for kind in options.negatives:
        drawn = _draw(kind, protein, sites, genome, count, rng, dna)
        check_enough(kind, protein, len(drawn), count)
        sites[protein].counts[f"negatives_{kind}"] = len(drawn)
        negatives |= drawn
    return negatives


def _draw(
    kind: Negatives,
    protein: str,
    sites: Mapping[str, _Sites],
    genome: Genome,
    count: int,
    rng: np.random.Generator,
    dna: Mapping[str, str],
) -> Bases:
    windows, covered = sites[protein].windows, sites[protein].covered
    if kind == "shuffle":
        chroms: dict[str | None, str] = {window.id: window.chrom for window in windows}
        texts = {window.id: text for window, text in windows.items()}
        # Proteins that share a window have shuffles of their own.
        shuffles = shuffled(texts, count, rng, used=dna)
        return {id: (chroms[shuffle_of(id)], text) for id, text in shuffles.items()}
    if kind == "others":
        others: dict[Window, str] = {}
        for name, of_protein in sites.items():
            others |= of_protein.windows if name != protein else {}
        return _by_id(other_sites(others, covered.touches, count, rng))
    return _by_id(matched_windows(genome, windows, covered.touches, count, rng))


def _by_id(windows: Mapping[Window, str]) -> Bases:
    return {window.id: (window.chrom, text) for window, text in windows.items()}
