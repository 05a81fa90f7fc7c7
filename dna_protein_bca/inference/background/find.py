"""The backgrounds of encoded proteins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike

import numpy as np
import torch

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.scoring import ProteinBlock, Scorer

from .build import build
from .dna import BackgroundDNA
from .members import Member
from .table import Background


def backgrounds(
    scorers: Sequence[Scorer],
    encoded: Sequence[EncodedProteins],
    dna: str | PathLike[str] | BackgroundDNA,
    *,
    cache: bool = True,
) -> list[Background | None]:
    """The background of each protein, by the mean score of all members.

    Args:
        scorers: one for each member.
        encoded: the same proteins, as each member encoded them.
        dna: see `BackgroundDNA.parse`.
        cache: keep what is simulated in the user's cache folder, and look there first.

    Returns:
        One for each protein, None where a member knows no domain.

    Raises:
        InputError: see `BackgroundDNA.parse`.
    """
    background = BackgroundDNA.parse(dna)
    found: list[Background | None] = []
    for row in range(len(encoded[0])):
        members = [
            _member(scorer, proteins, row)
            for scorer, proteins in zip(scorers, encoded, strict=True)
        ]
        known = [member for member in members if member is not None]
        complete = len(known) == len(members)
        found.append(build(known, background) if complete else None)
    return found


def _member(scorer: Scorer, encoded: EncodedProteins, row: int) -> Member | None:
    """A model and one protein, undamaged; None where it knows no domain of it."""
    whole = scorer.model.config.protein.protein_region == "full"
    if encoded.dbd[row] == "none" and not whole:
        return None
    for block in encoded.blocks:
        for index in np.flatnonzero(block.rows == row).tolist():
            state = block.state[index : index + 1]
            state = replace(state, loss=torch.zeros_like(state.loss))
            return Member(scorer, ProteinBlock(np.zeros(1, np.int64), state))
    return None
