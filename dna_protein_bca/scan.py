"""Every site of a genome whose p-value is low: what `BindingPredictor.scan` does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dna_protein_bca.inference.background import Background, BackgroundDNA
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.kmer_tables import FastScan, kmer_tables
from dna_protein_bca.inference.results import fragments_of
from dna_protein_bca.inference.scanning.coordinates import Coordinates
from dna_protein_bca.inference.scanning.engine import Scan
from dna_protein_bca.inference.scanning.hits import Hits
from dna_protein_bca.inference.scoring import Scorer
from dna_protein_bca.io.fasta import Sequences
from dna_protein_bca.io.files import PathLike
from dna_protein_bca.io.genome import Contigs, as_contigs
from dna_protein_bca.io.intervals.bed import Bed, as_regions
from dna_protein_bca.io.intervals.bigwig import BigWig, EmptyTrack, check_track, track_paths
from dna_protein_bca.io.intervals.regions import place_regions
from dna_protein_bca.io.outputs import refuse_inputs
from dna_protein_bca.proteins.coverage import fragment_warning
from dna_protein_bca.proteins.relatives import MeasuredProteins

from . import __version__
from .errors import InputError, counted, listed, one_or_many

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

COLUMNS = (
    "chrom",
    "start",
    "end",
    "protein_id",
    "bed_score",
    "strand",
    "score",
    "p_value",
)
"""Columns of a table of hits, in order: those of BED, of which `bed_score` is -100 log10 of the
p-value, at most 1000, and then the position's score and its p-value."""

Q_VALUE = "q_value"
"""The column that follows where it is asked for."""

FAST_SCORES = "fast: of the motifs alone, and only where tables of 10-mers find them"
"""What a file of hits says of the scores of a fast scan."""

ROWS = 1 << 16
"""Hits of a table, about."""

SHOWN = 3
"""Ids that a warning names."""


class Scanner(Protocol):
    """What a predictor has that scans."""

    @property
    def scorer(self) -> Scorer: ...

    @property
    def measured(self) -> MeasuredProteins | None: ...

    def encode(self, proteins: Sequences | EncodedProteins) -> EncodedProteins:
        """Encode proteins once."""

    def background(
        self,
        proteins: Sequences | EncodedProteins,
        dna: str | Path | BackgroundDNA,
        *,
        cache: bool = True,
    ) -> list[Background | None]:
        """How background DNA scores with each protein."""


def scan_contigs(
    predictor: Scanner,
    proteins: Sequences | EncodedProteins,
    genome: Sequences | Contigs,
    bed: Bed | None = None,
    *,
    around: int | None = None,
    aliases: Mapping[str, str] | None = None,
    background: str | Path | BackgroundDNA = "uniform",
    max_p: float = 1e-4,
    q: bool = False,
    overlaps: bool = True,
    track: str | Path | None = None,
    fast: bool = False,
    cache: bool = True,
    progress: Callable[[int], object] | None = None,
) -> Iterator[pd.DataFrame]:
    """Every site with a low p-value, in tables; memory grows with neither contigs nor genome.

    Args:
        genome: FASTA path (`-` is standard input), a `Genome`, or sequences from Python.
        bed: report only sites that lie within these regions (of which those that overlap or touch
            count as one): a path, or (chrom, start, end) of each.
        around: take so many base pairs on each side of the regions' summits in their place.
        aliases: see `match_chromosomes`.
        background: see `background`.
        max_p: the highest p-value of a site.
        q: add q-values, for which all sites are held until the end.
        overlaps: False leaves of one protein's overlapping sites the best.
        track: bigWig file for -log10 of the p-values; several proteins have `OUT.PROTEIN.bw` each.
        fast: find sites with tables of k-mers, and score them with the motifs; see `FastScan`.
        cache: keep backgrounds and tables in the user's cache folder, and look there first.
        progress: is called with the number of positions that were scored.

    Yields:
        Tables with `COLUMNS`, and `q_value` with `q`, in the genome's order of contigs, by start,
        protein and strand. Of a position the better strand counts (`+` of equal ones), and of
        positions with the same start and end the best. Without any site there is a table of no
        rows.

    Raises:
        InputError: see `encode`, `background`, `Genome`, `read_bed` and `place_regions`; no
            protein has a known domain; a file that cannot be written.
    """
    with opened_scan(
        predictor,
        proteins,
        genome,
        bed,
        around=around,
        aliases=aliases,
        background=background,
        max_p=max_p,
        overlaps=overlaps,
        keep=q,
        track=track,
        fast=fast,
        cache=cache,
        progress=progress,
    ) as (scan, ids):
        for hits in gathered(scan, whole=q):
            table = hit_table(hits, ids, scan.coordinates)
            yield table.assign(**{Q_VALUE: scan.q_values(hits)}) if q else table


