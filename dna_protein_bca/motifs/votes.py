"""How the motifs of measured relatives vote: the sum of the baseline `relatives20`.

The definition is that of the data set of binding specificities. A relative's vote on a site is the
mean of exp(min(z, 6)) over its motifs, so that a protein measured often has one vote; z is a
motif's score standardised over the DNA that is scored, such as all 8-mers. Votes are averaged with
weights exp(12 x identity).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .pwm import standard_kmer_scores

Z_CEILING = 6.0
"""Largest z that counts; without it, one site could outvote all."""

SHARPNESS = 12.0
"""A relative's weight is exp(12 x identity)."""


def votes(z: np.ndarray | Sequence[np.ndarray], inverse_temperature: float = 1.0) -> np.ndarray:
    """exp(inverse_temperature x min(z, 6)) of standardised scores, in their shape and dtype."""
    counted: np.ndarray = np.exp(inverse_temperature * np.minimum(z, Z_CEILING))
    return counted


def protein_votes(motifs: Sequence[np.ndarray]) -> np.ndarray:
    """What a protein's motifs, [width, 4] each, say of every canonical 8-mer: float32 [32,896]."""
    return votes([standard_kmer_scores(motif) for motif in motifs]).mean(0)


def vote_weights(identities: Sequence[float]) -> np.ndarray:
    """Weights of relatives by their identity, 0 to 1, that sum to one: float64 [relatives]."""
    weights = np.exp(SHARPNESS * np.asarray(identities, dtype=np.float64))
    return weights / weights.sum()
