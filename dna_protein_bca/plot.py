"""A picture of one record: the score of every position, and the sites."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dna_protein_bca.inference.background import BackgroundDNA
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import tracks
from dna_protein_bca.inference.scanning.engine import Scan
from dna_protein_bca.inference.scanning.hits import Hits
from dna_protein_bca.inference.scoring import Meeting
from dna_protein_bca.io.fasta import SequenceRecord, Sequences, as_records
from dna_protein_bca.io.genome import as_contigs
from dna_protein_bca.plots.sites import Panel, draw_sites

from .errors import InputError
from .scan import Scanner, check_any, hit_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST_BASES = 1_000_000
"""Of a record: more is no picture."""

MOST_TEXTS = 20
"""Sites whose p-value is written beside them."""


class Plotter(Scanner, Protocol):
    """What a predictor has that draws."""

    def positions(
        self, proteins: Sequences | EncodedProteins, dna: Sequences
    ) -> Iterator[tuple[list[str], Meeting]]:
        """The scores of all positions."""


def plot_record(
    predictor: Plotter,
    proteins: Sequences | EncodedProteins,
    dna: Sequences,
    *,
    background: str | Path | BackgroundDNA = "uniform",
    max_p: float = 1e-4,
) -> Figure:
    """Draw the score along one DNA record with its sites, a panel a protein.

    Args:
        dna: one record of at most a million bp.
        background, max_p: see `scan_contigs`.

    Returns:
        A figure of matplotlib; `figure.savefig(path)` writes it. The line is the better strand's
        score of each position, the dashed one the lowest score of a site; of overlapping sites the
        best is drawn.

    Raises:
        InputError: not one record, or a longer one; see `scan_contigs`.
        ModuleNotFoundError: without matplotlib.
    """
    record = _only(dna)
    contigs = as_contigs([record])
    encoded = predictor.encode(proteins)
    found = predictor.background(encoded, background)
    check_any(found, encoded.ids)
    scan = Scan(predictor.scorer, encoded, found, contigs, max_p=max_p, overlaps=False)
    table = hit_table(Hits.join(list(scan)), encoded.ids, scan.coordinates)
    scores: dict[int, np.ndarray] = {}
    for _, meeting in predictor.positions(encoded, [record]):
        scores |= zip(meeting.rows.tolist(), tracks(meeting)[0].max(-1), strict=True)
    if not scores:
        raise InputError(f"record {record.id!r} is all N or shorter than 5 bp", record.path)
    panels = []
    for row, (name, one) in enumerate(zip(encoded.ids, found, strict=True)):
        if one is not None:
            sites = _sites(table[table["protein_id"] == name])
            panels.append(Panel(name, scores[row], sites, one.site_threshold(max_p)))
    return draw_sites(panels, record.id)


def _only(dna: Sequences) -> SequenceRecord:
    records = list(islice(as_records(dna, "dna"), 2))
    if len(records) != 1:
        number = "more than one DNA record" if records else "no DNA record"
        raise InputError(f"{number}: give the one that is to be drawn")
    (record,) = records
    if len(record.sequence) > MOST_BASES:
        raise InputError(
            f"record {record.id!r} has {len(record.sequence):,} bp, and at most {MOST_BASES:,} are "
            "drawn: give a part of it",
            record.path,
            record.line,
        )
    return record


def _sites(table: pd.DataFrame) -> list[tuple[int, int, str, str]]:
    """Start, end, strand and p-value of one protein's sites, the best first."""
    rows = table.sort_values("p_value")
    texts = [f"{p:.1g}" for p in rows["p_value"][:MOST_TEXTS]] + [""] * len(rows[MOST_TEXTS:])
    return list(zip(rows["start"], rows["end"], rows["strand"], texts, strict=True))
