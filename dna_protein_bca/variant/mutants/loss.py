"""What a mutant loses on all DNA, against the wild type that is given."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.mutations import Mutant
from dna_protein_bca.proteins.substitutions import SubstitutionLoss


def mutant_loss(
    losses: SubstitutionLoss,
    wild: str,
    wild_domains: Sequence[Domain],
    mutant: Mutant,
    mutant_domains: Sequence[Domain],
) -> float:
    """Nats taken from all scores, 0 to the ceiling of the losses.

    Substitutions cost what `SubstitutionLoss` says; a stop or an indel costs what the domains that
    it lies in lose of their HMM score (bits x ln 2), at least 0, and outside domains nothing.

    Args:
        wild: sequence of the wild type.
        wild_domains, mutant_domains: from `find_domains`.
    """
    total = 0.0
    if mutant.positions:
        query = match_states(mutant.substituted, wild_domains)
        total += losses.loss(query, match_states(wild, wild_domains))
    if mutant.resized:
        total += _score_lost(wild_domains, mutant, mutant_domains)
    return min(total, losses.config.ceiling)


def mutant_losses(
    losses: Sequence[SubstitutionLoss],
    wild: str,
    wild_domains: Sequence[Domain],
    mutants: Sequence[Mutant],
    mutant_domains: Sequence[Sequence[Domain]],
) -> np.ndarray:
    """`mutant_loss` of each mutant by each set of weights: float64 [sets, mutants].

    It is NaN where the wild type has no known domain.
    """
    if not wild_domains:
        return np.full((len(losses), len(mutants)), np.nan)
    return np.array(
        [
            [
                mutant_loss(each, wild, wild_domains, *mutant)
                for mutant in zip(mutants, mutant_domains, strict=True)
            ]
            for each in losses
        ]
    )


def separate(domains: Sequence[Domain]) -> list[Domain]:
    """Domains that do not overlap: of those that do, the one with the lowest E-value."""
    chosen: list[Domain] = []
    for domain in sorted(domains, key=lambda domain: domain.evalue):
        if all(domain.start >= other.end or domain.end <= other.start for other in chosen):
            chosen.append(domain)
    return chosen


def _score_lost(
    wild_domains: Sequence[Domain], mutant: Mutant, mutant_domains: Sequence[Domain]
) -> float:
    """What the domains that are resized lose of their HMM scores, in nats."""
    lost = 0.0
    for domain in separate(wild_domains):
        if any(touches(span, domain) for span in mutant.resized):
            left = [
                (_shared(mutant.source, domain, other), other.score)
                for other in mutant_domains
                if other.family == domain.family
            ]
            shared, score = max(left, default=(0, 0.0))
            lost += max(0.0, domain.score - (max(score, 0.0) if shared else 0.0))
    return lost * math.log(2)


def touches(span: tuple[int, int], domain: Domain) -> bool:
    """Whether residues of a domain go, or others come between them; start and end are 0-based."""
    start, end = span
    if start == end:
        return domain.start < start < domain.end
    return start < domain.end and end > domain.start


def _shared(source: np.ndarray, domain: Domain, other: Domain) -> int:
    """Residues of a wild type's domain that lie in a mutant's."""
    of_wild = source[other.start : other.end]
    return int(((of_wild >= domain.start) & (of_wild < domain.end)).sum())
