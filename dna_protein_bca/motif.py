"""Motifs of encoded proteins: what the model knows of their preferences, as base probabilities."""

from __future__ import annotations

import numpy as np
import torch

from dna_protein_bca.inference.encoding import EncodedByAll, EncodedProteins
from dna_protein_bca.inference.sites import motif_spans
from dna_protein_bca.model.matching import LOG_BACKGROUND
from dna_protein_bca.model.states import ProteinState
from dna_protein_bca.motifs.modes import BindingMode, binding_modes
from dna_protein_bca.motifs.pwm import BACKGROUND


def predicted_modes(
    encoded: EncodedProteins | EncodedByAll, top: int | None = None
) -> dict[str, list[BindingMode]]:
    """Each protein's ways to bind with their shares, best first; none without a known domain.

    The motifs that the model decoded from the protein, and those of relatives where it reads them,
    are grouped by similarity; the motif of a mode is what those of one group have in common.

    Args:
        encoded: from `encode` of a predictor.
        top: the most modes of a protein; None for all.

    Returns:
        Protein id -> modes; motifs are cut to the columns that carry information.
    """
    members = encoded if isinstance(encoded, EncodedByAll) else (encoded,)
    known: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for member in members:
        for block in member.blocks:
            for index, row in enumerate(block.rows.tolist()):
                known.setdefault(row, []).append(_mixture(block.state, index))
    return {
        name: _modes(known[row])[:top] if row in known else []
        for row, name in enumerate(members[0].ids)
    }


def predicted_motifs(encoded: EncodedProteins | EncodedByAll) -> dict[str, list[np.ndarray]]:
    """The motifs of `predicted_modes`: float32 [positions, 4] in the order A C G T."""
    return {
        name: [mode.motif for mode in modes] for name, modes in predicted_modes(encoded).items()
    }


def _mixture(state: ProteinState, index: int) -> tuple[np.ndarray, np.ndarray]:
    """A protein's motifs [k, width, 4] and their weights [k], which sum to 1."""
    log_odds = state.every.log_odds[index].cpu()
    weight = state.every.weight[index].cpu().softmax(0).numpy()
    return (log_odds + LOG_BACKGROUND).exp().numpy(), weight


def _modes(members: list[tuple[np.ndarray, np.ndarray]]) -> list[BindingMode]:
    width = max(motifs.shape[1] for motifs, _ in members)
    every = np.concatenate([_padded(motifs, width) for motifs, _ in members])
    weight = np.concatenate([weights for _, weights in members])
    return [mode._replace(motif=_informative(mode.motif)) for mode in binding_modes(every, weight)]


def _padded(motifs: np.ndarray, width: int) -> np.ndarray:
    """Motifs [k, w, 4] with uniform columns on both sides, `width` in all; both widths are odd."""
    more = (width - motifs.shape[1]) // 2
    return np.pad(motifs, ((0, 0), (more, more), (0, 0)), constant_values=BACKGROUND)


def _informative(motif: np.ndarray) -> np.ndarray:
    """The columns of base probabilities [width, 4] from the first to the last informative one."""
    log_odds = torch.from_numpy(motif).clamp(min=1e-6).log() - LOG_BACKGROUND
    first, last = (int(edge) + len(motif) // 2 for edge in motif_spans(log_odds))
    return motif[first:last]
