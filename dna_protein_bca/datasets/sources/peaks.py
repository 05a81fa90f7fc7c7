"""Peaks of ChIP-seq, CUT&RUN or DAP-seq: windows of the genome around their summits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fields import check_utf8, parse_float, parse_int
from dna_protein_bca.io.files import PathLike, open_text
from dna_protein_bca.io.genome import Genome, match_chromosomes

AtEnds = Literal["drop", "clip"]

NARROW_PEAK = 10
"""Columns of a narrowPeak file; the last is the summit's offset, -1 where none was called."""

IDR = 20
"""Columns of IDR's table of two replicates: those of narrowPeak, then those of each replicate."""

WIDTH = 101
"""Base pairs of a window: the resolution of ChIP-seq, and less than one tile of the model."""

_BROWSER = re.compile(r"track([ \t].*=.*)?$|browser([ \t]+[^\d\s].*)?$")
"""Lines for the genome browser, and not a chromosome that begins with the same letters."""

_COLOUR = re.compile(r"\d+,\d+,\d+|0|\.")
"""The ninth column of BED."""

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

    A file of ten columns is narrowPeak, whose tenth column is the summit, unless columns 7 to 9 of
    every row are those of BED, an interval within the peak and a colour; so are the first columns
    of IDR's table. Otherwise, and where the summit is -1, the middle of the peak counts. Comments
    (`#`) and lines for the genome browser are passed over.

    Raises:
        InputError: fewer than three columns, rows of different widths, coordinates that are not
            numbers or not an interval, a summit outside its peak, no peak at all; a header, or a
            format that counts from 1 (GFF, the tables of MACS).
    """
    rows: list[tuple[list[str], Peak]] = []
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
            if fault := _other_form(fields, first=not rows):
                raise InputError(fault, path, number)
            rows.append((fields[6:NARROW_PEAK], _peak(fields, path, number)))
    if not rows:
        raise InputError("no peak in it: give a BED or narrowPeak file", path)
    if _have_summits(rows, width):
        return [_with_summit(peak, columns[-1], path) for columns, peak in rows]
    return [peak for _, peak in rows]


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
        start, end = parse_int(fields[1]), parse_int(fields[2])
    except ValueError:
        raise InputError(
            f"start {fields[1]!r} and end {fields[2]!r} must be whole numbers", path, number
        ) from None
    if not 0 <= start < end:
        raise InputError(
            f"{start}..{end} is not an interval: start must be below end", path, number
        )
    check_utf8(fields[0], path, number)
    return Peak(fields[0].strip(), start, end, (start + end) // 2, number)


def _have_summits(rows: Sequence[tuple[list[str], Peak]], width: int) -> bool:
    """Whether the tenth column is the summit.

    Args:
        rows: columns 7 to 10 and the peak.
        width: columns of the file.
    """
    if width == NARROW_PEAK:
        return not all(_is_bed(columns, peak) for columns, peak in rows)
    if width != IDR:
        return False
    return all(_is_narrow_peak(columns) and not _is_bed(columns, peak) for columns, peak in rows)


def _is_bed(columns: list[str], peak: Peak) -> bool:
    """Whether columns 7 to 9 are an interval within the peak, and a colour."""
    thick = [int(text) if text.isdecimal() else -1 for text in columns[:2]]
    inside = peak.start <= thick[0] <= thick[1] <= peak.end
    return inside and bool(_COLOUR.fullmatch(columns[2].strip()))


def _is_narrow_peak(columns: list[str]) -> bool:
    """Whether columns 7 to 10 are numbers, the last of them whole."""
    try:
        *_, summit = [*map(parse_float, columns[:3]), parse_int(columns[3])]
    except ValueError:
        return False
    return summit >= -1


def _with_summit(peak: Peak, text: str, path: PathLike) -> Peak:
    try:
        offset = parse_int(text)
    except ValueError:
        raise InputError(
            f"the summit in column 10 is {text!r}: give a whole number, -1 where there is none",
            path,
            peak.line,
        ) from None
    size = peak.end - peak.start
    if offset >= size:
        raise InputError(f"the summit lies {offset} bp into a peak of {size} bp", path, peak.line)
    return peak._replace(summit=peak.start + offset) if offset >= 0 else peak
