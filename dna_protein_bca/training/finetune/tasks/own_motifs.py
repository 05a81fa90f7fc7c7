"""Motifs that training proteins learn of their own, beside given weights that stay as they are."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.matching import LOG_BACKGROUND
from dna_protein_bca.model.relative_motifs import MOTIFS_EACH, RelativeBatch, emphasis, scales

NAME = "own"
"""The module of a model in training."""


class OwnMotifs(nn.Module):
    """A few motifs of each training protein, which the model reads as it reads relatives'.

    A protein is its own relative, at an identity of 1. Saved beside the others, its motifs are read
    by predictions in the same way (`emphasis`).

    Args:
        start: index of a protein -> the motifs it begins with, log-odds, float32 [m, width, 4],
            `MOTIFS_EACH` at most; at least one protein.
        inverse_temperature: of the model.
    """

    def __init__(self, start: Mapping[int, np.ndarray], inverse_temperature: float) -> None:
        super().__init__()
        self.proteins = sorted(start)
        self.inverse_temperature = inverse_temperature
        width = start[self.proteins[0]].shape[1]
        logits = torch.zeros(len(start), MOTIFS_EACH, width, 4)
        self.counts = [len(start[protein]) for protein in self.proteins]
        for row, protein in enumerate(self.proteins):
            logits[row, : self.counts[row]] = torch.from_numpy(start[protein])
        self.logits = nn.Parameter(logits)

    def added(self, batch: RelativeBatch, proteins: np.ndarray) -> RelativeBatch:
        """The relatives of some proteins, and their own motifs where they have some.

        Args:
            proteins: int64 [p], the proteins of the batch.
        """
        device = self.logits.device
        place = {protein: row for row, protein in enumerate(self.proteins)}
        found = [place.get(protein, -1) for protein in proteins.tolist()]
        rows = torch.tensor(found, device=device).clamp(min=0)
        known = torch.tensor([row >= 0 for row in found], device=device)[:, None]
        counts = torch.tensor(self.counts, device=device)[rows, None]
        mask = (torch.arange(MOTIFS_EACH, device=device) < counts) & known
        log_odds = (self.logits.log_softmax(-1) - LOG_BACKGROUND)[rows]
        each = scales(log_odds.detach().flatten(0, 1).cpu().numpy(), self.inverse_temperature)
        mean, std, norm = (
            torch.tensor(values, device=device).view(mask.shape)
            for values in zip(*((one.mean, one.std, one.norm) for one in each), strict=True)
        )
        identity = torch.ones_like(mean)
        share = emphasis(1.0, learned=True) - counts.log().expand_as(mean)
        own = RelativeBatch(log_odds, identity, share, mean, std, norm, mask)
        return RelativeBatch(*(torch.cat(parts, dim=1) for parts in zip(batch, own, strict=True)))

    def probabilities(self) -> dict[int, list[np.ndarray]]:
        """Index of a protein -> its motifs, base probabilities, float32 [width, 4] each."""
        motifs: np.ndarray = self.logits.detach().softmax(-1).float().cpu().numpy()
        return {
            protein: list(motifs[row, : self.counts[row]])
            for row, protein in enumerate(self.proteins)
        }


def learn_own_motifs(model: BindingModel, start: Mapping[int, np.ndarray]) -> OwnMotifs:
    """Let the own motifs of proteins learn, and of the model what is added to all scores alone.

    Args:
        model: changed in place.
        start: as of `OwnMotifs`.

    Returns:
        What the model now holds as its module `own`.
    """
    model.requires_grad_(False)
    model.to_bias.bias.requires_grad_(True)
    own = OwnMotifs(start, model.config.matching.inverse_temperature)
    model.add_module(NAME, own)
    return own


def own_motifs(model: BindingModel) -> OwnMotifs | None:
    """Those that a model holds, if any."""
    own: Tensor | nn.Module | None = getattr(model, NAME, None)
    return own if isinstance(own, OwnMotifs) else None


def without_own(model: BindingModel) -> BindingModel:
    """The same model, with the same parameters, as it is without own motifs."""
    bare = copy.copy(model)
    bare._modules = {name: module for name, module in model._modules.items() if name != NAME}
    return bare
