"""The baselines that need no training: the nearest measured protein, and twenty relatives.

They are defined as in the data set of binding specificities; see `motifs.votes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import kmer_scores
from dna_protein_bca.motifs.votes import protein_votes, vote_weights
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.relatives import VOTING_RELATIVES, MeasuredProteins, Relative

from .motif_scan import best_odds

NEAREST_TIES = 5
"""Proteins that `nn` averages at most, where several share the top identity."""

MotifScorer = Callable[[Sequence[np.ndarray]], np.ndarray]
"""Motifs, base probabilities [width, 4] each -> their log-odds on some DNA, float [motifs, dna]."""


class RelativeScores:
    """What the motifs of measured proteins say about some DNA, stored for further queries.

    Args:
        measured: where relatives and their motifs are from.
        score_motifs: -inf for DNA that is too short.
        count: number of DNAs.
    """

    def __init__(self, measured: MeasuredProteins, score_motifs: MotifScorer, count: int) -> None:
        self.measured, self.score_motifs, self.count = measured, score_motifs, count
        self._odds: dict[int, np.ndarray] = {}
        self._votes: dict[int, np.ndarray] = {}

    @classmethod
    def on_dna(cls, measured: MeasuredProteins, dna: Sequence[str]) -> RelativeScores:
        """Scores of sequences of any lengths."""
        return cls(measured, partial(best_odds, dna=dna), len(dna))

    @classmethod
    def on_kmers(cls, measured: MeasuredProteins) -> RelativeScores:
        """Scores of all 8-mers, in the order of `canonical_kmers(8)`."""
        return cls(measured, _kmer_odds, len(canonical_kmers(8)))

    def nearest(self, relatives: Sequence[Relative]) -> np.ndarray:
        """The baseline `nn`: the motifs of the most similar protein.

        Args:
            relatives: by falling identity; those without a motif do not count.

        Returns:
            float [dna]: log-odds averaged over a protein's motifs, and over at most five proteins
            that share the top identity; NaN without a relative.
        """
        relatives = self.with_motifs(relatives)
        top = [r for r in relatives if r.identity == relatives[0].identity][:NEAREST_TIES]
        if not top:
            return np.full(self.count, np.nan)
        self.prepare(top)
        return np.mean([self._odds[relative.row] for relative in top], axis=0)

    def twenty(self, relatives: Sequence[Relative], n: int = VOTING_RELATIVES) -> np.ndarray:
        """The baseline `relatives20`: votes of the nearest relatives, by identity.

        Args:
            relatives: by falling identity; the first `n` that have a motif count.

        Returns:
            float [dna]: votes averaged with weights exp(12 x identity); NaN without a relative.
        """
        relatives = self.with_motifs(relatives)[:n]
        if not relatives:
            return np.full(self.count, np.nan)
        weights = vote_weights([relative.identity for relative in relatives])
        average: np.ndarray = weights @ self.votes(relatives)
        return average

    def votes(self, relatives: Sequence[Relative]) -> np.ndarray:
        """Each relative's votes on the DNA, over which scores are standardised; see `motifs.votes`.

        Returns:
            float32 [relatives with a motif, dna].
        """
        relatives = self.with_motifs(relatives)
        self.prepare(relatives)
        rows = [self._votes[relative.row] for relative in relatives]
        return np.array(rows, np.float32).reshape(-1, self.count)

    def with_motifs(self, relatives: Iterable[Relative]) -> list[Relative]:
        """The relatives that have a motif."""
        return [relative for relative in relatives if self._motifs(relative.row)]

    def prepare(self, relatives: Iterable[Relative]) -> None:
        """Score the motifs of these relatives at once, which is faster than one at a time."""
        rows = sorted({relative.row for relative in relatives} - self._odds.keys())
        motifs = [(row, motif) for row in rows for motif in self._motifs(row)]
        if not motifs:
            return
        odds = self.score_motifs([motif for _, motif in motifs])
        owner = np.array([row for row, _ in motifs])
        for row in rows:
            of_protein = odds[owner == row].astype(np.float64)
            finite = np.isfinite(of_protein).all(0)
            of_protein[:, ~finite] = of_protein[:, finite].min() if finite.any() else 0.0
            self._odds[row] = of_protein.mean(0).astype(np.float32)
            self._votes[row] = protein_votes(of_protein)

    def _motifs(self, row: int) -> tuple[np.ndarray, ...]:
        return self.measured.proteins[row].motifs


def _kmer_odds(motifs: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack([kmer_scores(motif) for motif in motifs])


def nearest_kmer_scores(measured: MeasuredProteins, relatives: Sequence[Relative]) -> np.ndarray:
    """`nn` of all 8-mers, float [32,896]; 0 without a relative."""
    return np.nan_to_num(RelativeScores.on_kmers(measured).nearest(relatives))


def relatives_kmer_scores(
    measured: MeasuredProteins, relatives: Sequence[Relative], n: int = VOTING_RELATIVES
) -> np.ndarray:
    """`relatives20` of all 8-mers, float [32,896]; 0 without a relative."""
    return np.nan_to_num(RelativeScores.on_kmers(measured).twenty(relatives, n))


def relatives_matrices(
    measured: MeasuredProteins,
    proteins: Sequence[tuple[str, str]],
    dna: Sequence[str],
    threads: int = 0,
) -> dict[str, np.ndarray]:
    """Both baselines for proteins (id, sequence) on DNA: `nn`, `relatives20`, float32 [p, d].

    Args:
        threads: of the domain search; 0 for all cores.
    """
    scores = RelativeScores.on_dna(measured, dna)
    relatives = [
        scores.with_motifs(measured.nearest(domains, sequence, None))[:VOTING_RELATIVES]
        for (_, sequence), domains in zip(
            proteins, find_domains(proteins, threads=threads), strict=True
        )
    ]
    scores.prepare(relative for of_protein in relatives for relative in of_protein)
    return {
        "nn": np.stack([scores.nearest(nearest) for nearest in relatives]).astype(np.float32),
        "relatives20": np.stack([scores.twenty(nearest) for nearest in relatives]).astype(
            np.float32
        ),
    }
