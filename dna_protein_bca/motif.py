"""Motifs of encoded proteins: what the model knows of their preferences, as base probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.sites import motif_spans
from dna_protein_bca.model.matching import LOG_BACKGROUND
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.motifs.consensus import consensus
from dna_protein_bca.motifs.pwm import BACKGROUND


def predicted_motifs(encoded: Sequence[EncodedProteins]) -> dict[str, list[np.ndarray]]:
    """Predicted motifs of each protein, best first; none where there is no known domain.

    The first is what all that the model knows of the protein has in common: the motifs it decoded,
    and those of relatives where it reads them. The decoded ones follow, by weight: other ways to
    bind, or other runs of an array's zinc fingers.

    Args:
        encoded: the same proteins as each member of an ensemble encoded them; one for one model.

    Returns:
        Protein id -> base probabilities, float32 [positions, 4] in the order A C G T, cut to the
        columns that carry information.
    """
    known: dict[int, list[tuple[np.ndarray, np.ndarray, int]]] = {}
    for member in encoded:
        for block in member.blocks:
            for index, row in enumerate(block.rows.tolist()):
                known.setdefault(row, []).append(_mixture(block.state, index))
    return {
        name: _shown(known[row]) if row in known else [] for row, name in enumerate(encoded[0].ids)
    }


def _mixture(state: ProteinState, index: int) -> tuple[np.ndarray, np.ndarray, int]:
    """A protein's motifs [k, width, 4], their weights [k], and how many were decoded."""
    log_odds = state.motifs.log_odds[index].cpu()
    weight = state.motifs.weight[index].cpu().exp().numpy()
    return (log_odds + LOG_BACKGROUND).exp().numpy(), weight, state.decoded


def _shown(members: list[tuple[np.ndarray, np.ndarray, int]]) -> list[np.ndarray]:
    """What all motifs have in common, then the decoded ones by falling weight."""
    width = max(motifs.shape[1] for motifs, _, _ in members)
    every = np.concatenate([_padded(motifs, width) for motifs, _, _ in members])
    weight = np.concatenate([weights for _, weights, _ in members])
    decoded = np.concatenate([np.arange(len(w)) < count for _, w, count in members])
    rows = np.flatnonzero(decoded & (weight > 0))
    ordered = rows[np.argsort(-weight[rows], kind="stable")]
    return [_informative(motif) for motif in (consensus(every, weight), *every[ordered])]


def _padded(motifs: np.ndarray, width: int) -> np.ndarray:
    """Motifs [k, w, 4] with uniform columns on both sides, `width` in all; both widths are odd."""
    more = (width - motifs.shape[1]) // 2
    return np.pad(motifs, ((0, 0), (more, more), (0, 0)), constant_values=BACKGROUND)


def _informative(motif: np.ndarray) -> np.ndarray:
    """The columns of base probabilities [width, 4] from the first to the last informative one."""
    log_odds = torch.from_numpy(motif).clamp(min=1e-6).log() - LOG_BACKGROUND
    first, last = (int(edge) + len(motif) // 2 for edge in motif_spans(log_odds))
    return motif[first:last]
