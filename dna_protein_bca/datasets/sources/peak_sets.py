"""Peaks of one or more proteins and their negatives, as a training set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dna_protein_bca.datasets.negatives.draw import (
    Covered,
    Negatives,
    gc,
    matched_windows,
    other_sites,
    shuffle_of,
    shuffled,
)
from dna_protein_bca.datasets.training_set import TrainingSet
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.genome import Genome

from .peaks import WIDTH, AtEnds, Window, read_peaks, sequences_of, windows_around

SHOWN = 10
"""Lines that the counts name of the peaks whose window passes a chromosome's end."""


def peak_set(
    proteins: Mapping[str, str],
    peaks: Mapping[str, Sequence[PathLike]],
    genome: Genome,
    *,
    width: int = WIDTH,
    at_ends: AtEnds = "drop",
    aliases: Mapping[str, str] | None = None,
    negatives: Sequence[Negatives] = ("windows",),
    ratio: float = 1.0,
    seed: int = 0,
    assay: str | None = None,
) -> tuple[TrainingSet, dict[str, Any]]:
    """Windows around the summits of each protein (label 1), and its negatives (label 0).

    Args:
        proteins: id -> residues, of those that have peaks and perhaps others.
        peaks: protein id -> its files.
        width, at_ends, aliases: see `windows_around`.
        negatives: kinds: windows of the genome outside its peaks with the same length and G+C,
            dinucleotide-preserving shuffles, or other proteins' windows away from its peaks.
        ratio: negatives of each kind for a positive; of other proteins' windows fewer where there
            are no more.
        seed: of everything that is drawn.
        assay: goes into the column of that name.

    Returns:
        The set, with the chromosome as `group`; and counts by protein.

    Raises:
        InputError: see `read_peaks` and `windows_around`; no window is left, negatives of others
            where there is one protein alone, too few windows for the ratio.
    """
    if "others" in negatives and len(peaks) < 2:
        raise InputError("other proteins' sites need the peaks of two proteins or more")
    sites, covered, counts = _positives(peaks, genome, width, at_ends, aliases)
    rows: list[tuple[str, str, int, str]] = []
    dna: dict[str, str] = {}
    for number, (protein, positives) in enumerate(sites.items()):
        rng = np.random.default_rng((seed, number))
        need = round(ratio * len(positives))
        drawn: dict[str, tuple[str, str]] = {}
        for kind in negatives:
            some = _draw(kind, protein, sites, covered[protein], genome, need, rng, dna)
            # Of other proteins' sites there are as many as there are.
            if len(some) < need and kind != "others":
                raise InputError(
                    f"{len(some)} negatives of the kind {kind} for {protein}, and {need} are "
                    "asked for: lower --ratio, or choose another kind"
                )
            counts[protein][f"negatives_{kind}"] = len(some)
            drawn |= some
        taken = {window.id: (window.chrom, text) for window, text in positives.items()}
        for label, group in ((1, taken), (0, drawn)):
            dna |= {id: text for id, (_, text) in group.items()}
            rows += [(protein, id, label, chrom) for id, (chrom, _) in group.items()]
        counts[protein]["gc"] = {
            name: round(float(np.mean([gc(text) for _, text in group.values()])), 4)
            for name, group in (("positive", taken), ("negative", drawn))
            if group
        }
    return TrainingSet(proteins, dna, _table(rows, assay)), counts


def _table(rows: Sequence[tuple[str, str, int, str]], assay: str | None) -> Any:
    import pandas as pd

    table = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label", "group"])
    return table.assign(assay=assay) if assay else table


def _positives(
    peaks: Mapping[str, Sequence[PathLike]],
    genome: Genome,
    width: int,
    at_ends: AtEnds,
    aliases: Mapping[str, str] | None,
) -> tuple[dict[str, dict[Window, str]], dict[str, Covered], dict[str, Any]]:
    """For each protein its windows, what its peaks and windows cover, and counts."""
    sites: dict[str, dict[Window, str]] = {}
    covered: dict[str, Covered] = {}
    counts: dict[str, Any] = {}
    for protein, paths in peaks.items():
        windows: dict[Window, None] = {}
        spans: list[Window] = []
        total: dict[str, Any] = {"peaks": 0}
        at_ends_of: list[str] = []
        for path in paths:
            found = read_peaks(path)
            some, places, left, lines = windows_around(
                found, genome, width=width, at_ends=at_ends, aliases=aliases, path=str(path)
            )
            windows |= dict.fromkeys(some)
            spans += places
            at_ends_of += [f"{Path(path).name}:{line}" for line in lines]
            total["peaks"] += len(found)
            for name, number in left.items():
                total[name] = total.get(name, 0) + number
        sites[protein] = sequences_of(windows, genome)
        total["dropped_for_n"] = len(windows) - len(sites[protein])
        total["positives"] = len(sites[protein])
        if at_ends_of:
            more = [f"and {len(at_ends_of) - SHOWN} more"] if len(at_ends_of) > SHOWN else []
            total["at_ends"] = [*at_ends_of[:SHOWN], *more]
        if not sites[protein]:
            raise InputError(f"no window is left of the peaks of {protein}", str(paths[0]))
        covered[protein] = Covered([*spans, *windows])
        counts[protein] = total
    return sites, covered, counts


def _draw(
    kind: Negatives,
    protein: str,
    sites: Mapping[str, Mapping[Window, str]],
    covered: Covered,
    genome: Genome,
    need: int,
    rng: np.random.Generator,
    dna: Mapping[str, str],
) -> dict[str, tuple[str, str]]:
    """Id -> chromosome and bases of negatives; `dna` is what there is of other proteins."""
    own = sites[protein]
    if kind == "shuffle":
        chroms: dict[str | None, str] = {window.id: window.chrom for window in own}
        texts = {window.id: text for window, text in own.items()}
        # Proteins that share a window have shuffles of their own.
        found = shuffled(texts, need, rng, used=dna)
        return {id: (chroms[shuffle_of(id)], text) for id, text in found.items()}
    if kind == "others":
        others: dict[Window, str] = {}
        for name, some in sites.items():
            others |= some if name != protein else {}
        windows = other_sites(others, covered.touches, need, rng)
    else:
        windows = matched_windows(genome, own, covered.touches, need, rng)
    return {window.id: (window.chrom, text) for window, text in windows.items()}
