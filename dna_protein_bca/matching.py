"""How well motifs fit around every base of a DNA: the sum over motifs that a score starts from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

LOG_BACKGROUND = math.log(0.25)

MASKED = -1e4
"""Stands for minus infinity where a sum in log space must stay finite in every precision."""


class MotifSet(NamedTuple):
    """Weighted motifs of `p` proteins, `k` each. A motif that fits with log-odds x counts as
    exp(weight + min(gain * x + shift, ceiling)), the minimum a soft one.

    Attributes:
        motifs: float [p, k, width, 4], log-odds of the bases over a uniform background (natural
            logarithm), the middle column in the middle of the site.
        weight: float [p, k], log weights; `MASKED` for padding.
        gain, shift, ceiling: float [p, k].
        missing: float [p, k], what a column that hangs over the end of the DNA costs, as a share
            of its information: a site cut off at the end neither wins by default nor is lost.
    """

    motifs: Tensor
    weight: Tensor
    gain: Tensor
    shift: Tensor
    ceiling: Tensor
    missing: Tensor


def expected_odds(motifs: Tensor) -> Tensor:
    """Information of each column in nats: float [..., width] of log-odds [..., width, 4]."""
    return (motifs * (motifs + LOG_BACKGROUND).exp()).sum(-1)


def fit_motifs(bases: Tensor, mask: Tensor, found: MotifSet) -> Tensor:
    """Log-odds of every motif around every base, float [p, s, n, 2, k], strands `+` and `-`.

    Args:
        bases: base probabilities, float [g, s, n, 4], `g` 1 or `p`, zero at padding.
        mask: bool [g, s, n].
        found: motifs of `p` proteins.
    """
    width = found.motifs.shape[2]
    # A column on the DNA earns what it would have cost, so that windows need no mask.
    cost = found.missing[..., None] * expected_odds(found.motifs)
    earned = found.motifs + cost[..., None]
    filters = torch.stack((earned, earned.flip(-1, -2)), dim=2)
    filters = rearrange(filters, "p k strand w a -> p (a w) (k strand)")
    columns = F.pad(bases, (0, 0, width // 2, width // 2)).unfold(-2, width, 1)
    windows = rearrange(columns, "g s n a w -> g (s n) (a w)")
    if len(windows) == 1 and len(filters) > 1:
        fit = torch.einsum("nw,pwk->pnk", windows[0], filters)
    else:
        fit = windows @ filters
    fit = rearrange(fit, "p (s n) (k t) -> p s n t k", s=mask.shape[1], t=2)
    return fit - cost.sum(-1)[:, None, None, None]


def match(bases: Tensor, mask: Tensor, found: MotifSet) -> Tensor:
    """What all motifs together say of each base and strand: float [p, s, n, 2], natural log."""
    weight, gain, shift, ceiling = (t[:, None, None, None] for t in found[1:5])
    fit = fit_motifs(bases, mask, found) * gain + shift
    return (ceiling - F.softplus(ceiling - fit) + weight).logsumexp(-1)


def concatenate(parts: list[MotifSet]) -> MotifSet:
    """One set of the motifs of several, for the same proteins."""
    return MotifSet(*(torch.cat(tensors, dim=1) for tensors in zip(*parts, strict=True)))


def stack(sets: Sequence[MotifSet]) -> MotifSet:
    """Sets of one protein each as one batch, those with fewer motifs padded."""
    count = max(found.weight.shape[1] for found in sets)

    def padded(name: str, fill: float) -> Tensor:
        tensors = [getattr(found, name)[0] for found in sets]
        out = tensors[0].new_full((len(sets), count, *tensors[0].shape[1:]), fill)
        for row, tensor in enumerate(tensors):
            out[row, : len(tensor)] = tensor
        return out

    fills = {"weight": MASKED, "gain": 1.0}
    return MotifSet(*(padded(name, fills.get(name, 0.0)) for name in MotifSet._fields))
