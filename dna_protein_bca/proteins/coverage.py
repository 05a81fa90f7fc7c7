"""How much of a DNA-binding domain a protein has: a fragment looks whole to its score.

The coverage of a domain is the share of its profile's match states at which it has a residue. Some
families rarely fill their profile, so that a protein is compared with the measured ones of its
family.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from dna_protein_bca.errors import counted, listed, one_or_many

from .domains import Domain, profile_lengths
from .relatives import MeasuredProteins

SHOWN = 3
"""Proteins that a warning names."""

FRAGMENT = 0.8
"""A protein is warned about below this share of the median coverage of its family's measured
proteins, as are 3% of the measured proteins themselves (`benchmarks/census.py`)."""

_GAP = ord("-")

_TYPICAL: WeakKeyDictionary[MeasuredProteins, dict[str, float]] = WeakKeyDictionary()
"""What `typical_coverage` gave, which takes .2 s for those of the bundled weights."""


def best_family(domains: Iterable[Domain]) -> str | None:
    """The family of the domain with the lowest E-value; None where there is no domain."""
    best = min(domains, key=lambda domain: (domain.evalue, domain.family), default=None)
    return None if best is None else best.family


def coverage(domains: Sequence[Domain]) -> float:
    """Coverage of a protein: `family_coverage` of its best family; NaN without any domain.

    Args:
        domains: of the protein, from `find_domains`.
    """
    family = best_family(domains)
    return math.nan if family is None else family_coverage(domains, family)


def family_coverage(domains: Iterable[Domain], family: str) -> float:
    """The highest coverage, 0 to 1, among a protein's domains of one family; 0 without any."""
    matched = [(domain.positions >= 0).sum() for domain in domains if domain.family == family]
    return float(max(matched, default=0) / profile_lengths()[family])


def typical_coverage(measured: MeasuredProteins) -> dict[str, float]:
    """Family -> the median of `family_coverage` over the measured proteins that have it.

    It is worked out once for each set of proteins; the result is not to be changed.
    """
    if measured in _TYPICAL:
        return _TYPICAL[measured]
    found: dict[str, list[float]] = {}
    for protein in measured.proteins:
        for family, letters in protein.domains.items():
            share = float((letters != _GAP).mean(1).max())
            found.setdefault(family, []).append(share)
    _TYPICAL[measured] = {name: float(np.median(shares)) for name, shares in found.items()}
    return _TYPICAL[measured]


def is_fragment(share: Any, typical: Any) -> Any:
    """Whether coverages are clearly less than those of measured proteins; never where one is NaN.

    Args:
        share: from `coverage`, one or an array of them.
        typical: from `typical_coverage`, of the same family; 0 where nothing is known of it.
    """
    return share < FRAGMENT * typical


def describe_fragment(id: str, family: str, share: float, typical: float) -> str:
    """What `fragment_warning` takes: a protein's coverage beside that of its family."""
    return f"{id} ({family}, {share:.2f}; typical {typical:.2f})"


def fragment_warning(proteins: Sequence[str]) -> str | None:
    """A sentence without its full stop that names proteins which may be fragments; None for none.

    Args:
        proteins: each one's id and coverage, such as `X (P53, 0.52; typical 0.97)`.
    """
    if not proteins:
        return None
    return (
        f"{counted(len(proteins), 'protein')} may be "
        f"{one_or_many(len(proteins), 'a fragment', 'fragments')}, with less than {FRAGMENT:g} of "
        f"the domain that measured proteins have: {listed(proteins, SHOWN)}"
    )
