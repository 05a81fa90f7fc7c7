"""How the motifs of measured relatives vote: the sum of the baseline `relatives20`.

The definition is that of the data set of binding specificities. A relative's vote on a site is the
mean of exp(min(z, 6)) over its motifs, so that a protein measured often has one vote; z is a
motif's score standardised over the DNA that is scored, such as all 8-mers. Votes are averaged with
weights exp(12 x identity).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Z_CEILING = 6.0
"""Largest z that counts; without a ceiling, a single site could outweigh all others."""

FLAT = 1e-6
"""Standard deviation up to which all scores of a motif count as the same."""

SHARPNESS = 12.0
"""A relative's weight is exp(12 x identity)."""


def votes(z: np.ndarray | Sequence[np.ndarray], inverse_temperature: float = 1.0) -> np.ndarray:
    """exp(inverse_temperature x min(z, 6)) of standardised scores, in their shape and dtype."""
    counted: np.ndarray = np.exp(inverse_temperature * np.minimum(z, Z_CEILING))
    return counted


def protein_votes(scores: np.ndarray) -> np.ndarray:
    """A protein's vote on each DNA, from the scores of its motifs on all that DNA.

    Args:
        scores: float [motifs, dna], finite. A motif with the same score everywhere has z = 0.

    Returns:
        float32 [dna].
    """
    mean, std = (f(scores, axis=1, dtype=np.float64, keepdims=True) for f in (np.mean, np.std))
    z = (scores - mean) / np.where(std > FLAT, std, 1.0)
    average: np.ndarray = votes(z).mean(0).astype(np.float32)
    return average


def vote_weights(identities: Sequence[float]) -> np.ndarray:
    """Weights of relatives by their identity, 0 to 1, that sum to one: float64 [relatives]."""
    weights = np.exp(SHARPNESS * np.asarray(identities, dtype=np.float64))
    return weights / weights.sum()
