"""Training proteins as a model meets new ones: some residues unknown, near relatives missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.relative_motifs import RelativeMotifs
from dna_protein_bca.model.states import ProteinReading, ProteinState
from dna_protein_bca.proteins.features import ProteinInput, collate
from dna_protein_bca.proteins.identity import MatchStates
from dna_protein_bca.proteins.relatives import Relative

from ..specificity_task import hide

NEIGHBOURS = 640
"""The nearest relatives of a training protein; of them those above a random identity are hidden."""


@dataclass(frozen=True)
class HidingConfig:
    """What is hidden of training proteins, which the members know by heart.

    Little by default: where the match is poor, the joint stage learns to tell the motif from the
    tokens of a protein that the member knows, which says nothing of new ones.

    Attributes:
        hide: relatives above an identity drawn from this range are hidden, so that the model
            learns what distant ones are worth.
        alone: share of proteins without any relative.
        blind: share of proteins whose decoded motifs count less.
        hidden: share of residues hidden from the members, drawn from this range for each protein:
            they have learned the training proteins by heart, and read new ones less well.
        tokens: share of the tokens that stand for a protein that are hidden, each by chance.
        readings: of each protein, with other residues hidden in each.
    """

    hide: tuple[float, float] = (0.6, 1.0)
    alone: float = 0.05
    blind: float = 0.0
    hidden: tuple[float, float] = (0.0, 0.15)
    tokens: float = 0.3
    readings: int = 2


class HiddenProteins:
    """States of training proteins, read when they are first asked for.

    Args:
        model: its members are finished.
        proteins: the training proteins.
        relative_motifs: training proteins as relatives of each other.
        config: what is hidden.
        seed: of the residues that are hidden.
    """

    def __init__(
        self,
        model: BindingModel,
        proteins: Sequence[ProteinInput],
        relative_motifs: RelativeMotifs,
        config: HidingConfig,
        seed: int,
    ) -> None:
        self.model, self.proteins, self.config, self.seed = model, proteins, config, seed
        self.relative_motifs = relative_motifs
        self._readings: dict[tuple[int, int], ProteinReading] = {}
        self._relatives: dict[int, list[tuple[Relative, float]]] = {}

    def states(
        self, rows: np.ndarray, rng: np.random.Generator, *, background: bool = True
    ) -> ProteinState:
        """Proteins with some of their relatives hidden, in the model as it is now.

        Args:
            background: False where scores of different proteins need not compare, which is fast.
        """
        c = self.config
        reading = ProteinReading.stack(
            [self.reading(int(row), int(rng.integers(c.readings))) for row in rows]
        )
        shown: list[list[Relative]] = []
        for row in rows:
            limit = 0.0 if rng.random() < c.alone else rng.uniform(*c.hide)
            near = [relative for relative, plain in self.relatives(int(row)) if plain <= limit]
            shown.append(near[: self.model.config.matching.relatives])
        less = torch.from_numpy(np.where(rng.random(len(rows)) < c.blind, -3.0, 0.0)).float()
        decoded = reading.motifs._replace(weight=reading.motifs.weight + less[:, None])
        batch = self.relative_motifs.collate(shown)
        state = self.model.assemble(reading._replace(motifs=decoded), batch, background=background)
        kept = torch.from_numpy(rng.random(state.latents.shape[:2]) >= c.tokens)
        return replace(state, latents=state.latents * kept[..., None])

    @torch.inference_mode()
    def reading(self, row: int, number: int) -> ProteinReading:
        """One of the readings of a protein."""
        key = row, number
        if key not in self._readings:
            rng = np.random.default_rng((self.seed, *key))
            protein = hide(self.proteins[row], rng.uniform(*self.config.hidden), rng)
            training = self.model.training
            self.model.eval()
            self._readings[key] = _copy(self.model.read(collate([protein])))
            self.model.train(training)
        return self._readings[key]

    def relatives(self, row: int) -> list[tuple[Relative, float]]:
        """The nearest relatives of a protein, itself left out, with their plain identities."""
        if row not in self._relatives:
            measured = self.relative_motifs.measured
            name = self.proteins[row].id
            own = measured.rows.get(name)
            # A protein without a known domain, which is read as a whole, has no relatives.
            domains: MatchStates = {} if own is None else measured.proteins[own].domains
            plain = measured.identities(domains)
            nearest = self.relative_motifs.nearest_to(domains, NEIGHBOURS, [name])
            self._relatives[row] = [(each, float(plain[each.row])) for each in nearest]
        return self._relatives[row]


def _copy(reading: ProteinReading) -> ProteinReading:
    """A reading outside of inference mode, so that a gradient may pass through what uses it."""
    with torch.inference_mode(False):
        motifs, *rest = reading
        motifs = type(motifs)(*(tensor.clone() for tensor in motifs))
        return ProteinReading(motifs, *(tensor.clone() for tensor in rest))
