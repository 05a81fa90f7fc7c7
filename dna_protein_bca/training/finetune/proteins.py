"""The training proteins as the model reads them, step by step."""

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

from .data import Protein

HIDDEN_ABOVE = (0.3, 1.0)
"""Relatives above an identity drawn from this range are hidden, where some are."""


class TrainingProteins:
    """Encodes rows of the training proteins, alike whatever part of a batch asks for them.

    Args:
        proteins: all of them.
        context: motifs of measured proteins, where they travel with the initial weights.
        hide: share of proteins that see their distant relatives only, at a step.
        seed: what is hidden depends on (seed, step, protein) alone.
        frozen: the readers never change, so that each protein is read once.
    """

    def __init__(
        self,
        model: BindingModel,
        proteins: Sequence[Protein],
        context: RelativeMotifs | None,
        *,
        hide: float = 0.0,
        seed: int = 0,
        frozen: bool = False,
    ) -> None:
        self.frozen = frozen
        self.inputs = [one.input for one in proteins]
        self.context = context if model.config.matching.relatives else None
        self.hide, self.seed = hide, seed
        self.relatives: list[list[tuple[Relative, float]]] = []
        if self.context is not None:
            self.relatives = [
                self._relatives(self.context, one, model.config.matching.relatives)
                for one in proteins
            ]
        self._readings: dict[int, ProteinReading] = {}

    def encode(
        self, model: BindingModel, rows: np.ndarray, step: int | None = None
    ) -> ProteinState:
        """State of some proteins; a `step` hides relatives as that step does."""
        if not self.frozen:
            device = next(model.parameters()).device
            reading = model.read(collate([self.inputs[row] for row in rows]).to(device))
        else:
            reading = self._read_once(model, rows)
        if self.context is None:
            return model.assemble(reading)
        seen = [self._seen(int(row), step) for row in rows]
        batch = self.context.collate(seen).to(reading.latents.device)
        return model.assemble(reading, batch)

    def _relatives(
        self, context: RelativeMotifs, protein: Protein, count: int
    ) -> list[tuple[Relative, float]]:
        """The relatives that are read, with their plain identities."""
        states = match_states(protein.record.sequence, protein.domains)
        plain = context.measured.identities(states)
        return [(one, float(plain[one.row])) for one in context.nearest_to(states, count)]

    def _seen(self, row: int, step: int | None) -> list[Relative]:
        limit = math.inf
        if step is not None:
            rng = np.random.default_rng((self.seed, step, row))
            if rng.random() < self.hide:
                limit = rng.uniform(*HIDDEN_ABOVE)
        return [one for one, identity in self.relatives[row] if identity < limit]

    def _read_once(self, model: BindingModel, rows: np.ndarray) -> ProteinReading:
        """Readings of frozen readers, kept from their first use on."""
        device = next(model.parameters()).device
        # The moving average's readers equal the model's, as neither changes.
        model.members.eval()
        for row in map(int, rows):
            if row not in self._readings:
                # In float32 whoever asks first: a training in mixed precision, or a validation.
                with torch.no_grad(), torch.autocast(device.type, enabled=False):
                    self._readings[row] = model.read(collate([self.inputs[row]]).to(device))
        return ProteinReading.stack([self._readings[int(row)] for row in rows])
