"""Regions of a file on a genome: named as in it, within its contigs, cut around summits."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from dna_protein_bca.errors import InputError, counted
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.genome import Contigs, Genome, match_chromosomes

from .bed import Bed, Regions, as_regions

log = logging.getLogger(__name__)


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
        InputError: a chromosome that the genome does not have; a region past its end; less than
            nothing around a summit.
    """
    if around is not None and around < 0:
        raise InputError(f"around {around}: give a number of base pairs, 0 or more")
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


def cut_regions(
    genome: PathLike,
    bed: Bed,
    *,
    around: int | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Iterator[SequenceRecord]:
    """The DNA of regions as records called `chrom:start-end`, in the order of the regions.

    A region that is there twice is one record, and a warning counts such regions.

    Args:
        genome: FASTA file, plain or compressed with bgzip.
        bed: path of a BED or narrowPeak file, or (chrom, start, end) of each region.
        around, aliases: see `place_regions`.

    Raises:
        InputError: see `read_bed`, `Genome` and `place_regions`.
    """
    regions = as_regions(bed)
    contigs = Genome(genome)
    return _cut(place_regions(regions, contigs, around=around, aliases=aliases), contigs)


def _cut(regions: Regions, contigs: Contigs) -> Iterator[SequenceRecord]:
    columns = np.stack((regions.chrom, regions.start, regions.end), axis=1)
    _, first = np.unique(columns, axis=0, return_index=True)
    if len(first) < len(columns):
        log.warning(
            "%s: %s left out, for an earlier row has the same region",
            regions.path or "regions",
            counted(len(columns) - len(first), "row"),
        )
    for row in np.sort(first).tolist():
        chrom, start, end = columns[row].tolist()
        name = regions.names[chrom]
        line = int(regions.line[row])
        bases = contigs.fetch(name, start, end)
        yield SequenceRecord(f"{name}:{start}-{end}", bases, regions.path, line)
