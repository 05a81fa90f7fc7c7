"""Integrated gradients of a score by the bases of a DNA.

Sundararajan, Taly and Yan (2017), Axiomatic Attribution for Deep Networks: the gradient's mean
along the straight way from a baseline to the DNA, times the difference of the two. Their sum is the
difference of the two scores.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

BASELINE = 0.25
"""Of each base at each position: an N."""

TOLERANCE = 1e-3
"""How far the sum of attributions may be from the difference of the scores, in nats."""

FEWEST_STEPS, MOST_STEPS = 32, 4096
"""Steps of the way: at first, and at most."""

BATCH_BASES = 1 << 12
"""Bases whose gradients are computed at once."""


class Attribution(NamedTuple):
    """What each base contributes to a score.

    Attributes:
        values: float32 [4, L], A C G T; the sum of a column is what the base there contributes.
        baseline_score: of DNA in which every base is unknown.
        gap: sum of `values` less the difference of the two scores, in nats.
        steps: of the way from the baseline to the DNA.
    """

    values: Tensor
    baseline_score: float
    gap: float
    steps: int


def integrated_gradients(
    module: nn.Module,
    one_hot: Tensor,
    *,
    tolerance: float = TOLERANCE,
    most_steps: int = MOST_STEPS,
) -> Attribution:
    """Integrate by the trapezoidal rule, steps halved where they disagree with the scores.

    The score at either end of a step tells how far its part of the sum is off, so that steps are
    short where the gradient bends and nowhere else.

    Args:
        module: [N, 4, L] -> [N, 1].
        one_hot: float [4, L].
        tolerance: of the gap; where `most_steps` do not reach it, it is larger.
        most_steps: after which no more are made.
    """
    baseline = torch.full_like(one_hot, BASELINE)
    way = one_hot - baseline
    at = torch.linspace(0, 1, FEWEST_STEPS + 1, dtype=torch.float64)
    score, slope = _along(module, baseline, way, at)
    while True:
        width = at.diff()
        middle = (slope[1:] + slope[:-1]) / 2
        off = width * (middle * way.double()).sum((1, 2)).cpu() - score.diff()
        gap, steps = float(off.sum()), len(width)
        long = off.abs() > tolerance / (2 * steps)
        if abs(gap) <= tolerance or steps >= most_steps or not long.any():
            values = (width.to(middle)[:, None, None] * middle).sum(0) * way
            return Attribution(values.float(), float(score[0]), gap, steps)
        more = (at[:-1] + width / 2)[long]
        more_score, more_slope = _along(module, baseline, way, more)
        at, order = torch.cat((at, more)).sort()
        score = torch.cat((score, more_score))[order]
        slope = torch.cat((slope, more_slope))[order.to(slope.device)]


def _along(module: nn.Module, baseline: Tensor, way: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
    """Scores float64 [t], and their gradients float64 [t, 4, L], at shares of the way, [t]."""
    scores, slopes = [], []
    for part in at.split(max(1, BATCH_BASES // way.shape[1])):
        dna = (baseline + part.to(way)[:, None, None] * way).requires_grad_()
        score = module(dna)[:, 0]
        (slope,) = torch.autograd.grad(score.sum(), dna)
        scores.append(score.detach().cpu().double())
        slopes.append(slope.double())
    return torch.cat(scores), torch.cat(slopes)
