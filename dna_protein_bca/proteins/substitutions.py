"""What a protein loses by substitutions, from what its family allows at the same match states.

All that was measured binds, so that no motif tells of a mutant that no longer does. The family
tells: the emissions of its Pfam profile, sharpened by the measured domains near the protein. A
substitution costs the more, the less likely the new residue is than the old one, the more conserved
the state is, and where it takes a positive charge away or brings in a proline.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from dna_protein_bca.io.tokenizers import AMINO_ACIDS
from dna_protein_bca.resources import data_path

from .domains import PROFILES
from .identity import MatchStates
from .relatives import MeasuredProteins

_INDEX = np.full(256, -1, dtype=np.int64)
_INDEX[np.frombuffer(AMINO_ACIDS.encode(), np.uint8)] = np.arange(len(AMINO_ACIDS))
_CHARGE = np.array(
    [{"K": 1.0, "R": 1.0, "H": 0.1, "D": -1.0, "E": -1.0}.get(a, 0.0) for a in AMINO_ACIDS]
)
_PROLINE = AMINO_ACIDS.index("P")

_BACKGROUND = np.array(
    [
        *(0.0825, 0.0137, 0.0545, 0.0675, 0.0386, 0.0708, 0.0227, 0.0596, 0.0584, 0.0966),
        *(0.0242, 0.0406, 0.0470, 0.0393, 0.0553, 0.0656, 0.0534, 0.0687, 0.0108, 0.0292),
    ]
)
"""Frequencies of the amino acids in UniProtKB/Swiss-Prot, in the order of `AMINO_ACIDS`."""

REFERENCE_IDENTITY = 0.9
"""Identity to the nearest measured protein from which it is the reference of substitutions."""


@dataclass(frozen=True)
class LossConfig:
    """What substitutions cost, in nats; chosen on deep mutational scans of TP53 and GAL4.

    Tolerance and allowance are such that of 300 natural training proteins, each against its nearest
    relative at an identity of 0.9 or more, 3% lose 0.3 or more.

    Attributes:
        nearness: a measured domain counts exp(nearness x identity) among those of the family.
        prior: domains that the Pfam profile counts for.
        rare: pseudocount of every amino acid, by its background frequency.
        charge: cost of a positive charge lost.
        proline: cost of a proline brought in.
        conserved: factor of the log probability of the old residue, which is at most 0.
        dissimilar: factor of BLOSUM62 where it is below 0.
        tolerance: cost of a substitution up to which nothing is lost.
        allowance: taken from the sum of what is above the tolerance for each substitution but the
            first: a protein with many is another protein, and no mutant.
        scale: nats lost for each nat of this sum.
        ceiling: the most that is lost.
    """

    nearness: float = 12.0
    prior: float = 5.0
    rare: float = 0.15
    charge: float = 2.0
    proline: float = 4.0
    conserved: float = 2.0
    dissimilar: float = 0.25
    tolerance: float = 1.25
    allowance: float = 1.0
    scale: float = 1.5
    ceiling: float = 12.0


class Costs(NamedTuple):
    """What the substitutions of one domain cost, float64 [substitutions] each.

    Attributes:
        total: what counts, nats.
        profile: log-odds of the old and the new residue in the Pfam profile.
        charge: positive charge lost; similarity: BLOSUM62.
    """

    total: np.ndarray
    profile: np.ndarray
    charge: np.ndarray
    similarity: np.ndarray


class SubstitutionLoss:
    """Losses of proteins against a reference that binds.

    Args:
        measured: proteins whose domains sharpen the profiles.
    """

    def __init__(self, measured: MeasuredProteins, config: LossConfig | None = None) -> None:
        self.config = config or LossConfig()
        grouped: dict[str, list[np.ndarray]] = {}
        for protein in measured.proteins:
            for family, letters in protein.domains.items():
                grouped.setdefault(family, []).append(letters)
        self._codes = {family: _INDEX[np.concatenate(parts)] for family, parts in grouped.items()}
        self._known: dict[tuple[str, bytes], np.ndarray] = {}

    def loss(self, query: MatchStates, reference: MatchStates) -> float:
        """What the query has lost against the reference: nats, 0 to the ceiling.

        Args:
            query: match states of the protein.
            reference: of a protein that binds, most often the nearest measured one. Residues that
                one of the two lacks cost nothing.
        """
        c = self.config
        costs = [
            self.costs(family, new, old).total
            for family, letters in query.items()
            for new, old in _pairs(letters, reference.get(family))
        ]
        every = np.concatenate(costs) if costs else np.empty(0)
        excess = float((every - c.tolerance).clip(min=0).sum())
        allowed = c.allowance * max(0, len(every) - 1)
        return min(c.scale * max(0.0, excess - allowed), c.ceiling)

    def costs(self, family: str, new: np.ndarray, old: np.ndarray) -> Costs:
        """What every substitution of one domain costs.

        Args:
            family: of the domain.
            new, old: uint8 [match states], its residues with and without the substitutions.
        """
        to, of = _INDEX[new], _INDEX[old]
        at = np.flatnonzero((to >= 0) & (of >= 0) & (to != of))
        if not at.size or family not in self._codes:
            return Costs(*np.empty((4, 0)))
        c, to, of, rows = self.config, to[at], of[at], np.arange(len(at))
        emissions = self._emissions(family, old)[at]
        log, profile = np.log(emissions), np.log(profile_emissions()[family][at])
        information = (emissions * (log - np.log(_BACKGROUND))).sum(1)
        charge, similarity = (_CHARGE[of] - _CHARGE[to]).clip(min=0), _blosum()[of, to]
        total = (
            (log[rows, of] - log[rows, to]).clip(min=0) * information
            + c.charge * charge
            + c.proline * (to == _PROLINE)
            + c.conserved * log[rows, of]
            + c.dissimilar * (-similarity).clip(min=0)
        )
        return Costs(total, profile[rows, of] - profile[rows, to], charge, similarity)

    def _emissions(self, family: str, letters: np.ndarray) -> np.ndarray:
        """Probabilities of the amino acids at each match state, near a domain: [states, 20]."""
        key = (family, letters.tobytes())
        if key not in self._known:
            c, codes, own = self.config, self._codes[family], _INDEX[letters]
            both = (codes >= 0) & (own >= 0)
            alike = ((codes == own) & both).sum(1) / both.sum(1).clip(min=1)
            weight = np.exp(c.nearness * (alike - alike.max()))
            # Of each match state a cell for every amino acid, and a first one for all else.
            cells = np.arange(len(own)) * 21 + codes + 1
            each = np.repeat(weight, len(own))
            counts = np.bincount(cells.ravel(), each, 21 * len(own)).reshape(-1, 21)[:, 1:]
            total = counts.sum(1, keepdims=True) + c.prior + c.rare
            prior = c.prior * profile_emissions()[family] + c.rare * _BACKGROUND
            self._known[key] = (counts + prior) / total
        return self._known[key]


@cache
def profile_emissions() -> dict[str, np.ndarray]:
    """Emissions of every Pfam profile, by family: float64 [match states, 20]."""
    import pyhmmer

    with gzip.open(data_path(PROFILES)) as file:
        profiles = list(pyhmmer.plan7.HMMFile(io.BytesIO(file.read())))
    order = [profiles[0].alphabet.symbols.index(letter) for letter in AMINO_ACIDS]
    return {
        _name(profile): np.asarray(profile.match_emissions, np.float64)[1:][:, order]  # type: ignore[attr-defined]
        for profile in profiles
    }


def _name(profile: object) -> str:
    name = getattr(profile, "name", "")
    return name.decode() if isinstance(name, bytes) else str(name)


@cache
def _blosum() -> np.ndarray:
    from Bio.Align import substitution_matrices

    matrix = substitution_matrices.load("BLOSUM62")
    return np.array([[matrix[a][b] for b in AMINO_ACIDS] for a in AMINO_ACIDS])


def _pairs(query: np.ndarray, reference: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """The domains of two arrays side by side, at the offset at which most residues are equal."""
    if reference is None:
        return []
    equal = ((query[:, None] == reference) & (_INDEX[query] >= 0)[:, None]).sum(-1)
    offset = max(range(1 - len(query), len(reference)), key=lambda o: np.trace(equal, offset=o))
    return [
        (query[row], reference[row + offset])
        for row in range(len(query))
        if 0 <= row + offset < len(reference)
    ]
