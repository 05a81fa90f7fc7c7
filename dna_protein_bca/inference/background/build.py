"""Simulate how background DNA scores with a protein."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike

import numpy as np
import torch
from tqdm import tqdm

from dna_protein_bca.inference.dna_records import DNARecords
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import reduce_positions
from dna_protein_bca.inference.scoring import ProteinBlock, Scorer

from .curve import fit_curve
from .dna import BackgroundDNA
from .table import Background

SEED = 20
SHORT = (5, 7, 10, 14, 20, 30, 45, 70, 101)
LONG = (192, 256, 512, 1024, 2048, 5000, 10_000)
KNOTS = np.exp(-np.exp(np.linspace(2.0, -9.0, 60)))
P_KNOTS = 1 - KNOTS


def backgrounds(
    scorers: Sequence[Scorer],
    encoded: Sequence[EncodedProteins],
    dna: str | PathLike[str] | BackgroundDNA,
    *,
    cache: bool = True,
    progress: bool = False,
) -> list[Background | None]:
    """The background of each protein, by the mean score of all members.

    Args:
        progress: draw a bar on standard error.
    """
    dna = BackgroundDNA.parse(dna)
    found: list[Background | None] = [None] * len(encoded[0])
    whole = all(scorer.model.config.protein.protein_region == "full" for scorer in scorers)
    rows = tqdm(encoded[0].dbd, "background", unit=" proteins", leave=False, disable=not progress)
    for row, dbd in enumerate(rows):
        members = []
        for scorer, proteins in zip(scorers, encoded, strict=True):
            for block in proteins.blocks:
                for index in np.flatnonzero(block.rows == row).tolist():
                    state = block.state[index : index + 1]
                    state = replace(state, loss=torch.zeros_like(state.loss))
                    members.append((scorer, ProteinBlock(np.zeros(1, np.int64), state)))
        if (whole or dbd != "none") and len(members) == len(scorers):
            found[row] = _build(members, dna)
    return found


def _build(members: Sequence[tuple[Scorer, ProteinBlock]], dna: BackgroundDNA) -> Background:
    rng = np.random.default_rng(SEED)
    tile = members[0][0].model.config.tile
    curves = []
    for length in SHORT:
        records, _ = _scores(members, dna.draw(rng, 600, length))
        curves.append(fit_curve(records, np.ones(len(records)), P_KNOTS))
    records, sites = _scores(members, dna.draw(rng, 1500, tile))
    curves.append(fit_curve(records, np.ones(len(records)), P_KNOTS))
    middle = sites[:, tile // 4 : tile // 4 + tile // 2]
    odds = np.exp(np.logaddexp.reduce(middle, axis=1))
    for length in LONG:
        sums = np.log(rng.choice(odds, (1500, length * 2 // tile)).sum(1))
        curves.append(fit_curve(sums, np.ones(len(sums)), P_KNOTS))
    best = middle.ravel()
    site = fit_curve(best, np.ones(len(best)), P_KNOTS)
    return Background(dna.name, site, np.array((*SHORT, tile, *LONG)), tuple(curves))


def _scores(
    members: Sequence[tuple[Scorer, ProteinBlock]], bases: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of records of one tile [n] and of the better strand of their positions [n, bp]."""
    count, length = bases.shape
    records = DNARecords(
        bases.ravel(),
        np.arange(count) * length,
        np.full(count, length, np.int64),
        np.ones(count, bool),
    )
    record, site = np.zeros(count), np.zeros((count, length))
    for scorer, block in members:
        for meeting in scorer.positions(records, [block]):
            for batch in meeting:
                score = reduce_positions(batch.score, batch.owned, batch.log_share)[0]
                record[batch.tiles] += score[0].cpu().numpy()
                site[batch.tiles] += batch.score[0].amax(-1).cpu().numpy()
    return record / len(members), site / len(members)
