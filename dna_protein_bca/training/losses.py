"""What the model is asked to learn from measured motifs and from pairs: one function a loss."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca.model.matching import LOG_BACKGROUND, MotifSet

FEWEST_AFFINITIES = 3
"""Affinities of a group from which on they can be correlated."""


def decoding_loss(motifs: MotifSet, motif: Tensor, count: int, uniform: float = 0.02) -> Tensor:
    """Masked-base prediction: how well the decoded motifs explain a measured one.

    The likelihood is marginalised over decoded motifs, both strands and every offset at which
    the middle of the measured motif stays near the middle of the decoded one; columns weigh by
    their information, and decoded columns where nothing was measured are drawn a little towards
    uniform.

    Args:
        motifs: those of `p` proteins.
        motif: float [p, w, 4], base probabilities of one measured motif each, zero rows at the
            end as padding.
        count: the first so many are decoded for every protein; the rest are those of its fingers.
        uniform: weight of the pull towards uniform columns.

    Returns:
        float [p], nats per bit of information of the measured motif.
    """
    decoded = motifs.log_odds[:, :count] + LOG_BACKGROUND
    weight = motifs.weight[:, :count].log_softmax(-1)
    width = motif.shape[1]
    present = motif.sum(-1)
    bits = (motif * motif.clamp(min=1e-6).log()).sum(-1) / -LOG_BACKGROUND + present
    target = motif * bits.clamp(min=0)[..., None]
    filled = present.sum(-1, keepdim=True)
    # Reversed in place of the columns that are present, so that padding stays at the end.
    index = (filled - 1 - torch.arange(width, device=motif.device)).long() % width
    backward = target.flip(-1).gather(1, index[..., None].expand_as(target))
    both = torch.stack((target, backward), dim=1)
    margin = width - 1
    padded = F.pad(decoded, (0, 0, margin, margin), value=LOG_BACKGROUND)
    frames = padded.unfold(2, width, 1)
    likelihood = torch.einsum("pkoaw,pswa->pkso", frames, both)
    offsets = torch.arange(frames.shape[2], device=motif.device) - margin
    middle = offsets + (filled - 1) / 2 - (decoded.shape[2] - 1) / 2
    # A gentle preference for the middle: the score of a base is that of the site around it.
    prior = -0.05 * middle[:, None, None] ** 2
    total = torch.logsumexp((likelihood + prior + weight[..., None, None]).flatten(1), dim=1)
    spread = -(decoded.mean(-1) - decoded.logsumexp(-1) - LOG_BACKGROUND).mean((1, 2))
    return -total / target.sum((1, 2)).clamp(min=1.0) + uniform * spread


def finger_loss(logits: Tensor, bases: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy of single fingers' bases against measured ones, a scalar in nats a base.

    Args:
        logits: float [b, f, 4, 4]; bases: probabilities of the same shape, NaN where unmeasured.
        mask: bool [b, f].
    """
    measured = mask[..., None] & bases.isfinite().all(-1)
    loss = -(bases.nan_to_num() * logits.log_softmax(-1)).sum(-1)
    return (loss * measured).sum() / measured.sum().clamp(min=1)


def listwise_loss(score: Tensor, target: Tensor, weight: Tensor, ceiling: float = 6.0) -> Tensor:
    """Cross-entropy of two distributions over one protein's DNA, float [p].

    Args:
        score: float [p, s], logits of the model.
        target: float [p, s], measured scores, standardised; above `ceiling` all count alike.
        weight: float [p, s], how many DNA sequences of the whole each sampled one stands for.
    """
    wanted = (target.clamp(max=ceiling) + weight.log()).softmax(-1)
    return -(wanted * (score + weight.log()).log_softmax(-1)).sum(-1)


