"""What is found of one pair, as arrays with names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dna_protein_bca.variant.mutants.substitutions import ResidueEffects

from .attention import Attention
from .gradients import Attribution
from .relatives import Voice

VOICE_KINDS = {"identity": "f4", "motifs": "i8", "weight": "f4", "share": "f4"}
"""Types of the arrays of `Voice`; the others are text."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Why one protein binds one DNA as it does, by the model. `L` is the length of the DNA.

    Attributes:
        protein_id, dna_id: of the pair.
        protein, dna: their sequences, in upper case; U is T.
        dbd: the DNA-binding domains, as in a table of `predict`.
        score: as in `predict`; p_value: NaN where it was not asked for.
        start, end, strand: the best site.
        position_score: float32 [L, 2], the score of each base as the middle of a site, on `+` and
            on `-`.
        base_effects: float32 [4, L], see `variant.genomic.substitutions`.
        attribution: integrated gradients.
        residue_effects: None where they were not asked for.
        attention: in the joint transformer.
        voices: whose motifs the match at the best site comes from.
    """

    protein_id: str
    dna_id: str
    protein: str
    dna: str
    dbd: str
    score: float
    p_value: float
    start: int
    end: int
    strand: str
    position_score: np.ndarray
    base_effects: np.ndarray
    attribution: Attribution
    residue_effects: ResidueEffects | None
    attention: Attention
    voices: list[Voice]

    def __repr__(self) -> str:
        site = f"{self.start}-{self.end} {self.strand}"
        pair = f"{self.protein_id} on {self.dna_id}"
        return f"<{type(self).__name__} of {pair}: score {self.score:.2f} at {site}>"

    @property
    def mean_effect(self) -> np.ndarray:
        """Minus the mean effect of each base's three substitutions: float32 [L]."""
        mean: np.ndarray = -self.base_effects.sum(0) / 3
        return mean

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays; docs/explain.md lists names, shapes and types."""
        found: dict[str, Any] = {
            name: np.array(getattr(self, name))
            for name in ("protein_id", "dna_id", "protein", "dna", "dbd", "strand")
        }
        found |= {name: np.float32(getattr(self, name)) for name in ("score", "p_value")}
        found |= {name: np.int64(getattr(self, name)) for name in ("start", "end")}
        found["position_score"] = self.position_score
        found["base_effects"] = self.base_effects
        found["attribution"] = self.attribution.values.numpy()
        found["attribution_gap"] = np.float32(self.attribution.gap)
        found["attribution_steps"] = np.int64(self.attribution.steps)
        found["baseline_score"] = np.float32(self.attribution.baseline_score)
        if self.residue_effects is not None:
            found["residue"] = self.residue_effects.at
            found["residue_effects"] = self.residue_effects.effects
            found["residue_loss"] = self.residue_effects.loss
            found["residue_contact"] = self.residue_effects.contact
            found["residue_canonical"] = self.residue_effects.canonical
        found |= {f"attention_{name}": values for name, values in self.attention._asdict().items()}
        for name, values in zip(Voice._fields, zip(*self.voices, strict=True), strict=True):
            found[f"voice_{name}"] = np.array(values, VOICE_KINDS.get(name))
        return {name: np.asarray(values) for name, values in found.items()}
