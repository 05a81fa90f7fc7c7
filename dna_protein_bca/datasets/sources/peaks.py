"""Peaks of ChIP-seq, CUT&RUN or DAP-seq: windows of the genome around their summits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.genome import Genome, match_chromosomes
from dna_protein_bca.io.intervals.bed import read_bed

AtEnds = Literal["drop", "clip"]

WIDTH = 101
"""Base pairs of a window: the resolution of ChIP-seq, and less than one tile of the model."""

_PLACE = re.compile(r"(.+):(\d+)-(\d+)$")


class Peak(NamedTuple):
    """A peak: 0-based, half-open; `summit` is a position, `line` that of its file, from 1."""

    chrom: str
    start: int
    end: int
    summit: int
    line: int = 0


class Window(NamedTuple):
    """A stretch of the genome: 0-based, half-open."""

    chrom: str
    start: int
    end: int

    @property
    def id(self) -> str:
        """`chrom:start-end`."""
        return f"{self.chrom}:{self.start}-{self.end}"

    @classmethod
    def named(cls, id: str) -> Window | None:
        """The window of an id of that form; None for any other id."""
        match = _PLACE.match(id)
        if match is None or int(match[2]) >= int(match[3]):
            return None
        return cls(match[1], int(match[2]), int(match[3]))


class WindowsAround(NamedTuple):
    """Windows around the summits of peaks.

    Attributes:
        windows: each once, in the order of the peaks.
        covered: the peaks themselves, by the genome's names of chromosomes.
        counts: of windows that were clipped, dropped, or there already.
        past_ends: lines of the peaks whose window passes an end of its chromosome.
    """

    windows: list[Window]
    covered: list[Window]
    counts: dict[str, int]
    past_ends: list[int]


def read_peaks(path: PathLike) -> list[Peak]:
    """Peaks of a BED or narrowPeak file; see `read_bed`."""
    found = read_bed(path)
    names = [found.names[at] for at in found.chrom]
    numbers = (found.start, found.end, found.summit, found.line)
    return [*map(Peak, names, *(column.tolist() for column in numbers))]


def windows_around(
    peaks: Sequence[Peak],
    genome: Genome,
    *,
    width: int = WIDTH,
    at_ends: AtEnds = "drop",
    aliases: Mapping[str, str] | None = None,
    path: str = "peaks",
) -> WindowsAround:
    """Windows around summits.

    Args:
        width: base pairs.
        at_ends: what becomes of a window that passes the end of its chromosome.
        aliases: see `match_chromosomes`.
        path: of the peaks, for errors.

    Raises:
        InputError: a chromosome that the genome does not have; a peak past its end.
    """
    names = match_chromosomes(
        ((peak.chrom, peak.line) for peak in peaks),
        genome.lengths,
        aliases,
        path=path,
        genome_path=genome.path,
    )
    counts = {"clipped": 0, "dropped_at_ends": 0, "duplicate": 0}
    windows: dict[Window, None] = {}
    covered, past_ends = [], []
    for peak in peaks:
        chrom, length = names[peak.chrom], genome.lengths[names[peak.chrom]]
        if peak.end > length:
            raise InputError(
                f"a peak at {peak.chrom}:{peak.start}-{peak.end}, but {chrom} of {genome.path} "
                f"has {length} bp: is it the assembly that the peaks were called on?",
                path,
                peak.line,
            )
        covered.append(Window(chrom, peak.start, peak.end))
        start = peak.summit - width // 2
        window = Window(chrom, max(0, start), min(length, start + width))
        if window.end - window.start < width:
            counts["clipped" if at_ends == "clip" else "dropped_at_ends"] += 1
            past_ends.append(peak.line)
            if at_ends == "drop":
                continue
        counts["duplicate"] += window in windows
        windows[window] = None
    return WindowsAround([*windows], covered, counts, past_ends)


def sequences_of(windows: Iterable[Window], genome: Genome) -> dict[Window, str]:
    """Upper-case bases of windows; those with an N are left out."""
    sequences = {}
    for window in windows:
        bases = genome.fetch(*window).upper()
        if "N" not in bases:
            sequences[window] = bases
    return sequences
