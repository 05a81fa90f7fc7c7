"""The proteins whose mutations are asked for, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dna_protein_bca.ensemble import AnyPredictor, sets_of_weights
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.substitutions import SubstitutionLoss

from .places import Places
from .specificity import KmerScores


@dataclass(frozen=True)
class WildType:
    """A protein without its mutations.

    Attributes:
        record: its sequence.
        domains: from `find_domains`.
        places: where mutations lie in it.
        kmers: what its motifs say of all 8-mers; None without a known domain.
    """

    record: SequenceRecord
    domains: tuple[Domain, ...]
    places: Places
    kmers: KmerScores | None

    def contacts(self) -> np.ndarray:
        """Whether each residue is a contact: bool [residues]."""
        return np.array([self.places.is_contact(at) for at in range(len(self.record.sequence))])


def losses_of(predictor: AnyPredictor) -> list[SubstitutionLoss]:
    """What substitutions cost by the measured proteins of each set of weights.

    A set of weights without any takes those of the first that has some.

    Raises:
        InputError: no measured proteins come with its weights.
    """
    if predictor.measured is None:
        raise InputError(
            "no measured proteins come with these weights, and so no family to judge mutations by: "
            "use the bundled weights, or weights with relatives.parquet"
        )
    return [
        member.substitutions or SubstitutionLoss(member.measured or predictor.measured)
        for member in sets_of_weights(predictor)
    ]


def contact_weights(predictor: AnyPredictor) -> dict[str, np.ndarray] | None:
    """Family -> weights of match states, by the first set of weights that has learned some."""
    learned = (member.model.contact_weights() for member in sets_of_weights(predictor))
    return next((weights for weights in learned if weights is not None), None)
