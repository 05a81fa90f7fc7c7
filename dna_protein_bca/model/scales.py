"""Motifs on one scale: standardised over 8-mers, and compared on random DNA."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from dna_protein_bca.motifs.votes import Z_CEILING

from .config import MatchingConfig
from .matching import MASKED, MotifSet, each_protein, match
from .relative_motifs import random_bases, sample_bases


@torch.no_grad()
def standardise(motifs: MotifSet, inverse_temperature: float) -> MotifSet:
    """One member's motifs with scores in standard deviations over 8-mers.

    Their weights are such that the mean over 8-mers of what they count as is 1.
    """
    bases = sample_bases()[None].to(motifs.log_odds)
    mask = torch.ones(bases.shape[:3], dtype=torch.bool, device=bases.device)

    def pooled(motifs: MotifSet, inverse_temperature: float = 1.0) -> Tensor:
        fit = match(bases, mask, motifs, inverse_temperature=inverse_temperature)
        return fit.flatten(2).logsumexp(-1)

    score = pooled(motifs)
    mean, std = score.mean(1, keepdim=True), score.std(1, keepdim=True).clamp(min=1e-3)
    present = motifs.present
    shift = (motifs.shift + motifs.weight - mean) / std - motifs.weight / inverse_temperature
    scaled = motifs._replace(
        gain=motifs.gain / std,
        shift=shift.masked_fill(~present, 0),
        ceiling=torch.full_like(shift, Z_CEILING),
    )
    log_mean = pooled(scaled, inverse_temperature).exp().mean(1, keepdim=True).log()
    return scaled._replace(weight=(scaled.weight - log_mean).masked_fill(~present, MASKED))


class RandomMatch(NamedTuple):
    """How well the motifs of `p` proteins fit random DNA.

    Attributes:
        score: float [p], log of the mean odds of a window.
        thresholds: float [p, n], the match that a share of random DNA of 1, 2, ... `n` bp reaches;
            [p, 1] and `MASKED` where the share is all.
    """

    score: Tensor
    thresholds: Tensor


@torch.no_grad()
def random_match(motifs: MotifSet, config: MatchingConfig, share: float) -> RandomMatch:
    """Match random windows, by the motifs alone.

    A constant in the gradient: a training moves it from step to step.

    Args:
        share: of random DNA that reaches the thresholds, 0 to 1.
    """
    c = config
    odds, highest = [], []
    with torch.autocast(motifs.log_odds.device.type, enabled=False):
        windows = random_bases(c.background_windows)[None].to(motifs.log_odds)
        # As many windows at a time as stay in a CPU's caches.
        for bases in windows.split(64, dim=1):
            mask = torch.ones(bases.shape[:3], dtype=torch.bool, device=bases.device)
            fits = [
                match(bases, mask, protein, c.pooling_radius, c.inverse_temperature)
                for protein in each_protein(motifs)
            ]
            odds.append(torch.cat([(c.scale * fit).flatten(1) for fit in fits]))
            if share < 1:
                highest.append(torch.cat([fit.amax(3).cummax(2).values for fit in fits]))
    score = torch.cat(odds, dim=1).logsumexp(1) - math.log(c.background_windows)
    if share >= 1:
        return RandomMatch(score, torch.full_like(score[:, None], MASKED))
    # One protein at a time, since torch has a limit for the numbers of all together.
    rows = torch.cat(highest, dim=1)
    return RandomMatch(score, torch.stack([row.quantile(1 - share, dim=0) for row in rows]))
