"""Whose motifs a score comes from: those decoded from the protein, and each relative's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from torch import Tensor

from .subject import Subject

if TYPE_CHECKING:
    from dna_protein_bca.predictor import BindingPredictor

ITSELF = "decoded from the sequence"
"""What stands in place of a relative for the motifs that the model decodes."""


class Voice(NamedTuple):
    """What one relative, or the protein itself, has said.

    Attributes:
        relative: id of the measured protein, or `ITSELF`.
        species: of it, empty where unknown.
        identity: by which the relative counts, 0 to 1: of the domains, weighted by match state
            where the weights do so; NaN of the protein itself.
        motifs: how many of its motifs are read.
        weight: its part of all weight, before there is a DNA.
        share: its part of the match at the best site.
    """

    relative: str
    species: str
    identity: float
    motifs: int
    weight: float
    share: float


def voices(predictor: BindingPredictor, subject: Subject, at_site: Tensor) -> list[Voice]:
    """Who spoke, and how much; the protein itself first, then relatives by falling share.

    Args:
        at_site: float [k], the part of each of its motifs in the match at the best site.
    """
    state = subject.state
    weight = state.every.weight[0].softmax(0).cpu().numpy()
    owner = np.zeros(len(weight), np.int64)
    who = [(ITSELF, "", math.nan)]
    relatives, count = predictor.relative_motifs, predictor.model.config.matching.relatives
    if relatives is not None and count:
        first = state.decoded
        for relative in relatives.nearest(subject.domains, subject.record.sequence, count):
            last = first + relatives.count(relative.row)
            owner[first:last], first = len(who), last
            species = relatives.measured.proteins[relative.row].species
            who.append((relative.protein_id, species, relative.identity))

    def of_each(values: np.ndarray) -> list[float]:
        return np.bincount(owner, values, len(who)).tolist()

    motifs, weights, shares = map(of_each, (np.ones(len(weight)), weight, at_site.cpu().numpy()))
    itself, *others = (
        Voice(*name, int(motifs[row]), weights[row], shares[row]) for row, name in enumerate(who)
    )
    return [itself, *sorted(others, key=lambda voice: -voice.share)]
