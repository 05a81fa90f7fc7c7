"""How well motifs fit around every base of a DNA: the sum over motifs that a score starts from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca.motifs.pwm import MIN_OVERLAP

LOG_BACKGROUND = math.log(0.25)

NARROW = 11
"""Columns of a motif that most motifs have no more of."""

CACHED = 1 << 18
"""Numbers at a time on a CPU, which stay in its caches from one step to the next."""

APART = 1 << 11
"""Bases of a protein's DNA from which on a CPU matches one protein after the other."""

MASKED = -1e4
"""Stands for minus infinity where a sum in log space must stay finite in every precision."""


class MotifSet(NamedTuple):
    """Weighted motifs of `p` proteins, `k` each. A motif that fits with log-odds x counts as
    exp(weight + min(gain * x + shift, ceiling)), the minimum a soft one.

    Attributes:
        log_odds: float [p, k, width, 4], log-odds of the bases over a uniform background (natural
            logarithm), the middle column in the middle of the site.
        weight: float [p, k], log weights; `MASKED` for padding.
        gain, shift, ceiling: float [p, k].
        missing: float [p, k], what a column that hangs over the end of the DNA costs, as a share
            of its information: a site cut off at the end neither wins by default nor is lost.
    """

    log_odds: Tensor
    weight: Tensor
    gain: Tensor
    shift: Tensor
    ceiling: Tensor
    missing: Tensor

    @property
    def present(self) -> Tensor:
        """Which are no padding: bool [p, k]."""
        return self.weight > MASKED / 2

    def take(self, order: Tensor) -> MotifSet:
        """Some motifs of each protein, int64 [p, m], in this order."""
        rows = torch.arange(len(order), device=order.device)[:, None]
        return MotifSet(*(tensor[rows, order] for tensor in self))


def expected_odds(log_odds: Tensor) -> Tensor:
    """Information of each column in nats: float [..., width] of log-odds [..., width, 4]."""
    return (log_odds * (log_odds + LOG_BACKGROUND).exp()).sum(-1)


def information(log_odds: Tensor) -> Tensor:
    """Information of each column in bits: float [..., width] of log-odds [..., width, 4]."""
    return expected_odds(log_odds) / math.log(2)


def fit_motifs(bases: Tensor, motifs: MotifSet) -> Tensor:
    """Log-odds of every motif around every base, float [p, s, n, 2, k], strands `+` and `-`.

    Args:
        bases: base probabilities, float [g, s, n, 4], `g` 1 or `p`, zero at padding.
        motifs: those of `p` proteins.
    """
    return _slide(bases, *fitted_columns(motifs))


