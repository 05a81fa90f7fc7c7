"""How background DNA, and random changes of it, score by a table: p-values of fast scores."""

from __future__ import annotations

import hashlib

import numpy as np

from dna_protein_bca.inference.background import Background, BackgroundDNA
from dna_protein_bca.inference.background.curve import Curve, continued, fit_curve
from dna_protein_bca.inference.background.store import load_cached, save_cached
from dna_protein_bca.inference.background.sums import power_curve
from dna_protein_bca.inference.changes.find import load_curve, save_curve, stored_curve
from dna_protein_bca.inference.changes.simulate import change_curve

from .table import KmerTable
from .windows import TableScorer, Windows

METHOD = 1
"""Of what is simulated here: raised with every change that moves p-values."""

WINDOWS = 40_000
SHORT_WINDOWS = 20_000
CHANGED = 12_000
"""Windows of background DNA that are scored, shorter ones, and those in which a base is changed."""

SHORTER = (20, 28, 40, 52, 64, 80, 96, 112)
"""Lengths in bp of windows that are cut off at the ends of a contig, or by a deletion."""

SEED = 24


def window_background(
    scorer: TableScorer,
    table: KmerTable,
    dna: BackgroundDNA,
    tile: int,
    key: str | None = None,
) -> Background:
    """How windows of background DNA score with a protein by its table.

    Where samples end, curves go on as sums of independent positions do.

    Args:
        tile: bp of the longest windows.
        key: of the table, to look for the result in the user's cache folder, and to keep it there.
    """
    path = _key("windows", key, tile)
    known = load_cached(path, dna.name) if path else None
    if known is not None:
        return known
    bases = dna.draw(np.random.default_rng(SEED), WINDOWS, tile)
    lengths = [length for length in (*SHORTER, tile) if scorer.shortest <= length <= tile]
    records = []
    for length in lengths:
        some = bases[: WINDOWS if length == tile else SHORT_WINDOWS, None, :length]
        score = scorer.score(Windows.of(np.ascontiguousarray(some))).score[:, 0]
        further = power_curve(table.site, length - scorer.shortest + 1)
        records.append(continued(fit_curve(score, np.ones(len(score))), further).table())
    found = Background(dna.name, table.site, np.array(lengths), tuple(records)).stored()
    if path:
        save_cached(path, found)
    return found


def table_changes(
    scorer: TableScorer, dna: BackgroundDNA, tile: int, key: str | None = None
) -> Curve:
    """How often a random change of background DNA moves the score as far, see `change_curve`.

    Args:
        tile, key: see `window_background`.
    """
    path = _key("changes", key, tile)
    known = load_curve(path) if path else None
    if known is not None:
        return known

    def score(bases: np.ndarray) -> np.ndarray:
        alike = np.ascontiguousarray(bases).reshape(-1, 4, tile)
        return scorer.score(Windows.of(alike)).score.ravel()

    found = stored_curve(change_curve(score, dna, tile, CHANGED))
    if path:
        save_curve(path, found)
    return found


def _key(what: str, table: str | None, tile: int) -> str:
    if table is None:
        return ""
    return hashlib.sha256(f"{what} {METHOD} {tile} {table}".encode()).hexdigest()[:32]
