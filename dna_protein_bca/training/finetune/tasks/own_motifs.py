"""Motifs that training proteins learn of their own, beside given weights that stay as they are."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.matching import LOG_BACKGROUND
from dna_protein_bca.model.relative_motifs import MOTIFS_EACH, RelativeBatch, emphasis, scales

NAME = "own"
"""The module of a model in training."""


class OwnRelatives(NamedTuple):
    """Whose own motifs are read with each of `p` proteins, those of `r` proteins at most.

    Attributes:
        row: int64 [p, r], rows of `OwnMotifs.logits`.
        identity: float [p, r], of the two proteins.
        share: float [p, r], see `RelativeBatch`.
        mask: bool [p, r].
    """

    row: Tensor
    identity: Tensor
    share: Tensor
    mask: Tensor

    @classmethod
    def of(cls, read: Sequence[Sequence[tuple[int, float]]], counts: Sequence[int]) -> OwnRelatives:
        """Of each protein the rows that it reads, with their identities.

        Args:
            counts: motifs of each row.
        """
        most = max([0, *map(len, read)])
        row = torch.zeros(len(read), most, dtype=torch.int64)
        identity, share = torch.zeros(2, len(read), most)
        mask = torch.zeros(len(read), most, dtype=torch.bool)
        for protein, of_one in enumerate(read):
            for place, (number, value) in enumerate(of_one):
                at = protein, place
                row[at], identity[at], mask[at] = number, value, True
                share[at] = emphasis(value, learned=True) - math.log(counts[number])
        return cls(row, identity, share, mask)

    def take(self, proteins: np.ndarray) -> OwnRelatives:
        """Those of some proteins, int64 [p]."""
        at = torch.from_numpy(proteins)
        return OwnRelatives(*(values[at] for values in self))


class OwnMotifs(nn.Module):
    """A few motifs of each training protein, which the model reads as it reads relatives'.

    A protein is its own relative, at an identity of 1, and that of other training proteins. Saved
    beside the measured ones, the motifs are read by predictions in the same way (`emphasis`).

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
        present = torch.arange(MOTIFS_EACH) < torch.tensor(self.counts)[:, None]
        self.present: Tensor
        self.register_buffer("present", present, persistent=False)

    def added(self, batch: RelativeBatch, read: OwnRelatives) -> RelativeBatch:
        """The relatives of some proteins, and the own motifs that are read with them.

        Args:
            batch: of `p` proteins.
            read: whose own motifs each of them reads.
        """
        if not read.mask.any():
            return batch
        # Of a protein that several read, the scales are computed once.
        rows, place = read.row[read.mask].unique(return_inverse=True)
        at = torch.zeros_like(read.row).masked_scatter(read.mask, place).to(self.logits.device)
        rows = rows.to(at.device)
        log_odds = self.logits[rows].log_softmax(-1) - LOG_BACKGROUND
        each = scales(log_odds.detach().flatten(0, 1), self.inverse_temperature)
        mean, std, norm = (part.flatten(1) for part in each.view(len(rows), -1, 3)[at].unbind(-1))
        mask = self.present[rows][at] & read.mask.to(at.device)[..., None]
        identity, share = (
            values.to(mean)[..., None].expand(mask.shape).flatten(1)
            for values in (read.identity, read.share)
        )
        motifs = log_odds[at].flatten(1, 2)
        own = RelativeBatch(motifs, identity, share, mean, std, norm, mask.flatten(1))
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
