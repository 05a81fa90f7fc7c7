"""Peaks of ChIP-seq, CUT&RUN or DAP-seq: windows of the genome around their summits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.files import PathLike, open_text
from dna_protein_bca.io.genome import Genome, match_chromosomes

AtEnds = Literal["drop", "clip"]

NARROW_PEAK = 10
"""Columns of a narrowPeak file; the last is the summit's offset, -1 where none was called."""

WIDTH = 101
"""Base pairs of a window: the resolution of ChIP-seq, and less than one tile of the model."""

_BROWSER = re.compile(r"track([ \t].*=.*)?$|browser([ \t]+[^\d\s].*)?$")
"""Lines for the genome browser, and not a chromosome that begins with the same letters."""

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
    """Peaks of a BED or narrowPeak file.

    A file of ten columns is narrowPeak, whose tenth column is the summit; otherwise, and where it
    is -1, the middle of the peak counts as its summit. Comments (`#`) and lines for the genome
    browser are passed over.

    Raises:
        InputError: fewer than three columns, rows of different widths, coordinates that are not
            numbers or not an interval, a summit outside its peak, no peak at all; a header, or a
            format that counts from 1 (GFF, the tables of MACS).
    """
    peaks: list[Peak] = []
    width = 0
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text or text.startswith("#") or _BROWSER.match(text):
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 3:
                fields = line.split()
            width = width or len(fields)
            if len(fields) != width or width < 3:
                raise InputError(
                    f"{len(fields)} columns: give every row at least chrom, start and end, and "
                    f"as many as the first ({width})",
                    path,
                    number,
                )
            if fault := _other_form(fields, first=not peaks):
                raise InputError(fault, path, number)
            peaks.append(_peak(fields, path, number))
    if not peaks:
        raise InputError("no peak in it: give a BED or narrowPeak file", path)
    return peaks


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


def _other_form(fields: list[str], first: bool) -> str | None:
    """What a row seems to be, where it is not of a BED file; None where it may be.

    Args:
        first: no peak came before.
    """
    numbers = [field.strip().isdecimal() for field in fields]
    if len(fields) >= 9 and numbers[3] and numbers[4] and not (numbers[1] or numbers[2]):
        return "seems to be GFF, which counts from 1: give a BED or narrowPeak file"
    if first and not any(numbers[1:3]) and all(re.match(r"[^\W\d]", text) for text in fields[1:3]):
        return (
            "seems to be a header, which BED does not have: remove it, or begin it with #; if the "
            "table is MACS's .xls, which counts from 1, give its narrowPeak file instead"
        )
    if len(fields) >= 5 and all(numbers[1:5]):
        start, end, length, summit = map(int, fields[1:5])
        if length == end - start + 1 and start <= summit <= end:
            return "seems to be a row of MACS's .xls, which counts from 1: give its narrowPeak file"
    if len(fields) == NARROW_PEAK and fields[5].strip() not in ("+", "-", "."):
        return (
            "ten columns, but not narrowPeak, whose sixth column is the strand (+, - or .): here "
            f"it is {fields[5]!r}"
        )
    return None


def _peak(fields: list[str], path: PathLike, number: int) -> Peak:
    try:
        start, end = int(fields[1]), int(fields[2])
        offset = int(fields[9]) if len(fields) == NARROW_PEAK else -1
    except ValueError:
        raise InputError(
            f"start {fields[1]!r} and end {fields[2]!r} (and a summit in column 10) must be whole "
            "numbers",
            path,
            number,
        ) from None
    if not 0 <= start < end:
        raise InputError(
            f"{start}..{end} is not an interval: start must be below end", path, number
        )
    if offset >= end - start:
        raise InputError(
            f"the summit lies {offset} bp into a peak of {end - start} bp", path, number
        )
    summit = start + offset if offset >= 0 else (start + end) // 2
    return Peak(fields[0].strip(), start, end, summit, number)