@contextmanager
def opened_scan(
    predictor: Scanner,
    proteins: Sequences | EncodedProteins,
    genome: Sequences | Contigs,
    bed: Bed | None = None,
    *,
    around: int | None = None,
    aliases: Mapping[str, str] | None = None,
    background: str | Path | BackgroundDNA = "uniform",
    max_p: float = 1e-4,
    track: PathLike | None = None,
    fast: bool = False,
    cache: bool = True,
    part: bool = False,
    **options: Any,
) -> Iterator[tuple[Scan, list[str]]]:
    """A scan that is ready to run, and the ids of its proteins; warns of what has no sites.

    Args:
        part: it is a part of a scan: contigs may be without a score, and tracks without a value.
        options: further ones of `Scan`; the others are those of `scan_contigs`.

    Raises:
        InputError: see `scan_contigs`.
    """
    _check_p(max_p)
    if bed is None and around is not None:
        raise InputError("around is for regions: give bed as well")
    if fast and track is not None:
        raise InputError(
            "a track has the score of every position, of which --fast computes few: leave out one"
        )
    read = None if bed is None else as_regions(bed)
    contigs = as_contigs(genome)
    regions = read and place_regions(read, contigs, around=around, aliases=aliases)
    encoded = predictor.encode(proteins)
    known = _known(predictor, encoded, background, fast, cache)
    inputs = (proteins, genome, bed, background)
    options |= {"max_p": max_p}
    with open_tracks(track, encoded.ids, known, contigs.lengths, inputs, part=part) as tracks:
        kind: type[Scan] = FastScan if fast else Scan
        scan = kind(predictor.scorer, encoded, known, contigs, regions, tracks=tracks, **options)
        yield scan, encoded.ids
    _warn_unknown([name for name, one in zip(encoded.ids, known, strict=True) if one is None])
    if not part:
        if low := fragment_warning(fragments_of(encoded, predictor.measured)):
            log.warning("%s", low)
        warn_unscored(scan.unscored())


def _known(
    predictor: Scanner,
    encoded: EncodedProteins,
    background: str | Path | BackgroundDNA,
    fast: bool,
    cache: bool,
) -> Sequence[Any]:
    """What a scan knows of each protein: its table for a fast one, else its background.

    Raises:
        InputError: no protein has a known domain.
    """
    known: Sequence[Any] = (
        kmer_tables(predictor.scorer, encoded, background, cache=cache)
        if fast
        else predictor.background(encoded, background, cache=cache)
    )
    check_any(known, encoded.ids)
    return known


def scan_columns(q: bool) -> tuple[str, ...]:
    """Columns of the tables of a scan, with q-values or without."""
    return (*COLUMNS, Q_VALUE) if q else COLUMNS


def scan_notes(
    background: str | PathLike, weights: str, max_p: float, fast: bool = False
) -> dict[str, str]:
    """How sites were found, for the head of a BED file and the metadata of a Parquet file."""
    scores = {"scores": FAST_SCORES} if fast else {}
    return {
        "dna-protein-bca": f"scan, version {__version__}",
        "weights": weights,
        "background": str(background),
        "max-p": f"{max_p:g}",
        **scores,
    }


