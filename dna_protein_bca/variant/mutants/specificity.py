"""Scores of all 8-mers by a protein's motifs alone: fast enough for thousands of mutants.

A motif's score on an 8-mer is the best log-odds over both strands and all offsets
(`motifs.pwm.kmer_scores`); motifs vote as they do in the model, with the same weights. What the
joint transformer adds is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.inference.scoring import Scorer
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.model.matching import LOG_BACKGROUND, MotifSet
from dna_protein_bca.model.relative_motifs import (
    RelativeBatch,
    RelativeMotifs,
    relative_motifs,
)
from dna_protein_bca.motifs.pwm import kmer_scores, standard_kmer_scores
from dna_protein_bca.motifs.votes import votes
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.features import ProteinInput, collate
from dna_protein_bca.proteins.relatives import Relative

BOUND = 130
"""8-mers of the wild type that count as bound, the best ones, as in the data set of binding
specificities: 0.4% of all 32,896."""

PROTEINS = 32
"""Proteins that the encoders read together."""

KEPT = 512
"""Motifs whose votes are kept: 32,896 float32 each."""


class KmerScores(NamedTuple):
    """What a protein's motifs say of all 8-mers.

    Attributes:
        score: float32 [32,896], in the order of `canonical_kmers(8)`, in the units of scores; 0 is
            the log of the mean odds over all 8-mers.
        lost: nats that the protein has lost by residues that its family hardly ever lacks
            (`model.invariants`), in the same units; not taken from `score`.
    """

    score: np.ndarray
    lost: float


class Difference(NamedTuple):
    """How a mutant's 8-mers differ from the wild type's.

    Attributes:
        specificity_change: 1 less the Pearson correlation of the scores, 0 to 2.
        gained, lost: 8-mers whose score passes that of the wild type's 130th best, or no longer.
            None where it is not known.
    """

    specificity_change: float | None
    gained: int | None
    lost: int | None


def compare_kmers(wild: KmerScores, mutant: KmerScores, loss: float) -> Difference:
    """A mutant's 8-mers beside the wild type's.

    Args:
        loss: nats taken from all of the mutant's scores, see `mutant_loss`.
    """
    threshold = np.partition(wild.score, -BOUND)[-BOUND]
    before = wild.score >= threshold
    after = mutant.score - (loss + mutant.lost - wild.lost) >= threshold
    change = 1 - float(np.corrcoef(wild.score, mutant.score)[0, 1])
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    return Difference(max(0.0, change), gained, lost)


def mean_scores(by_set: Sequence[KmerScores | None]) -> KmerScores | None:
    """The mean over sets of weights; None where one knows no domain of the protein."""
    known = [each for each in by_set if each is not None]
    if len(known) < len(by_set):
        return None
    score = np.mean([each.score for each in known], axis=0)
    return KmerScores(score, float(np.mean([each.lost for each in known])))


class KmerSpecificity:
    """Scores 8-mers by motifs.

    Args:
        scorer: of the predictor, whose model is read.
        relatives: motifs of measured proteins, None where the model reads none.
    """

    def __init__(self, scorer: Scorer, relatives: RelativeMotifs | None) -> None:
        self.scorer, self.model, self.relatives = scorer, scorer.model, relatives
        self._rows: dict[tuple[int, int], int] = {}
        self._votes = np.empty((KEPT, 0), np.float32)

    def scores(
        self, records: Sequence[SequenceRecord], domains: Sequence[Sequence[Domain]]
    ) -> Iterator[KmerScores | None]:
        """The 8-mers of each protein; None for one without a known domain.

        Args:
            domains: of the proteins, from `find_domains`.
        """
        proteins = list(zip(records, domains, strict=True))
        for first in range(0, len(proteins), PROTEINS):
            part = proteins[first : first + PROTEINS]
            inputs = [self.model.features(*each) for each in part]
            known = [row for row, item in enumerate(inputs) if item.dbd != "none"]
            found: list[KmerScores | None] = [None] * len(part)
            if known:
                scores = self._batch([inputs[row] for row in known], [part[row] for row in known])
                for row, each in zip(known, scores, strict=True):
                    found[row] = each
            yield from found

    @torch.inference_mode()
    def _batch(
        self,
        inputs: Sequence[ProteinInput],
        proteins: Sequence[tuple[SequenceRecord, Sequence[Domain]]],
    ) -> Iterator[KmerScores]:
        """Of some proteins with domains."""
        c = self.model.config.matching
        batch = collate(inputs).to(self.scorer.device)
        with self.scorer.autocast():
            decoded = [_arrays(member(batch).motifs) for member in self.model.members]
            lost = self.model.invariants(batch).cpu().numpy()
        near: list[list[Relative]] = [[] for _ in inputs]
        if self.relatives is not None:
            near = [self.relatives.nearest(known, r.sequence, c.relatives) for r, known in proteins]
        for row in range(len(inputs)):
            own = np.mean([self._decoded(motifs, row) for motifs in decoded], axis=0)
            mixed = self._mixed(own, near[row], batch.finger_mask[row : row + 1].any(1))
            score = c.scale * np.log(np.maximum(mixed, np.finfo(np.float32).tiny))
            top = score.max()
            score -= top + np.log(np.exp(score - top).mean())
            # In the units of scores, as `BindingModel.assemble` has it.
            yield KmerScores(score, float(c.scale * c.inverse_temperature * lost[row]))

    def _decoded(self, motifs: MotifSet, row: int) -> np.ndarray:
        """The votes of one member's motifs of a protein, with mean 1: float32 [8-mers]."""
        c = self.model.config.matching
        weight, gain, shift, ceiling = (
            np.asarray(values[row])[:, None]
            for values in (motifs.weight, motifs.gain, motifs.shift, motifs.ceiling)
        )
        present = np.flatnonzero(np.asarray(motifs.present[row])).tolist()
        scores = np.stack([kmer_scores(_probabilities(motifs, row, k)) for k in present])
        fit = np.minimum(gain[present] * scores + shift[present], ceiling[present])
        fit = np.logaddexp.reduce(weight[present] + fit, axis=0)
        if c.standardise:
            fit = (fit - fit.mean()) / max(float(fit.std()), 1e-3)
        voted = votes(fit, c.inverse_temperature)
        return (voted / voted.mean()).astype(np.float32)

    def _mixed(self, own: np.ndarray, near: Sequence[Relative], array: Tensor) -> np.ndarray:
        """A protein's own votes and its relatives', with the shares that the model gives them."""
        if self.relatives is None or not near:
            return own
        batch = self.relatives.collate([near]).to(self.scorer.device)
        share = float(self.model.decoded_logit(array, batch).sigmoid())
        weight = self._weights(near, batch)
        others = weight @ self._votes[: len(weight)]
        return share * own + (1 - share) * others / others.mean()

    def _weights(self, near: Sequence[Relative], batch: RelativeBatch) -> np.ndarray:
        """The weight of each motif whose votes are kept: float32, in the order of `_votes`."""
        assert self.relatives is not None
        motifs = [
            (relative.row, number)
            for relative in near
            for number in range(self.relatives.count(relative.row))
        ]
        if len(self._rows.keys() | set(motifs)) > KEPT or not self._votes.shape[1]:
            self._rows = {}
        for row, number in motifs:
            if (row, number) not in self._rows:
                self._keep(row, number, max(KEPT, len(motifs)))
        weight = np.zeros(len(self._rows), np.float32)
        given = relative_motifs(batch, self.model.sharpness).weight[0].exp().cpu().numpy()
        np.add.at(weight, [self._rows[motif] for motif in motifs], given[: len(motifs)])
        return weight

    def _keep(self, row: int, number: int, most: int) -> None:
        """Work out the votes of a measured motif."""
        assert self.relatives is not None
        z = standard_kmer_scores(self.relatives.measured.proteins[row].motifs[number])
        if len(self._votes) < most or not self._votes.shape[1]:
            self._votes = np.empty((most, len(z)), np.float32)
        self._votes[len(self._rows)] = votes(z, self.model.config.matching.inverse_temperature)
        self._rows[row, number] = len(self._rows)


def _arrays(motifs: MotifSet) -> MotifSet:
    """The same motifs on the CPU."""
    return MotifSet(*(tensor.float().cpu() for tensor in motifs))


def _probabilities(motifs: MotifSet, row: int, motif: int) -> np.ndarray:
    """Base probabilities of a motif: float32 [width, 4]."""
    probabilities: np.ndarray = (motifs.log_odds[row, motif] + LOG_BACKGROUND).exp().numpy()
    return probabilities
