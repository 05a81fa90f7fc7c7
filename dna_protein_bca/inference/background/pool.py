"""Windows of background DNA, rich in good matches, and how often background DNA has such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dna_protein_bca.model.matching import log_weights

from .dna import BackgroundDNA
from .members import Member, middle_match, window_width
from .planting import Proposal, draw_sites, log_excess, mixture, proposal

ROUNDS = (12_000, 20_000, 28_000)
"""Windows that are drawn in each round; every round learns from those before it what to plant."""

READ = 40_000
"""Windows that are read of a FASTA file."""

PLAIN = 0.2
OWN = 0.15
LEARNED = 0.45
MISSED = 0.2
"""Shares of the windows that are background DNA as it is, or are drawn from the protein's own
motifs, from motifs of the best windows so far, and around windows that were drawn too seldom."""

HEAVIEST = 8
SHARPNESS = (0.4, 0.7, 1.0, 1.4)
"""How many of a protein's motifs are planted, and by which powers their log-odds count: few of the
sites with a p-value of 1e-3 fit the motif as well as its sites do, and most of those with 1e-9 fit
better."""

BANDS = 10 ** -np.arange(1, 10.1, 0.5)
"""p-values of the match between which a motif is made of the windows."""

FREQUENT = slice(2, 10)
"""Those from 1e-2 to 1e-6, of which a record of some hundred bases is likely to hold the best."""

FLAT_WINDOWS = 8
"""Windows of background DNA that are added to those that a motif is made of."""

RAREST = 16
KEPT = 0.6
"""Windows that were drawn most seldom for how rare they are, and the chance that a base stays as it
is in what is drawn around them."""


class Pool(NamedTuple):
    """Windows of background DNA around a middle base.

    Attributes:
        windows: uint8 [n, width].
        match: float32 [n], of the better strand; see `middle_match`.
        weight: float64 [n], how often background DNA has each; they sum to about 1.
        planted: motifs of sites that records hold by chance.
        tiles: uint8 [n, tile], the DNA around each; None where that is drawn anew.
        at: int64 [n], the place of the middle base in it.
    """

    windows: np.ndarray
    match: np.ndarray
    weight: np.ndarray
    planted: Proposal
    tiles: np.ndarray | None = None
    at: np.ndarray | None = None


def draw_pool(members: Sequence[Member], dna: BackgroundDNA, rng: np.random.Generator) -> Pool:
    """Windows of independent bases by adaptive importance sampling.

    The weights are those of deterministic mixtures (Veach and Guibas, SIGGRAPH 1995): a window
    counts as its chance in the background over its mean chance in all rounds.
    """
    own = motif_proposal(members, dna)
    planted = own
    drawn: list[tuple[int, Proposal]] = []
    seldom: list[np.ndarray] = []
    windows = np.empty((0, window_width(members)), np.uint8)
    match, chance = np.empty((0, 2), np.float32), np.empty(0)
    for count in ROUNDS:
        if drawn:
            learned = _motifs_of(windows, match, 1 / chance, dna)
            seldom.append(_around(windows, match.max(1), 1 / chance))
            parts = [own, proposal(learned, dna), proposal(np.concatenate(seldom), dna)]
            planted = mixture(parts, (OWN, LEARNED, MISSED))
        new = dna.draw(rng, count, windows.shape[1])
        plain = int(PLAIN * count)
        new[plain:] = draw_sites(planted, count - plain, dna, rng)
        chance = chance + count * _likelier(windows, planted)
        windows = np.concatenate((windows, new))
        drawn.append((count, planted))
        earlier = [number * _likelier(new, each) for number, each in drawn]
        chance = np.append(chance, np.sum(earlier, axis=0))
        match = np.concatenate((match, middle_match(members, new)))
    frequent = mixture([own, proposal(learned[FREQUENT], dna)], (OWN, LEARNED))
    return Pool(windows, match.max(1), 1 / chance, frequent)


def read_pool(
    members: Sequence[Member],
    dna: BackgroundDNA,
    place: np.ndarray,
    planted: Proposal,
    rng: np.random.Generator,
) -> Pool:
    """Windows of the DNA of a FASTA file, as they come.

    Args:
        place: float64 [tile], the chance of each position of a tile to be a window's middle.
    """
    width, tile = window_width(members), len(place)
    tiles = dna.draw(rng, READ, tile)
    at = rng.choice(tile, READ, p=place)
    windows = tiles[np.arange(READ)[:, None], at[:, None] + np.arange(width) - width // 2]
    match = middle_match(members, windows).max(1)
    return Pool(windows, match, np.full(READ, 1 / READ), planted, tiles, at)


def _likelier(windows: np.ndarray, planted: Proposal) -> np.ndarray:
    """How much likelier windows are in a round than in the background: float64 [n]."""
    excess: np.ndarray = np.exp(log_excess(windows, planted, hang=False))
    return PLAIN + (1 - PLAIN) * excess


def motif_proposal(members: Sequence[Member], dna: BackgroundDNA) -> Proposal:
    """The motifs that say most in a protein's scores, blunt to sharp, against a background."""
    odds, width = [], window_width(members)
    for member in members:
        motifs = member.block.state.motifs
        most = log_weights(motifs, member.scorer.model.config.matching.inverse_temperature)[0]
        order = np.argsort(-most.cpu().numpy(), kind="stable")[:HEAVIEST]
        # Padding of a protein in a block with others.
        order = order[motifs.present[0].cpu().numpy()[order]]
        # Rounded, so that what is drawn does not hang on the last digit of a float32.
        columns = motifs.log_odds[0].cpu().numpy()[order].round(3)
        aside = (width - columns.shape[1]) // 2
        odds.append(np.pad(columns, ((0, 0), (aside, aside), (0, 0))))
    return proposal(np.concatenate([power * np.concatenate(odds) for power in SHARPNESS]), dna)


