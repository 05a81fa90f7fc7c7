"""The training proteins as the model encodes them, step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.relative_motifs import RelativeMotifs
from dna_protein_bca.model.states import ProteinReading, ProteinState
from dna_protein_bca.proteins.features import collate
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import Relative
from dna_protein_bca.training.finetune.data import Protein

from .own_motifs import OwnMotifs, OwnRelatives, own_motifs

HIDDEN_ABOVE = (0.3, 1.0)
"""Relatives above an identity drawn from this range are hidden, where some are."""


class TrainingProteins:
    """Encodes training proteins, alike whatever part of a batch asks for them.

    Args:
        proteins: all of them.
        relative_motifs: motifs of measured proteins, where they travel with the initial weights.
        hide: share of proteins that are shown their distant relatives only, at a step.
        seed: what is hidden depends on (seed, step, protein) alone.
        frozen: the members never change, so that each protein is read once.
    """

    def __init__(
        self,
        model: BindingModel,
        proteins: Sequence[Protein],
        relative_motifs: RelativeMotifs | None,
        *,
        hide: float = 0.0,
        seed: int = 0,
        frozen: bool = False,
    ) -> None:
        self.frozen = frozen
        self.proteins, self.inputs = proteins, [protein.input for protein in proteins]
        self.count = model.config.matching.relatives
        self.relative_motifs = relative_motifs if self.count else None
        self.hide, self.seed = hide, seed
        self.relatives: list[list[tuple[Relative, float]]] = []
        if self.relative_motifs is not None:
            self.relatives = self._nearest(self.relative_motifs)
        self._own: OwnRelatives | None = None
        self._readings: dict[int, ProteinReading] = {}

    def learn_own(self, own: OwnMotifs, saved: RelativeMotifs) -> None:
        """From now on the members never change, and the proteins learn motifs of their own.

        Each is shown what a prediction with the saved weights reads: its nearest relatives, itself
        and other training proteins among them. None is hidden: nothing would learn to do without.

        Args:
            saved: the measured proteins of this training, and behind them those of `own`.
        """
        assert self.relative_motifs is not None, "own motifs are read beside those of relatives"
        self.frozen, self.hide = True, 0.0
        first = len(self.relative_motifs.measured)
        nearest = self._nearest(saved)
        self.relatives = [[each for each in of if each[0].row < first] for of in nearest]
        learned = [
            [(one.row - first, one.identity) for one, _ in of if one.row >= first] for of in nearest
        ]
        self._own = OwnRelatives.of(learned, own.counts)

    def _nearest(self, relative_motifs: RelativeMotifs) -> list[list[tuple[Relative, float]]]:
        """Of each protein the relatives whose motifs are read, with their plain identities."""
        found = []
        for protein in self.proteins:
            states = match_states(protein.record.sequence, protein.domains)
            identity = relative_motifs.measured.identities(states)
            nearest = relative_motifs.nearest_to(states, self.count)
            found.append([(relative, float(identity[relative.row])) for relative in nearest])
        return found

    def encode(
        self, model: BindingModel, rows: np.ndarray, step: int | None = None
    ) -> ProteinState:
        """State of some proteins, int64 [p]; a `step` hides relatives as that step does."""
        if not self.frozen:
            device = next(model.parameters()).device
            reading = model.read(collate([self.inputs[row] for row in rows]).to(device))
        else:
            reading = self._read_once(model, rows)
        if self.relative_motifs is None:
            return model.assemble(reading)
        shown = [self._shown(int(row), step) for row in rows]
        batch = self.relative_motifs.collate(shown).to(reading.latents.device)
        if self._own is not None and (own := own_motifs(model)) is not None:
            batch = own.added(batch, self._own.take(rows))
        return model.assemble(reading, batch)

    def _shown(self, row: int, step: int | None) -> list[Relative]:
        """The relatives of a protein that are not hidden."""
        limit = math.inf
        if step is not None:
            rng = np.random.default_rng((self.seed, step, row))
            if rng.random() < self.hide:
                limit = rng.uniform(*HIDDEN_ABOVE)
        return [relative for relative, identity in self.relatives[row] if identity < limit]

    def _read_once(self, model: BindingModel, rows: np.ndarray) -> ProteinReading:
        """Readings of frozen members, stored from their first use on."""
        device = next(model.parameters()).device
        # The moving average's members equal the model's, as neither changes.
        model.members.eval()
        for row in map(int, rows):
            if row not in self._readings:
                # In float32 whoever asks first: a training in mixed precision, or a validation.
                with torch.no_grad(), torch.autocast(device.type, enabled=False):
                    self._readings[row] = model.read(collate([self.inputs[row]]).to(device))
        return ProteinReading.stack([self._readings[int(row)] for row in rows])
