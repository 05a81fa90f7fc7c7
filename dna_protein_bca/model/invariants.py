"""Residues that a family hardly ever lacks, and what a protein without them has lost.

No motif tells of a protein that binds nothing: all that were measured bind. What nearly all of a
family share is the next best evidence: asparagine 51 of a homeodomain, say.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from dna_protein_bca.io.tokenizers import AMINO_ACIDS, ProteinTokenizer
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.proteins.features import (
    MAX_ORDINAL,
    ProteinBatch,
    profile_rows,
    profile_starts,
)
from dna_protein_bca.proteins.relatives import MeasuredProteins

SHARE, FEWEST = 0.95, 100
"""A match state is invariant where this share of at least so many domains has one residue. Fewer
domains cannot tell: of families with twenty, one validation protein in twenty lacks such a residue,
and all of these bind."""

CEILING = 3.0
"""Nats that a protein can lose: measured proteins lack such residues, too, and bind."""

_TOKENIZER = ProteinTokenizer()
_IDS = _TOKENIZER.encode([AMINO_ACIDS]).ids[0].long()
_LETTERS = np.frombuffer(AMINO_ACIDS.encode(), dtype=np.uint8)


class Invariants(nn.Module):
    """The invariant match states of all profiles; none until `learn`.

    Attributes:
        cost: float [match states, residues], log of how much likelier the residue is by a random
            substitution than in a measured domain; 0 where it is not, and where any residue does.
    """

    def __init__(self, lengths: tuple[int, ...]) -> None:
        super().__init__()
        self.cost: Tensor
        self.start: Tensor
        self.register_buffer("cost", torch.zeros(sum(lengths), _TOKENIZER.vocab_size))
        self.register_buffer("start", profile_starts(lengths), persistent=False)

    def learn(self, measured: MeasuredProteins) -> None:
        """Count the residues of measured proteins; of the families of `profile_lengths`."""
        domains: dict[str, list[np.ndarray]] = {}
        for protein in measured.proteins:
            for family, letters in protein.domains.items():
                domains.setdefault(family, []).append(letters)
        self.cost.zero_()
        for start, family in zip(self.start.tolist(), profile_lengths(), strict=True):
            if family not in domains:
                continue
            count = (np.concatenate(domains[family])[..., None] == _LETTERS).sum(0)
            total = count.sum(1)
            for state in np.flatnonzero((total >= FEWEST) & (count.max(1) >= SHARE * total)):
                random = 1 / (len(AMINO_ACIDS) - 1)
                # One more domain, whose residue is random, so that nothing is impossible.
                natural = (count[state] + random) / (total[state] + 1)
                odds = torch.from_numpy(np.log(random / natural)).clamp(min=0).to(self.cost)
                self.cost[start + state, _IDS] = odds

    def forward(self, batch: ProteinBatch) -> Tensor:
        """What the most intact domain of each protein has lost: float [p], nats, 0 to `CEILING`.

        Domains of families without invariant states do not count; a match state without a residue
        and an unknown residue cost nothing.
        """
        row, known = profile_rows(batch, self.start)
        invariant = known & (self.cost.amax(1)[row] > 0)
        domains = self.cost.new_zeros(len(row), MAX_ORDINAL + 1)
        cost = self.cost[row, batch.residues] * invariant
        lost = domains.scatter_add(1, batch.ordinal, cost)
        there = domains.scatter_add(1, batch.ordinal, invariant.to(cost)) > 0
        least = lost.masked_fill(~there, torch.inf).amin(1)
        return torch.where(there.any(1), least.clamp(max=CEILING), 0.0)
