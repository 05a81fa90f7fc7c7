"""What a visitor gets: a page, and files to download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dna_protein_bca import __version__
from dna_protein_bca.errors import counted
from dna_protein_bca.inference.background import UNIFORM
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.results import gather
from dna_protein_bca.io.motif_formats.write import NamedMode, write_modes
from dna_protein_bca.motif import predicted_modes
from dna_protein_bca.reports.page import render
from dna_protein_bca.reports.parts.cards import FLANK, Window, plain
from dna_protein_bca.reports.predictions import PredictionReport
from dna_protein_bca.reports.values import short

from .jobs import Deadline
from .limits import Limits
from .mutations import NOTHING, Mutable, MutationQuery, mutable, mutations
from .query import Query

if TYPE_CHECKING:
    import pandas as pd

    from dna_protein_bca.predictor import BindingPredictor

MOST_SITES = 500
"""Sites that a page lists; the file has all."""


@dataclass(frozen=True)
class Answer:
    """What a visitor asked for.

    Attributes:
        template: of the page; title: above it; view: its further values.
        files: by their names.
        query: what was asked, so that more can be asked about it; None where nothing can.
        choices: records whose mutations can be asked about.
    """

    template: str
    title: str
    view: Mapping[str, Any]
    files: Mapping[str, bytes]
    query: Query | None = None
    choices: Mutable = NOTHING


def mutation_answer(
    predictor: BindingPredictor, query: MutationQuery, limits: Limits, deadline: Deadline
) -> Answer:
    """Draw what substitutions of a protein do; see `mutations`."""
    view, files = mutations(predictor, query, limits, deadline)
    return Answer("mutations.html", f"Mutations of {query.protein.id}", view, files)


def answer(
    predictor: BindingPredictor,
    query: Query,
    ready: Mapping[str, EncodedProteins],
    limits: Limits,
    deadline: Deadline,
) -> Answer:
    """Predict all pairs, and find all sites with a low p-value.

    Args:
        ready: proteins of species that `query.species` may name.
        limits: on what can be asked about the answer.

    Raises:
        InputError: see `BindingPredictor.predict_stream`.
        Late: the time is over; it is looked at between the steps.
    """
    encoded = ready[query.species] if query.species else predictor.encode(query.proteins)
    deadline.check()
    # The backgrounds come one by one, so that the clock is looked at between them.
    for row in range(len(encoded)):
        predictor.background(encoded.take(_rows(row)))
        deadline.check()
    facts = _facts(predictor, len(encoded), query)
    report = PredictionReport(predictor, encoded, facts=facts)
    tables = []
    for table in predictor.predict_stream(encoded, report.watch(query.dna)):
        report.add(table)
        tables.append(table)
        deadline.check()
    predictions = gather(tables, predictor.columns)
    sites = _sites(predictor, encoded, query, deadline)
    view = {**report.view(len(predictions)), "sites": _site_rows(sites, query)}
    view |= {"found": len(sites), "max_p": f"{query.max_p:g}", "changed": None}
    deadline.check()
    files = {
        "predictions.tsv": _tsv(predictions),
        "sites.tsv": _tsv(sites),
        "motifs.meme": _motifs(encoded),
        "report.html": render("prediction.html", title="Prediction", **view).encode(),
    }
    if query.changes:
        view["changed"], files["variants.tsv"] = _changed(predictor, encoded, query, deadline)
    # Without measured proteins, substitutions have no family to be judged by.
    dbd = encoded.dbd if predictor.measured is not None else ["none"] * len(encoded)
    choices = mutable(query, dbd, limits)
    return Answer("answer.html", "Prediction", view, files, query, choices)


def _rows(row: int) -> Any:
    import numpy as np

    return np.array([row], np.int64)


def _facts(predictor: BindingPredictor, proteins: int, query: Query) -> dict[str, str]:
    bases = sum(len(record.sequence) for record in query.dna)
    return {
        "proteins": f"{proteins:,} {query.species}".strip(),
        "DNA": f"{counted(len(query.dna), 'record')}, {bases:,} bp",
        "weights": predictor.name,
        "background": UNIFORM,
        "made by": f"dna-protein-bca {__version__}",
    }


def _sites(
    predictor: BindingPredictor, encoded: EncodedProteins, query: Query, deadline: Deadline
) -> pd.DataFrame:
    """All sites up to the p-value that was asked for, the best first."""
    from dna_protein_bca.scan import COLUMNS

    if all(dbd == "none" for dbd in encoded.dbd):
        return gather([], COLUMNS)
    tables = []
    options: dict[str, Any] = {"max_p": query.max_p, "overlaps": False}
    for table in predictor.scan(encoded, query.dna, **options):
        tables.append(table)
        deadline.check()
    found = gather(tables, COLUMNS)
    ordered = found.sort_values(["p_value", "score"], ascending=[True, False], kind="stable")
    return ordered.reset_index(drop=True)


def _changed(
    predictor: BindingPredictor, encoded: EncodedProteins, query: Query, deadline: Deadline
) -> tuple[dict[str, Any], bytes]:
    """What the changes of the DNA do: the values of a page's part, and the table."""
    from dna_protein_bca.io.genome import as_contigs
    from dna_protein_bca.reports.variants import VariantReport
    from dna_protein_bca.variant.genomic import dna

    contigs = as_contigs(query.dna)
    # What random changes do would have to be simulated for each protein, which takes long.
    found = dna(predictor, encoded, query.changes, contigs, change_p=False)
    deadline.check()
    report = VariantReport(encoded, contigs)
    report.add(found.table)
    return report.view(found.counts), _tsv(found.table)


def _site_rows(sites: pd.DataFrame, query: Query) -> list[dict[str, Any]]:
    """The best of the sites for a page, with the bases around them."""
    dna = {record.id: record.sequence for record in query.dna}
    rows = []
    for row in sites.head(MOST_SITES).to_dict("records"):
        start, end = int(row["start"]), int(row["end"])
        first = max(0, start - FLANK)
        bases = plain(dna[row["chrom"]][first : end + FLANK])
        rows.append(
            {
                "dna": row["chrom"],
                "protein": row["protein_id"],
                "p_value": short(row["p_value"]),
                "score": short(row["score"]),
                "window": Window(bases, first, start, end, row["strand"]),
            }
        )
    return rows


def _tsv(table: pd.DataFrame) -> bytes:
    text: str = table.to_csv(sep="\t", index=False, float_format="%.7g")
    return text.encode()


def _motifs(encoded: EncodedProteins) -> bytes:
    modes: Sequence[NamedMode] = [
        NamedMode(name, number, mode.motif, mode.share)
        for name, found in predicted_modes(encoded).items()
        for number, mode in enumerate(found, 1)
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "motifs.meme"
        write_modes(path, modes, "meme")
        return path.read_bytes()
