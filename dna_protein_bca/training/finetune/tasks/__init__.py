"""What a step learns from: batches of pairs and of motifs, and the losses on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dna_protein_bca.training.engine.config import WHOLE, Losses, Part

if TYPE_CHECKING:
    from dna_protein_bca.model.binding import BindingModel


class Task(Protocol):
    """Draws batches by (seed, step) alone, and takes the losses of a model on them."""

    def losses(self, model: BindingModel, step: int, part: Part = WHOLE) -> Losses:
        """The weighted terms of the loss of a part of a step's batch; over all parts they add up
        to those of the whole batch."""
        ...

    def describe(self, step: int) -> str:
        """What a step's batch holds, for a message."""
        ...

    def samples(self, step: int) -> int:
        """How many pairs or proteins a step's batch holds."""
        ...