def correlation_loss(score: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """One minus Pearson's correlation, weighted, float [p]; for bulk that ranking ignores."""
    weight = weight / weight.sum(-1, keepdim=True)

    def centred(x: Tensor) -> Tensor:
        return x - (weight * x).sum(-1, keepdim=True)

    x, y = centred(score), centred(target)
    variance = (weight * x * x).sum(-1) * (weight * y * y).sum(-1)
    return 1 - (weight * x * y).sum(-1) / variance.clamp(min=1e-6).sqrt()


def membership_loss(score: Tensor, positive: Tensor, weight: Tensor) -> Tensor:
    """Binary cross-entropy with the prior taken out by a free threshold a protein, float [p].

    The threshold is the one at which the expected number of positives is right: what is learned
    is which DNA stands above it.
    """
    with torch.no_grad():
        wanted = (positive * weight).sum(-1, keepdim=True)
        low, high = score.amin(-1, keepdim=True) - 10, score.amax(-1, keepdim=True) + 10
        for _ in range(30):
            middle = (low + high) / 2
            more = ((score - middle).sigmoid() * weight).sum(-1, keepdim=True) > wanted
            low, high = torch.where(more, middle, low), torch.where(more, high, middle)
        threshold = (low + high) / 2
    loss = F.binary_cross_entropy_with_logits(score - threshold, positive, reduction="none")
    return (loss * weight).sum(-1) / wanted.squeeze(-1).clamp(min=1)


def contrastive_loss(score: Tensor, same: Tensor) -> Tensor:
    """Which protein binds this site, and which site does this protein bind; a scalar in nats.

    Args:
        score: float [p, p], proteins x sites, the site of each protein on the diagonal.
        same: bool [p, p], pairs that are no contrast (relatives of the site's protein).
    """
    diagonal = torch.eye(len(score), dtype=torch.bool, device=score.device)
    score = score.masked_fill(same & ~diagonal, -1e4)
    target = torch.arange(len(score), device=score.device)
    return (F.cross_entropy(score, target) + F.cross_entropy(score.mT, target)) / 2


def label_loss(score: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """Weighted binary cross-entropy, summed over the pairs of each group: float [g].

    Args:
        score: float [g, k], logits of `k` pairs of each of `g` proteins.
        label: float [g, k], 0 or 1.
        weight: float [g, k], 0 at padding.
    """
    loss = F.binary_cross_entropy_with_logits(score, label, reduction="none")
    return (loss * weight).sum(-1)


def label_rank_loss(score: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """How far positives stand above negatives of the same protein: float [g].

    The pairwise logistic loss (RankNet, Burges et al. 2005); 0 for a group of one class.
    """
    positive, negative = label * (weight > 0), (1 - label) * (weight > 0)
    return _pairwise(score, positive[..., :, None] * negative[..., None, :])


def affinity_rank_loss(score: Tensor, affinity: Tensor, weight: Tensor) -> Tensor:
    """The same for affinities, each pair of them weighted by their difference: float [g]."""
    present = (weight > 0).float()
    gap = (affinity[..., :, None] - affinity[..., None, :]).clamp(min=0)
    return _pairwise(score, gap * present[..., :, None] * present[..., None, :])


def affinity_loss(score: Tensor, affinity: Tensor, weight: Tensor) -> Tensor:
    """One minus Pearson's correlation of each group, float [g]; 0 for fewer than three pairs.

    A score is a logit, so that its scale and offset are free; together with
    `affinity_rank_loss`, which rewards the order alone, it follows Spearman's correlation.
    """
    enough = (weight > 0).sum(-1) >= FEWEST_AFFINITIES
    # A group of zeros would divide by zero, and its gradient with it.
    safe = torch.where(enough[:, None], weight, torch.ones_like(weight))
    return correlation_loss(score, affinity, safe) * enough


def _pairwise(score: Tensor, importance: Tensor) -> Tensor:
    """Weighted mean of softplus(-(s_i - s_j)) over the pairs of each group, float [g]."""
    gap = score[..., :, None] - score[..., None, :]
    total = importance.sum((-1, -2))
    loss = (F.softplus(-gap) * importance).sum((-1, -2))
    return loss / total.clamp(min=1e-6)
