"""How much a relative counts: weighted identity, and less where a close one differs at contacts.

A mutant's wild type is nearly identical to it, and would outvote all that the substitution at a
contact changes. Where the nearest relative is close and differs at a contact, what relatives have
at the contacts therefore decides; where it is far, and contacts differ in the company of much else,
the weighted identity alone predicts better. One finger of an array that touches other bases makes
another motif, whatever the others share: of arrays, the domain with the fewest shared contacts
counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .identity import MatchStates, Over
from .relatives import MeasuredProteins

CONTACT_WEIGHT = 1.6
"""Match states that weigh this many times their family's mean, or more, are its contacts."""

FAR, CLOSE = 0.8, 0.9
"""Identities of the nearest relative up to which differing contacts cost nothing, and from which
they cost all. No validation protein has a relative above 0.7, where contacts that count for more
than they do in the weighted identity cost average precision."""

DIFFERENT = 0.05
"""Share of the contacts, by weight, in which two proteins differ at the least."""

ALIKE = 0.6
"""Share of the contacts, by weight, below which a domain of an array counts for the array: one
contact may differ, but not the heaviest. In 1,164 pairs of `train` proteins whose zinc fingers are
80% identical or more, motifs correlate at 0.54 in the median of the 77 with such a finger, and at
0.96 in that of the others."""

LEAST = 1e-6
"""Identity that is left at the least, so that a relative stays one."""

NO_CONTACT = 1e-9
"""Weight among the contacts of a match state that is none; weights must be positive."""


class ContactIdentities:
    """Identities of measured proteins by which they count as relatives.

    Args:
        measured: the proteins.
        weights: family -> weights of its match states, float [match states], positive.
        penalty: identity that a relative loses where all its contacts differ, if the nearest one is
            close and differs at some.
    """

    def __init__(
        self, measured: MeasuredProteins, weights: Mapping[str, np.ndarray], penalty: float
    ) -> None:
        self.penalty = penalty
        self._plain = measured.domain_table()
        self._weighted = measured.domain_table(weights)
        self._contacts = measured.domain_table(
            {family: _contacts(values) for family, values in weights.items()}
        )

    def identities(self, query: MatchStates, over: Over = "shorter") -> np.ndarray:
        """Identity of the query and each protein, as far as it counts: float64 [proteins]."""
        weighted = self._weighted.identities(query, over)
        if not self.penalty:
            return weighted
        # Over the longer domain: a fragment would be identical to mutants of what it lacks, and a
        # contact that it lacks is none that it shares.
        plain = self._plain.identities(query, "longer")
        shared, worst = self._contacts.compare(query, "longer")
        shared = np.where(worst < ALIKE, np.minimum(shared, worst), shared)
        nearest = plain >= plain.max(initial=0)
        if (1 - shared[nearest]).min(initial=1) <= DIFFERENT:
            return weighted
        closeness = float(np.clip((plain.max(initial=0) - FAR) / (CLOSE - FAR), 0, 1))
        lost = self.penalty * closeness * (1 - shared)
        counted: np.ndarray = np.where(weighted > 0, np.maximum(weighted - lost, LEAST), 0.0)
        return counted


def contact_states(weights: np.ndarray) -> np.ndarray:
    """Which match states of a family are contacts: bool [match states]; none in some families.

    Args:
        weights: of its match states in identities, float [match states].
    """
    contact: np.ndarray = weights >= CONTACT_WEIGHT * weights.mean()
    return contact


def _contacts(weights: np.ndarray) -> np.ndarray:
    """The weights of contacts, and hardly any elsewhere; as they are in a family without any."""
    contact = contact_states(weights)
    return np.where(contact, weights, NO_CONTACT) if contact.any() else weights
