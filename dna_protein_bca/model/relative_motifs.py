"""Relatives as the model reads them: the motifs of the measured proteins most like this one."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import BACKGROUND, log_odds
from dna_protein_bca.motifs.votes import Z_CEILING
from dna_protein_bca.proteins.contact_identity import ContactIdentities
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.identity import MatchStates, match_states
from dna_protein_bca.proteins.relatives import (
    LEARNED,
    MeasuredProtein,
    MeasuredProteins,
    Relative,
)

from .matching import MASKED, MotifSet, fit_motifs

MOTIFS_EACH = 4
"""Motifs of one relative that are read: those measured often have tens that hardly differ."""

EMPHASIS, EMPHASIS_ABOVE = 3.0, 0.9
"""Log of how many times more a motif counts for the protein from whose pairs it was learned than by
its identity, and the identity up to which it counts no more than others."""

SAMPLE_STRIDE = 13
"""Scores are standardised over every thirteenth canonical 8-mer: 2,531 of 32,896."""

RANDOM_BP = 101
"""Length in bp of the random DNA whose mean odds are the background of a score."""


class RelativeBatch(NamedTuple):
    """Motifs of relatives of `p` proteins, `r` each; zero columns where nothing was measured.

    Attributes:
        motifs: float [p, r, width, 4], natural log-odds.
        identity: float [p, r], of the relative's DNA-binding domains to the protein's, where
            match states have weights the weighted identity.
        share: float [p, r], log of one over the motifs read of the same relative, and `emphasis`.
        mean, std, norm: float [p, r], what standardises the motif's scores over 8-mers, and the
            log of the mean of its votes, exp(inverse_temperature x min(z, 6)).
        mask: bool [p, r].
    """

    motifs: Tensor
    identity: Tensor
    share: Tensor
    mean: Tensor
    std: Tensor
    norm: Tensor
    mask: Tensor

    def to(self, device: torch.device | str) -> RelativeBatch:
        """The same batch on another device."""
        return RelativeBatch(*(tensor.to(device) for tensor in self))


@lru_cache(maxsize=4)
def random_bases(count: int) -> Tensor:
    """Base probabilities of the random DNA that is the background, float [count, 101, 4]."""
    ids = np.random.default_rng(0).integers(0, 4, (count, RANDOM_BP))
    return torch.eye(4)[torch.from_numpy(ids)]


@lru_cache(maxsize=1)
def sample_bases() -> Tensor:
    """Base probabilities of the 8-mers over which scores are standardised, float [s, 8, 4]."""
    tokenizer = DNATokenizer()
    ids = tokenizer.encode(canonical_kmers(8)[::SAMPLE_STRIDE]).ids
    return tokenizer.base_probabilities.float()[ids.long()]


def frame(motif: np.ndarray, width: int) -> np.ndarray:
    """A measured motif's log-odds with its information in the middle of `width` columns.

    Args:
        motif: base probabilities [w, 4].

    Returns:
        float32 [width, 4], zero where the motif has no column.
    """
    odds = log_odds(motif)
    bits = (odds * np.exp(odds) / 4).sum(1).clip(0)
    centre = (np.arange(len(odds)) @ bits) / max(float(bits.sum()), 1e-6)
    first = width // 2 - round(float(centre))
    out = np.zeros((width, 4), dtype=np.float32)
    low, high = max(0, -first), min(len(odds), width - first)
    out[first + low : first + high] = odds[low:high]
    return out


def unframed(motif: np.ndarray) -> np.ndarray:
    """Log-odds of a motif that was learned in the model's own columns, where it stays.

    Args:
        motif: base probabilities [width, 4].

    Returns:
        float32 [width, 4]. No base is too rare to count, as it was in the training.
    """
    least = np.finfo(np.float32).tiny
    odds: np.ndarray = np.log(np.maximum(motif, least).astype(np.float32) / np.float32(BACKGROUND))
    return odds


@torch.no_grad()
def scales(motifs: Tensor, inverse_temperature: float = 1.0, chunk: int = 64) -> Tensor:
    """What standardises motifs in the model's columns, at an inverse temperature.

    Args:
        motifs: log-odds, float [m, width, 4].

    Returns:
        float [m, 3]: mean and standard deviation over 8-mers, and the log mean of the votes.
    """
    bases = sample_bases()[None].to(motifs)
    measured = []
    for part in motifs.split(chunk):
        ones, zeros = (part.new_full((1, len(part)), value) for value in (1.0, 0.0))
        motif_set = MotifSet(part[None], zeros, ones, zeros, ones, zeros)
        with torch.autocast(part.device.type, enabled=False):
            fit = fit_motifs(bases, motif_set)[0]
        best = fit.amax((1, 2))
        mean, std = best.mean(0), best.std(0).clamp(min=1e-3)
        z = Z_CEILING - F.softplus(Z_CEILING - (fit - mean) / std)
        norm = (inverse_temperature * z).logsumexp((1, 2)).exp().mean(0).log()
        measured.append(torch.stack((mean, std, norm), dim=1))
    return torch.cat(measured)


class RelativeMotifs:
    """Framed motifs of measured proteins, standardised once, when they are first asked for.

    Args:
        measured: the proteins.
        width, inverse_temperature: of the model that reads them, see `BindingConfig`.
        contacts: family -> weights of its match states in identities, float [match states], see
            `BindingModel.contacts`; None for plain identities.
        contact_penalty: what a close relative with other contacts loses, see `MatchingConfig`.
    """

    def __init__(
        self,
        measured: MeasuredProteins,
        width: int,
        inverse_temperature: float = 1.0,
        contacts: Mapping[str, np.ndarray] | None = None,
        contact_penalty: float = 0.0,
    ) -> None:
        self.measured, self.width, self.inverse_temperature = measured, width, inverse_temperature
        self._contacts, self._contact_penalty = contacts, contact_penalty
        self._known: dict[int, tuple[np.ndarray, list[list[float]]]] = {}

    def nearest(
        self, domains: Sequence[Domain], sequence: str, n: int, exclude: Collection[str] = ()
    ) -> list[Relative]:
        """The `n` most similar measured proteins that have motifs."""
        return self.nearest_to(match_states(sequence, domains), n, exclude)

    def nearest_to(
        self, query: MatchStates, n: int | None, exclude: Collection[str] = ()
    ) -> list[Relative]:
        """`nearest` of a protein of which the match states are known; None for all."""
        nearest = self.measured.nearest_to(query, None, exclude, self._weighted)
        proteins = self.measured.proteins
        return [relative for relative in nearest if proteins[relative.row].motifs][:n]

    @cached_property
    def _weighted(self) -> ContactIdentities | None:
        if self._contacts is None:
            return None
        return ContactIdentities(self.measured, self._contacts, self._contact_penalty)

    def count(self, row: int) -> int:
        """How many motifs of one measured protein are read."""
        return min(MOTIFS_EACH, len(self.measured.proteins[row].motifs))

    def _learn(self, rows: Iterable[int]) -> None:
        """Frame and standardise the motifs of measured proteins, many at a time to be fast."""
        new = sorted({row for row in rows if row not in self._known})
        if not new:
            return
        framed = [self._framed(self.measured.proteins[row]) for row in new]
        known = scales(torch.from_numpy(np.concatenate(framed)), self.inverse_temperature)
        parts = known.split([len(motifs) for motifs in framed])
        for row, motifs, part in zip(new, framed, parts, strict=True):
            self._known[row] = motifs, part.tolist()

    def _framed(self, protein: MeasuredProtein) -> np.ndarray:
        """Log-odds of the motifs of a measured protein that are read: [m, width, 4]."""
        return np.stack(
            [
                unframed(motif)
                if protein.source == LEARNED and len(motif) == self.width
                else frame(motif, self.width)
                for motif in protein.motifs[:MOTIFS_EACH]
            ]
        )

    def collate(self, relatives: Sequence[Sequence[Relative]]) -> RelativeBatch:
        """Padded batch of the relatives of `p` proteins."""
        self._learn(relative.row for of_one in relatives for relative in of_one)
        rows = []
        for of_one in relatives:
            motifs: list[np.ndarray] = []
            numbers: list[tuple[float, ...]] = []
            for relative in of_one:
                framed, known = self._known[relative.row]
                motifs.extend(framed)
                learned = self.measured.proteins[relative.row].source == LEARNED
                share = emphasis(relative.identity, learned=learned) - math.log(len(framed))
                numbers += [(relative.identity, share, *scale) for scale in known]
            rows.append((motifs, numbers))
        count = max([0, *(len(motifs) for motifs, _ in rows)])
        padded = np.zeros((len(rows), count, self.width, 4), dtype=np.float32)
        values = np.zeros((len(rows), count, 5), dtype=np.float32)
        values[..., 3] = 1
        for row, (motifs, numbers) in enumerate(rows):
            if motifs:
                padded[row, : len(motifs)] = motifs
                values[row, : len(motifs)] = numbers
        lengths = torch.tensor([len(motifs) for motifs, _ in rows])
        mask = torch.arange(count) < lengths[:, None]
        identity, shares, mean, std, norm = torch.from_numpy(values).unbind(-1)
        return RelativeBatch(torch.from_numpy(padded), identity, shares, mean, std, norm, mask)


def emphasis(identity: float, *, learned: bool) -> float:
    """What is added to a relative's log weight beside what its identity is worth.

    Motifs learned from a protein's own pairs outweigh those of all its relatives together. With the
    identity this falls to nothing: close mutants score alike, and other proteins are not concerned.

    Args:
        learned: whether its motifs were learned from pairs.
    """
    above = (identity - EMPHASIS_ABOVE) / (1 - EMPHASIS_ABOVE)
    return EMPHASIS * max(0.0, above) if learned else 0.0


def relative_motifs(batch: RelativeBatch, sharpness: Tensor) -> MotifSet:
    """Relatives as one mixture: each votes with the weight exp(sharpness x identity).

    The mean over 8-mers of what they count as together is 1.

    Args:
        batch: at least one relative for some protein; one without any gets `MASKED` weights.
        sharpness: scalar; 12 in the baseline `relatives20`.
    """
    weight = (sharpness * batch.identity + batch.share).masked_fill(~batch.mask, MASKED)
    weight = weight.log_softmax(-1)
    mean = (weight + batch.norm).logsumexp(-1, keepdim=True)
    return MotifSet(
        log_odds=batch.motifs,
        weight=(weight - mean).masked_fill(~batch.mask, MASKED),
        gain=1 / batch.std,
        shift=-batch.mean / batch.std,
        ceiling=torch.full_like(batch.std, Z_CEILING),
        missing=torch.zeros_like(batch.std),
    )
