"""Identity of two proteins' DNA-binding domains.

Domains of the same family are compared over the aligned positions of their Pfam profile (its match
states); insertions do not count. The identity of two domains is the number of equal residues at
these positions, divided by the residues that one of the two has there:

- of the *shorter* domain, as the data set of binding specificities defines it. Splits, baselines
  and the choice of relatives use this. A fragment of a domain is then identical to every protein
  that contains it.
- of the *longer* domain. This is shown to users (`nearest_identity`): residues that a fragment
  lacks count as different.

For arrays of domains, the identities of paired domains are summed at the best offset of the two
arrays and divided by the number of domains of the longer array. Where proteins share several
families, the family with the highest identity counts. If match states have weights, each residue
counts as much as its match state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

import numpy as np

from .domains import Domain, aligned_match_states

MatchStates = dict[str, np.ndarray]
"""A protein's domains by family: uint8 [domains, match states], ASCII letters, `-` where the domain
has no residue; N-terminal domain first."""

Over = Literal["shorter", "longer"]
"""The domain of two by whose residues the number of equal residues is divided; see above."""


class Identities(Protocol):
    """What gives the identity of a query and each of some proteins."""

    def identities(self, query: MatchStates, over: Over = "shorter") -> np.ndarray:
        """Float64 [proteins], 0 to 1."""


IDENTITY_DECIMALS = 6
"""Decimals to which identities are rounded, so that the order of additions makes no difference."""

_GAP = ord("-")

_NOTHING = 0
"""Equals no letter and no gap."""


def match_states(sequence: str, domains: Iterable[Domain]) -> MatchStates:
    """The aligned match states of a protein's domains, by family, in the order of the protein."""
    grouped: dict[str, list[str]] = {}
    for domain in sorted(domains, key=lambda domain: domain.start):
        states = aligned_match_states(sequence, domain)
        grouped.setdefault(domain.family, []).append(states)
    return {family: parse_states(states) for family, states in grouped.items()}


def parse_states(states: Sequence[str]) -> np.ndarray:
    """Match states of domains of one family as uint8 [domains, match states]."""
    joined = np.frombuffer("".join(states).encode("ascii"), dtype=np.uint8)
    return joined.reshape(len(states), -1)


def identity(a: MatchStates, b: MatchStates, over: Over = "shorter") -> float:
    """Identity of two proteins' DNA-binding domains, 0 to 1; 0 where they share no family."""
    return float(DomainTable([b]).identities(a, over)[0])


class DomainTable:
    """The domains of many proteins, arranged so that a query is compared with all of them at once.

    Args:
        proteins: from `match_states`.
        weights: family -> float [match states], positive; 1 for families that are not in it.
    """

    def __init__(
        self, proteins: Sequence[MatchStates], weights: Mapping[str, np.ndarray] | None = None
    ) -> None:
        self.size = len(proteins)
        grouped: dict[str, list[tuple[int, np.ndarray]]] = {}
        for row, domains in enumerate(proteins):
            for family, letters in domains.items():
                grouped.setdefault(family, []).append((row, letters))
        weights = weights or {}
        self._families = {
            family: _Family(members, weights.get(family)) for family, members in grouped.items()
        }

    def identities(self, query: MatchStates, over: Over = "shorter") -> np.ndarray:
        """Identity of the query and each protein: float64 [proteins]."""
        return self.compare(query, over)[0]

    def compare(self, query: MatchStates, over: Over = "shorter") -> tuple[np.ndarray, np.ndarray]:
        """Identity of the query and each protein, and that of the least alike of paired domains.

        Returns:
            Float64 [proteins] each; both 0 where a protein shares no family with the query.
        """
        best, least = np.zeros(self.size), np.zeros(self.size)
        for family, letters in query.items():
            if (table := self._families.get(family)) is not None:
                found, worst = table.compare(letters, over)
                better = found > best[table.rows]
                rows = table.rows[better]
                best[rows], least[rows] = found[better], worst[better]
        return best, least


class _Family:
    """All domains of one family.

    Attributes:
        rows: int64 [p], the proteins that have a domain of the family.
        counts: int64 [p], the number of such domains in each.
        letters: uint8 [d, match states], the domains.
        residues: float [d], the residues of each domain, weighted.
        weight: float [match states].
        owner: int64 [d], index in `rows` of the domain's protein.
        ordinal: int64 [d], number of the domain in its protein, from 0.
    """

    def __init__(
        self, members: Sequence[tuple[int, np.ndarray]], weight: np.ndarray | None
    ) -> None:
        self.rows = np.array([row for row, _ in members])
        self.counts = np.array([len(domains) for _, domains in members])
        self.letters = np.concatenate([domains for _, domains in members])
        self.weight = np.ones(self.letters.shape[1]) if weight is None else weight
        self.residues = (self.letters != _GAP) @ self.weight
        self.owner = np.repeat(np.arange(len(members)), self.counts)
        self.ordinal = np.concatenate([np.arange(count) for count in self.counts])

    def compare(self, query: np.ndarray, over: Over) -> tuple[np.ndarray, np.ndarray]:
        """Identity of an array of domains and each protein's, and of the least alike pair: [p].

        Args:
            query: uint8 [k, match states].
        """
        k = len(query)
        shorter_or_longer = np.minimum if over == "shorter" else np.maximum
        offsets = k + int(self.counts.max()) - 1
        total, least = np.zeros(len(self.rows) * offsets), np.ones(len(self.rows) * offsets)
        for number, states in enumerate(query):
            matched = states != _GAP
            equal = (self.letters == np.where(matched, states, _NOTHING)) @ self.weight
            residues = shorter_or_longer(self.residues, self.weight[matched].sum())
            cells = self.owner * offsets + self.ordinal - number + k - 1
            total += np.bincount(cells, equal / residues, len(total))
            # No protein has two domains in one cell, since each has its own ordinal.
            least[cells] = np.minimum(least[cells], equal / residues)
        by_offset = total.reshape(-1, offsets)
        at = np.arange(len(by_offset)), by_offset.argmax(1)
        whole: np.ndarray = (by_offset[at] / np.maximum(self.counts, k)).round(IDENTITY_DECIMALS)
        return whole, least.reshape(-1, offsets)[at].round(IDENTITY_DECIMALS)