def gathered(scan: Iterable[Hits], *, whole: bool) -> Iterator[Hits]:
    """Hits in parts of about `ROWS`, or all at once; an empty part where there are none."""
    held: list[Hits] = []
    count, given = 0, False
    for hits in scan:
        held.append(hits)
        count += len(hits.p)
        if count >= ROWS and not whole:
            yield Hits.join(held)
            held, count, given = [], 0, True
    if count or not given:
        yield Hits.join(held)


def hit_table(hits: Hits, ids: Sequence[str], coordinates: Coordinates) -> pd.DataFrame:
    """Hits as rows with `COLUMNS`, by the names and coordinates of their contigs."""
    import pandas as pd

    contig = coordinates.contig(hits.start)
    offset = coordinates.offset[contig]
    return pd.DataFrame(
        {
            "chrom": coordinates.names[contig],
            "start": hits.start - offset,
            "end": hits.end - offset,
            "protein_id": np.array(ids, dtype=object)[hits.protein],
            "bed_score": np.rint(np.minimum(1000, -100 * np.log10(hits.p))).astype(np.int64),
            "strand": np.array(["+", "-"], dtype=object)[hits.minus.astype(np.int64)],
            "score": hits.score,
            "p_value": hits.p,
        }
    )


@contextmanager
def open_tracks(
    path: PathLike | None,
    ids: Sequence[str],
    backgrounds: Sequence[object],
    lengths: Mapping[str, int],
    inputs: Iterable[object] = (),
    *,
    part: bool = False,
) -> Iterator[dict[int, BigWig]]:
    """Tracks to write, by the row of the protein; none for no path.

    Args:
        path: of the track of one protein; several have `OUT.PROTEIN.bw` each.
        inputs: what is read, and must not be written over.
        part: a track without any value is no error, and has no file.

    Raises:
        InputError: see `BigWig`, `check_track` and `refuse_inputs`.
    """
    with ExitStack() as stack:
        tracks: dict[int, BigWig] = {}
        if path is not None:
            check_track(path)
            for row, name in enumerate(track_paths(path, ids)):
                refuse_inputs(name, inputs)
                if backgrounds[row] is not None:
                    if part:
                        # Entered before the track, so that it sees that track's end.
                        stack.enter_context(suppress(EmptyTrack))
                    tracks[row] = stack.enter_context(BigWig(name, lengths))
        yield tracks


def warn_unscored(contigs: Sequence[str]) -> None:
    """Warn about contigs without a score."""
    if contigs:
        log.warning(
            "%s %s all N or shorter than 5 bp, and %s no sites: %s",
            counted(len(contigs), "contig"),
            one_or_many(len(contigs), "is", "are"),
            one_or_many(len(contigs), "has", "have"),
            listed(contigs, SHOWN),
        )


def _warn_unknown(without: Sequence[str]) -> None:
    """Warn about proteins without a score."""
    if without:
        log.warning(
            "%s %s no known DNA-binding domain, and no sites: %s",
            counted(len(without), "protein"),
            one_or_many(len(without), "has", "have"),
            listed(without, SHOWN),
        )


def _check_p(max_p: float) -> None:
    if not 0 < max_p <= 1:
        raise InputError(f"max-p {max_p:g}: give a p-value above 0, and at most 1")


def check_any(backgrounds: Sequence[object], names: Sequence[str]) -> None:
    """Raise InputError where no protein has a background, and so none can have sites."""
    if any(backgrounds):
        return
    which = (
        f"none of the {len(names)} proteins has" if len(names) > 1 else f"{names[0]} does not have"
    )
    raise InputError(
        f"{which} a known DNA-binding domain, so that there is nothing to scan with: give proteins "
        "with one (docs/families.md lists them)"
    )
