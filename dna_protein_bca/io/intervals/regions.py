"""Regions of a file on a genome: named as in it, within its contigs, cut around summits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.genome import Contigs, match_chromosomes

from .bed import Regions


def place_regions(
    regions: Regions,
    contigs: Contigs,
    *,
    around: int | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Regions:
    """The same regions, in the same order, by the contigs of a genome.

    Args:
        around: take so many base pairs on each side of the summit in place of the region; what
            passes the end of a contig is cut off.
        aliases: see `match_chromosomes`.

    Returns:
        Regions whose `names` are all contigs in the genome's order.

    Raises:
        InputError: a chromosome that the genome does not have; a region past its end.
    """
    matches = match_chromosomes(
        regions.first_lines(),
        contigs.lengths,
        aliases,
        path=regions.path,
        genome_path=contigs.path or "the genome",
    )
    names = [*contigs.lengths]
    number = {name: at for at, name in enumerate(names)}
    code = np.array([number[matches[name]] for name in regions.names], np.int64)
    chrom = code[regions.chrom]
    length = np.fromiter(contigs.lengths.values(), np.int64, len(names))[chrom]
    past = np.flatnonzero(regions.end > length)
    if len(past):
        row = past[0]
        raise InputError(
            f"a region at {regions.names[regions.chrom[row]]}:{regions.start[row]}-"
            f"{regions.end[row]}, but {names[chrom[row]]} of {contigs.path or 'the genome'} has "
            f"{length[row]} bp: is it the assembly that the regions are of?",
            regions.path,
            int(regions.line[row]),
        )
    placed = replace(regions, names=names, chrom=chrom)
    if around is None:
        return placed
    start = (regions.summit - around).clip(min=0)
    return replace(placed, start=start, end=np.minimum(regions.summit + around + 1, length))


def merge(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intervals in order, those that overlap or touch joined: int64 [n] each -> [m] each."""
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate(end[order])
    new = np.concatenate(([True], start[1:] > end[:-1])) if len(start) else np.zeros(0, bool)
    last = np.append(np.flatnonzero(new)[1:], len(start)) - 1
    return start[new], end[last] if len(start) else end


def region_records(regions: Regions, contigs: Contigs) -> Iterator[SequenceRecord]:
    """The DNA of each region as a record called `chrom:start-end`; one that was there is left out.

    Args:
        regions: from `place_regions`.

    Raises:
        InputError: see `Genome.fetch`.
    """
    columns = np.stack((regions.chrom, regions.start, regions.end), axis=1)
    _, first = np.unique(columns, axis=0, return_index=True)
    for row in np.sort(first).tolist():
        chrom, start, end = columns[row].tolist()
        name = regions.names[chrom]
        bases = contigs.fetch(name, start, end)
        yield SequenceRecord(f"{name}:{start}-{end}", bases, regions.path, int(regions.line[row]))
