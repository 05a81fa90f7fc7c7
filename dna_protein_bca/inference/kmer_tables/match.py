"""The match of a protein's motifs with every k-mer."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.model.matching import MotifSet, fitted_columns, information, log_weights

LENGTH = 10
"""Bases of a k-mer: the table of longer ones would not fit a core's caches."""

HALF = LENGTH // 2

ROWS = 4
"""First halves of k-mers that are matched together, with all second halves: what is made of them
stays in a core's caches."""

NOTHING = 1e-7
"""Share of the heaviest motif's weight below which a motif says nothing of a good site."""

LIGHT = 1e-3
"""Share of the heaviest motif's weight below which a motif is left out of a table."""


def best_columns(motifs: MotifSet, inverse_temperature: float) -> int:
    """The first of the `LENGTH` columns that say most, of all motifs by their weights.

    Args:
        motifs: of one protein.
    """
    bits = information(motifs.log_odds[0])
    total = most_weight(motifs, inverse_temperature) @ bits
    return int(total.unfold(0, LENGTH, 1).sum(-1).argmax())


@torch.inference_mode()
def match_kmers(
    motifs: MotifSet, first: int, radius: int, inverse_temperature: float
) -> np.ndarray:
    """What the motifs say of a position whose site holds a k-mer, on the `+` strand.

    This is `match_middle` where all bases beside the k-mer are unknown, each of the four with the
    same chance.

    Args:
        motifs: of one protein.
        first: the column of the motifs at which the k-mer begins.
        radius, inverse_temperature: see `match`.

    Returns:
        float32 [4 ** LENGTH], by the k-mer's number: its bases, 0 to 3, are the digits, the first
        of them the highest.
    """
    weight = most_weight(motifs, inverse_temperature)
    counted = weight >= LIGHT * weight.max()
    motifs = MotifSet(*(values[:, counted] for values in motifs))
    halves = [_half_sums(motifs, first - shift) for shift in range(-radius, radius + 1)]
    parts = [
        _combine(halves, slice(row, row + ROWS), radius, weight[counted], inverse_temperature)
        for row in range(0, 4**HALF, ROWS)
    ]
    return torch.cat(parts).numpy()


def most_weight(motifs: MotifSet, inverse_temperature: float) -> Tensor:
    """How much each motif counts for at most: float [k]."""
    return log_weights(motifs, inverse_temperature)[0].exp()


def heavy(motifs: MotifSet, inverse_temperature: float) -> MotifSet:
    """Those motifs of one protein that can show in the digits of a score."""
    weight = most_weight(motifs, inverse_temperature)
    counted = weight >= NOTHING * weight.max()
    return MotifSet(*(values[:, counted] for values in motifs))


def _half_sums(motifs: MotifSet, first: int) -> tuple[Tensor, Tensor]:
    """What each half of a k-mer adds to how motifs fit: float [4 ** HALF, k], twice.

    Args:
        first: the column at which the k-mer begins, which may lie outside.
    """
    columns, offset = (values[0].cpu() for values in fitted_columns(motifs))
    gain, shift, ceiling = (each[0].cpu() for each in (motifs.gain, motifs.shift, motifs.ceiling))
    count, width, _ = columns.shape
    within = columns.new_zeros((count, LENGTH, 4))
    begin, end = max(first, 0), min(first + LENGTH, width)
    within[:, begin - first : end - first] = columns[:, begin:end]
    beside = columns.mean(-1).sum(-1) - columns[:, begin:end].mean(-1).sum(-1)
    digits = torch.cartesian_prod(*[torch.arange(4)] * HALF)
    left, right = (
        gain * sum(part[:, place, digits[:, place]] for place in range(HALF)).T
        for part in within.split(HALF, 1)
    )
    return left + gain * (offset + beside) + shift - ceiling, right


def _combine(
    halves: list[tuple[Tensor, Tensor]],
    rows: slice,
    radius: int,
    weight: Tensor,
    inverse_temperature: float,
) -> Tensor:
    """The match of the k-mers that have some first halves, float [rows * 4 ** HALF]."""
    fits, best = [], None
    for left, right in halves:
        share = (left[rows, None] + right).sigmoid_()
        share = share.sqrt_() if inverse_temperature == 0.5 else share.pow_(inverse_temperature)
        fits.append((share @ weight).clamp_(min=torch.finfo(share.dtype).tiny))
        best = share if best is None else torch.maximum(best, share, out=best)
    assert best is not None
    highest = torch.stack(fits).amax(0)
    return ((best @ weight) * fits[radius] / highest).log_().flatten()