def match(
    bases: Tensor, mask: Tensor, motifs: MotifSet, radius: int = 0, inverse_temperature: float = 1.0
) -> Tensor:
    """What all motifs together say of each base and strand: float [p, s, n, 2], natural log.

    exp(ceiling - softplus(ceiling - x)) is exp(ceiling) sigmoid(x - ceiling): the sum over motifs
    is one matrix product. Where every motif falls short by more than float32 holds, it is -87.

    Args:
        bases, motifs: as for `fit_motifs`.
        mask: bool [g, s, n].
        radius: motifs that fit within so many bases of each other count for the same site, which
            lies where their plain sum is highest: no two measured motifs of a family have their
            middle in the same place. The middle may lie as far outside the DNA, and a motif needs
            `MIN_OVERLAP` columns on it.
        inverse_temperature: the power of what a motif counts as, its weight aside; below 1, what
            several say alike counts for more than what one says loudly.
    """
    fast = not torch.is_grad_enabled() and bases.device.type == "cpu"
    proteins = len(motifs.weight)
    if fast and proteins > 1 and mask[0].numel() >= APART:
        # Each has a number of motifs of its own.
        dna, there = (each.expand(proteins, *each.shape[1:]).split(1) for each in (bases, mask))
        of_each = zip(dna, there, each_protein(motifs), strict=True)
        return torch.cat([match(*one, radius, inverse_temperature) for one in of_each])
    bases, inside = F.pad(bases, (0, 0, radius, radius)), F.pad(mask, (radius, radius))
    groups = _by_extent(motifs) if fast else [motifs]
    columns = [_weighed_columns(group) for group in groups]
    weights = [log_weights(group, inverse_temperature).exp() for group in groups]
    overlaps = [_overlaps(inside, group) for group in groups] if radius else []
    full = fast and bool(mask.all())
    edges = [radius + group.log_odds.shape[2] // 2 if full else 0 for group in groups]

    def of(part: slice) -> Tensor:
        """The match of some of the rows."""
        shares = [_shares(bases[:, part], *each, inverse_temperature) for each in columns]
        if not radius:
            return _log_sum(shares, weights)
        shares = [
            _on_dna(share, whole[:, part] if whole.shape[1] > 1 else whole, edge)
            for share, whole, edge in zip(shares, overlaps, edges, strict=True)
        ]
        fit = _log_sum(shares, weights)[:, :, radius:-radius]
        fit = fit.masked_fill(~mask[:, part, :, None], MASKED)
        together = _log_sum([_highest_inside(share, radius) for share in shares], weights)
        return together + fit - _highest(fit, radius)

    rows, length = bases.shape[1:3]
    step = max(1, CACHED // (2 * length * sum(group.weight.numel() for group in groups)))
    if not fast or step >= rows:
        return of(slice(None))
    return torch.cat([of(slice(row, row + step)) for row in range(0, rows, step)], dim=1)


def motif_shares(
    bases: Tensor, mask: Tensor, motifs: MotifSet, radius: int = 0, inverse_temperature: float = 1.0
) -> Tensor:
    """The part that each motif has in what `match` says: float [p, s, n, 2, k], sums to 1.

    Args:
        bases, mask, motifs, radius, inverse_temperature: as of `match`.
    """
    bases, inside = F.pad(bases, (0, 0, radius, radius)), F.pad(mask, (radius, radius))
    share = _shares(bases, *_weighed_columns(motifs), inverse_temperature)
    if radius:
        share = _highest_inside(share * _overlaps(inside, motifs), radius)
    counted = share * log_weights(motifs, inverse_temperature).exp()[:, None, None, None]
    total = counted.sum(-1, keepdim=True).clamp(min=torch.finfo(counted.dtype).tiny)
    return counted / total


def match_middle(
    bases: Tensor, motifs: MotifSet, radius: int = 0, inverse_temperature: float = 1.0
) -> Tensor:
    """What `match` says of the middle base of stretches inside a DNA: float [p, s, 2].

    Args:
        bases: base probabilities, float [g, s, width + 2 radius, 4], all that is read of the DNA.
    """
    share = _shares(bases, *_weighed_columns(motifs), inverse_temperature, whole=True)
    weight = log_weights(motifs, inverse_temperature).exp()
    fit = _log_sum([share], [weight])
    together = _log_sum([share.amax(2, keepdim=True)], [weight])
    return together[:, :, 0] + fit[:, :, radius] - fit.amax(2)


def _shares(
    bases: Tensor,
    columns: Tensor,
    offset: Tensor,
    inverse_temperature: float,
    whole: bool = False,
) -> Tensor:
    """How far each motif fits of what its ceiling allows: [p, s, n, 2, k].

    Args:
        columns, offset: of `_weighed_columns`.
        whole: only where the motifs lie on the DNA as a whole; elsewhere at all of its bases.
    """
    above = _slide(bases, columns, offset, whole)
    if not torch.is_grad_enabled():
        # In place, which is in the caches already.
        share = above.sigmoid_()
        return share.pow_(inverse_temperature) if inverse_temperature != 1 else share
    share = above.sigmoid()
    if inverse_temperature == 1:
        return share
    # A root of zero has no slope.
    share = share.clamp(min=torch.finfo(share.dtype).tiny)
    return share.sqrt() if inverse_temperature == 0.5 else share**inverse_temperature


def _weighed_columns(motifs: MotifSet) -> tuple[Tensor, Tensor]:
    """Columns and offsets whose sums say how far motifs are above their ceilings."""
    columns, offset = fitted_columns(motifs)
    columns = columns * motifs.gain[..., None, None]
    return columns, motifs.gain * offset + motifs.shift - motifs.ceiling


def log_weights(motifs: MotifSet, inverse_temperature: float) -> Tensor:
    """Log of how much a motif counts that fits as well as its ceiling allows: float [p, k]."""
    return motifs.weight + inverse_temperature * motifs.ceiling


def orient(motifs: MotifSet, slack: int = 5) -> MotifSet:
    """The same motifs, each on the strand on which it is most like its protein's weightiest.

    Args:
        slack: columns that a motif may lie beside the other in this comparison.
    """
    excess = (motifs.log_odds + LOG_BACKGROUND).exp() - math.exp(LOG_BACKGROUND)
    heaviest = motifs.weight.argmax(1)[:, None, None, None].expand(-1, 1, *excess.shape[2:])
    pattern = F.pad(excess.gather(1, heaviest)[:, 0], (0, 0, slack, slack))
    places = pattern.unfold(1, excess.shape[2], 1)
    forward, backward = (
        torch.einsum("pkwa,psaw->pks", way, places).amax(-1)
        for way in (excess, excess.flip(-1, -2))
    )
    turned = (backward > forward)[..., None, None]
    return motifs._replace(
        log_odds=torch.where(turned, motifs.log_odds.flip(-1, -2), motifs.log_odds)
    )


def heaviest(motifs: MotifSet, share: float, inverse_temperature: float) -> MotifSet:
    """The fewest motifs of each protein that hold a share of the weight, as heavy as all together.

    Args:
        share, inverse_temperature: as of `only_heavy`.

    Returns:
        The motifs, in the order in which they were; of a protein with fewer than others, the rest
        has `MASKED` weights.
    """
    if share == 1:
        return motifs
    return _without_padding(only_heavy(motifs, share, inverse_temperature))


def only_heavy(motifs: MotifSet, share: float, inverse_temperature: float) -> MotifSet:
    """The same motifs, of which the fewest that hold a share of the weight count as much as all.

    The others have `MASKED` weights. What is shared are the weights of motifs that fit as well as
    their ceilings allow.

    Args:
        share: 0 to 1.
    """
    if share == 1:
        return motifs
    weight = log_weights(motifs, inverse_temperature).exp()
    falling, order = weight.sort(dim=1, descending=True, stable=True)
    total = falling.sum(1, keepdim=True)
    counted = falling.cumsum(1) - falling < share * total
    counted = torch.zeros_like(counted).scatter(1, order, counted)
    held = (weight * counted).sum(1, keepdim=True)
    heavier = motifs.weight + (total / held).log()
    return motifs._replace(weight=heavier.masked_fill(~counted, MASKED))


def _without_padding(motifs: MotifSet) -> MotifSet:
    """The same motifs in their order, without what is padding for all proteins."""
    present = motifs.present
    order = present.byte().argsort(dim=1, descending=True, stable=True)
    return motifs.take(order[:, : int(present.sum(1).max())])


def _by_extent(motifs: MotifSet) -> list[MotifSet]:
    """The same motifs, those of `NARROW` columns in the middle without the empty ones around them.

    Most are as narrow, and the fewer columns there are, the fewer products. What is padding for all
    proteins is left out.
    """
    motifs = _without_padding(motifs)
    count, width = motifs.log_odds.shape[1:3]
    aside = width // 2 - NARROW // 2
    if aside <= 0:
        return [motifs]
    around = torch.cat((motifs.log_odds[:, :, :aside], motifs.log_odds[:, :, -aside:]), dim=2)
    wide = (around != 0).flatten(2).any(-1) & motifs.present
    most = int(wide.sum(1).max())
    if 2 * most > count:
        return [motifs]
    order = wide.byte().argsort(dim=1, descending=True, stable=True)
    narrow = motifs.take(order[:, most:])
    narrow = narrow._replace(log_odds=narrow.log_odds[:, :, aside:-aside])
    return [motifs.take(order[:, :most]), narrow] if most else [narrow]


def _overlaps(mask: Tensor, motifs: MotifSet) -> Tensor:
    """Whether enough columns lie on the DNA: bool [p, s, n, 2, k], `s` 1 where all rows are full.

    Args:
        mask: bool [g, s, n], False outside the DNA.
        motifs: of which a column of zeros is none.
    """
    if bool((mask == mask[:1, :1]).all()):
        mask = mask[:1, :1]
    present = (motifs.log_odds != 0).any(-1).to(motifs.log_odds)
    enough = 0.5 - present.sum(-1).clamp(max=MIN_OVERLAP)
    return _slide(mask[..., None].to(present), present[..., None], enough) > 0


def _on_dna(share: Tensor, overlaps: Tensor, edge: int) -> Tensor:
    """Shares of motifs with enough columns on the DNA; those of others become zero.

    Args:
        share: [p, s, n, 2, k]; overlaps: as of `_overlaps`.
        edge: bases at either end between which all motifs lie on the DNA as a whole; 0 where this
            is not known. Otherwise `share` changes in place.
    """
    if not edge:
        return share * overlaps
    for end in (slice(None, edge), slice(-edge, None)):
        share[:, :, end] *= overlaps[:, :, end]
    return share


def _log_sum(shares: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
    """Log of the weighted sum over motifs: of [p, s, n, 2, k] and [p, k] each [p, s, n, 2]."""
    pairs = zip(shares, weights, strict=True)
    parts = [torch.einsum("psntk,pk->psnt", share, weight) for share, weight in pairs]
    total = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    return total.clamp(min=torch.finfo(total.dtype).tiny).log()


def _highest(x: Tensor, radius: int) -> Tensor:
    """The highest of the values up to `radius` bases away: [p, s, n, ...], as given."""
    edge = x[:, :, :1].expand(-1, -1, radius, *x.shape[3:])
    other = x[:, :, -1:].expand(-1, -1, radius, *x.shape[3:])
    return _highest_inside(torch.cat((edge, x, other), dim=2), radius)


def _highest_inside(x: Tensor, radius: int) -> Tensor:
    """The same without the bases at either end: [p, s, n - 2 radius, ...] of [p, s, n, ...]."""
    width, seen = 2 * radius + 1, 1
    while seen < width:
        step = min(seen, width - seen)
        x = torch.maximum(x[:, :, :-step], x[:, :, step:])
        seen += step
    return x


def fitted_columns(motifs: MotifSet) -> tuple[Tensor, Tensor]:
    """Columns [p, k, width, 4] and offsets [p, k] whose sums are the motifs' log-odds.

    A column on the DNA earns what it would have cost, so that windows need no mask.
    """
    cost = motifs.missing[..., None] * expected_odds(motifs.log_odds)
    return motifs.log_odds + cost[..., None], -cost.sum(-1)


def _slide(bases: Tensor, columns: Tensor, offset: Tensor, whole: bool = False) -> Tensor:
    """Sums of columns around every base on both strands, plus offsets: float [p, s, n, 2, k].

    Args:
        whole: around those bases alone that have half a motif of DNA on either side.
    """
    width, length = columns.shape[2], bases.shape[2]
    hang = 0 if whole else width // 2
    filters = torch.stack((columns, columns.flip(-1, -2)), dim=1)
    if length <= hang:
        # All bases of DNA that is so short reach all positions: fewer products than windows need.
        at = torch.arange(length, device=bases.device)
        filters = rearrange(
            filters[:, :, :, hang + at[:, None] - at], "p strand k b n a -> p (b a) (n strand k)"
        )
        windows = rearrange(bases, "g s n a -> g s (n a)").expand(len(filters), -1, -1)
        sums = torch.baddbmm(offset.repeat(1, 2 * length)[:, None], windows, filters)
        return rearrange(sums, "p s (n t k) -> p s n t k", n=length, t=2)
    filters = rearrange(filters, "p strand k w a -> p (w a) (strand k)")
    around = F.pad(bases, (0, 0, hang, hang)).unfold(-2, width, 1)
    windows = rearrange(around, "g s n a w -> g (s n) (w a)").expand(len(filters), -1, -1)
    sums = torch.baddbmm(offset.repeat(1, 2)[:, None], windows, filters)
    return rearrange(sums, "p (s n) (t k) -> p s n t k", s=bases.shape[1], t=2)


def concatenate(parts: list[MotifSet]) -> MotifSet:
    """One set of the motifs of several, for the same proteins."""
    return MotifSet(*(torch.cat(tensors, dim=1) for tensors in zip(*parts, strict=True)))


def each_protein(motifs: MotifSet) -> Iterator[MotifSet]:
    """One protein at a time, to keep what is held at once small."""
    for row in range(len(motifs.weight)):
        yield MotifSet(*(tensor[row : row + 1] for tensor in motifs))