def _motifs_of(
    windows: np.ndarray, match: np.ndarray, weight: np.ndarray, dna: BackgroundDNA
) -> np.ndarray:
    """Log-odds of the bases of windows whose match has a p-value in each of `BANDS`: [b, width, 4].

    Args:
        windows: uint8 [n, width]; match: float32 [n, 2], of both strands; weight: float64 [n].
    """
    order = np.argsort(-match.max(1), kind="stable")
    above = np.cumsum(weight[order])
    fractions = np.array(dna.fractions)
    odds = []
    for last, first in np.searchsorted(above, np.stack((BANDS[:-1], BANDS[1:]), 1)):
        chosen = order[min(first, len(order) - 50) : max(last, first + 50)]
        turned = match[chosen, 1] > match[chosen, 0]
        read = np.where(turned[:, None], 3 - windows[chosen, ::-1], windows[chosen])
        share = weight[chosen] / weight[chosen].sum()
        effective = 1 / (share**2).sum()
        bases = np.stack([share @ (read == base) for base in range(4)], axis=1)
        bases = (effective * bases + FLAT_WINDOWS * fractions) / (effective + FLAT_WINDOWS)
        odds.append(np.log(bases / fractions))
    return np.array(odds).round(3)


def _around(windows: np.ndarray, match: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Log-odds that draw windows like those which count most for how rare they are: [c, width, 4].

    A way to bind that no motif draws shows as a few windows of great weight.
    """
    order = np.argsort(-match, kind="stable")
    above = np.cumsum(weight[order])
    share = np.where(above < BANDS[0], weight[order] / above, 0)
    # The very best are their own p-value, whatever their weight is.
    share[:30] = 0
    rarest = order[np.argsort(-share, kind="stable")[:RAREST]]
    odds = np.log([(1 - KEPT) / 3 / 0.25, KEPT / 0.25])
    around: np.ndarray = odds[(windows[rarest, :, None] == np.arange(4)).astype(int)]
    return around
