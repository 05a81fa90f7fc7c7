"""What a model is asked to learn from labelled pairs: one function a loss, one value a run."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca.training.losses import correlation_loss

FEWEST = 3
"""Affinities of a run from which on they can be correlated."""


def label_loss(score: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """Weighted binary cross-entropy, summed over each run's pairs: float [r].

    Args:
        score: float [r, k], logits; label: float [r, k], 0 or 1.
        weight: float [r, k], 0 at padding.
    """
    loss = F.binary_cross_entropy_with_logits(score, label, reduction="none")
    return (loss * weight).sum(-1)


def label_rank_loss(score: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """How far positives stand above negatives of the same protein: float [r].

    The pairwise logistic loss (RankNet, Burges et al. 2005); 0 for a run of one class.
    """
    positive, negative = label * (weight > 0), (1 - label) * (weight > 0)
    return _pairwise(score, positive[..., :, None] * negative[..., None, :])


def affinity_rank_loss(score: Tensor, affinity: Tensor, weight: Tensor) -> Tensor:
    """The same for affinities, each pair by how far its two affinities differ: float [r]."""
    present = (weight > 0).float()
    gap = (affinity[..., :, None] - affinity[..., None, :]).clamp(min=0)
    return _pairwise(score, gap * present[..., :, None] * present[..., None, :])


def affinity_loss(score: Tensor, affinity: Tensor, weight: Tensor) -> Tensor:
    """One minus Pearson's correlation of each run, float [r]; 0 for fewer than three pairs.

    A score is a logit, so that its scale and offset are free; together with
    `affinity_rank_loss`, which rewards the order alone, it follows Spearman's correlation.
    """
    enough = (weight > 0).sum(-1) >= FEWEST
    # A row of zeros would divide by zero, and its gradient with it.
    safe = torch.where(enough[:, None], weight, torch.ones_like(weight))
    return correlation_loss(score, affinity, safe) * enough


def _pairwise(score: Tensor, importance: Tensor) -> Tensor:
    """Weighted mean of softplus(-(s_i - s_j)) over the pairs of each run, float [r]."""
    gap = score[..., :, None] - score[..., None, :]
    total = importance.sum((-1, -2))
    loss = (F.softplus(-gap) * importance).sum((-1, -2))
    return loss / total.clamp(min=1e-6)
