"""The pairs whose sites are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.inference.background import Background
from dna_protein_bca.inference.reducers import tracks
from dna_protein_bca.plots.svg.track import track_svg
from dna_protein_bca.reports.parts.cards import SiteCard, draw_window
from dna_protein_bca.reports.parts.proteins import ProteinCard
from dna_protein_bca.reports.values import chance, short

if TYPE_CHECKING:
    import pandas as pd

DRAWN = 12
"""Pairs whose sites are drawn."""

SITE_P = 1e-3
"""P-value of a position at which a track has its broken line."""


def chosen_pairs(rows: pd.DataFrame, count: int = DRAWN) -> pd.DataFrame:
    """The rows that are drawn: proteins take turns, each with its best record first.

    Args:
        rows: the best first.
    """
    turn = rows.groupby("protein_id", sort=False).cumcount()
    return rows.iloc[np.argsort(turn.to_numpy(), kind="stable")[:count]]


def pair_cards(
    rows: pd.DataFrame,
    cards: Mapping[str, ProteinCard],
    lines: Mapping[tuple[str, str], str],
) -> list[SiteCard]:
    """Pictures of pairs.

    Args:
        rows: with the columns of predictions and those of `PassingRecords.attach`.
        cards: of their proteins; lines: track of a pair, where there is one.
    """
    drawn = []
    for row in rows.to_dict("records"):
        pair = (row["protein_id"], row["dna_id"])
        title, card = " on ".join(pair), cards[pair[0]]
        site = draw_window(row["window"], card, f"best site of {title}")
        track = lines.get(pair, "")
        drawn.append(SiteCard(title, card.trust, card.about, _numbers(row), site, track))
    return drawn


def _numbers(row: Mapping[str, Any]) -> dict[str, str]:
    """Name -> value, as text; those that are missing are left out."""
    shown = {
        "p-value": short(row["p_value"]),
        "score": short(row["score"]),
        "probability": chance(row["probability"]),
        "site": row["window"].place,
    }
    return {name: value for name, value in shown.items() if value}


def track_of(
    predictor: Any,
    encoded: Any,
    row: Mapping[str, Any],
    background: Background | None,
    dna: Any,
) -> str:
    """The track of a pair as SVG: -log10 of each position's p-value, or its score.

    The best site is marked, and all others whose p-value is at most `SITE_P`.

    Args:
        predictor: of one set of weights.
        encoded: the one protein.
        row: of the pair; its whole record is in `sequence`.
        background: of the protein; None where there are no p-values.
        dna: what the background is of, as `predict_stream` takes it.
    """
    records = [(row["dna_id"], row["sequence"])]
    (values,) = (
        tracks(meeting)[0].max(-1)[0] for _, meeting in predictor.positions(encoded, records)
    )
    values = np.where(np.isfinite(values), values, np.nan)
    threshold, y_label = None, "score"
    if background is not None:
        values = -np.log10(background.site_p(values))
        threshold, y_label = float(-np.log10(SITE_P)), "\u2212log10 p"
    window = row["window"]
    sites = {(window.start, window.end, window.strand)}
    if background is not None:
        found = predictor.scan(encoded, records, background=dna, max_p=SITE_P, overlaps=False)
        for table in found:
            sites |= {*zip(table["start"], table["end"], table["strand"], strict=True)}
    return track_svg(
        values,
        sorted(sites),
        label=f"{row['protein_id']} along {row['dna_id']}",
        y_label=y_label,
        threshold=threshold,
    )
