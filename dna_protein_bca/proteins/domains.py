"""A protein's DNA-binding domains: family, span, and the profile position of every residue.

Pfam profiles (CC0) are searched with HMMER through `pyhmmer`. The profile is the alignment: a
position of a profile is the same position of the fold in every protein.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dna_protein_bca.resources import data_path

if TYPE_CHECKING:
    import pyhmmer.plan7
    from pyhmmer.easel import DigitalSequenceBlock
    from pyhmmer.plan7 import OptimizedProfile

PROFILES = "pfam_dbd.hmm.gz"
"""The profiles' file in `data/`."""

DATABASE_SIZE = 3262
"""HMMER's Z, fixed so that a protein's domains do not depend on the other proteins of a search; the
value of the data set of binding specificities."""

FAMILY_EVALUE = 1e-3
"""A family counts where one of its domains has a lower independent E-value."""

DOMAIN_EVALUE = 1.0
"""Bound for further domains of a family that counts, such as weak fingers inside an array."""

_LETTERS = frozenset("ACDEFGHIKLMNPQRSTVWYBJZOUX")

# A search writes the target's length into the profiles, which every call shares.
_SEARCHING = threading.Lock()


class Domain(NamedTuple):
    """A DNA-binding domain in a protein.

    Attributes:
        family: the Pfam profile's name, such as `Homeodomain` or `zf-C2H2`.
        start, end: alignment coordinates in the protein, 0-based, half-open.
        evalue: HMMER's independent E-value with Z = 3262.
        score: HMMER's domain score in bits.
        positions: int16 [end - start], the 0-based match state of the profile that each residue
            is aligned to, -1 for an insertion.
    """

    family: str
    start: int
    end: int
    evalue: float
    score: float
    positions: np.ndarray


@cache
def profile_lengths() -> MappingProxyType[str, int]:
    """Match states of each profile, by family, in the order of the profile file."""
    lengths, family = {}, ""
    with gzip.open(data_path(PROFILES), "rt", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("NAME "):
                family = line.split()[1]
            elif line.startswith("LENG "):
                lengths[family] = int(line.split()[1])
    return MappingProxyType(lengths)


@cache
def families() -> tuple[str, ...]:
    """The profiles' names in the order of their file: an index into this is the family's id."""
    return tuple(profile_lengths())


@cache
def family_ids() -> MappingProxyType[str, int]:
    """The index of each family in `families()`."""
    return MappingProxyType({family: index for index, family in enumerate(families())})


def find_domains(sequences: Sequence[tuple[str, str]], *, threads: int = 0) -> list[list[Domain]]:
    """Find the DNA-binding domains of proteins.

    A family counts in a protein where one of its domains has an independent E-value below 1e-3;
    its further domains in that protein then count below 1.

    Args:
        sequences: (id, sequence) pairs of upper-case residues; a letter that is no amino acid or
            ambiguity code is read as X. Ids need not be unique.
        threads: CPU threads; 0 for all cores.

    Returns:
        For each protein its domains, sorted by start; domains may overlap.
    """
    import pyhmmer

    domains: list[list[Domain]] = [[] for _ in sequences]
    block = _digitize([sequence for _, sequence in sequences])
    if len(block) == 0:
        return domains
    with _SEARCHING:
        searches = list(
            pyhmmer.hmmer.hmmsearch(
                _profiles(), block, cpus=threads, Z=DATABASE_SIZE, domZ=DATABASE_SIZE
            )
        )
    for hits in searches:
        for hit in hits:
            # HMMER does not "include" weak domains; here they count.
            best = min((domain.i_evalue for domain in hit.domains), default=np.inf)
            if best < FAMILY_EVALUE:
                domains[int(hit.name)].extend(
                    _domain(domain) for domain in hit.domains if domain.i_evalue < DOMAIN_EVALUE
                )
    for of_protein in domains:
        of_protein.sort(key=lambda domain: (domain.start, domain.end, domain.family))
    return domains


def annotate(length: int, domains: Sequence[Domain]) -> tuple[np.ndarray, np.ndarray]:
    """Family and profile position of every residue of a protein.

    Where domains overlap, the one with the lower E-value takes the residue.

    Args:
        length: residues of the protein.
        domains: from `find_domains`.

    Returns:
        family int16 [length], an index into `families()`, -1 outside every domain; and position
        int16 [length], the 0-based match state, -1 outside every domain or at an insertion.
    """
    family = np.full(length, -1, dtype=np.int16)
    position = np.full(length, -1, dtype=np.int16)
    for domain in sorted(domains, key=lambda domain: domain.evalue, reverse=True):
        family[domain.start : domain.end] = family_ids()[domain.family]
        position[domain.start : domain.end] = domain.positions
    return family, position


def aligned_match_states(sequence: str, domain: Domain) -> str:
    """The residue at each match state of the domain's profile, `-` where it has none.

    Args:
        sequence: the protein.
        domain: one of its domains.

    Returns:
        As many letters as the profile has match states; insertions are left out.
    """
    letters = np.full(profile_lengths()[domain.family], ord("-"), dtype=np.uint8)
    residues = np.frombuffer(sequence[domain.start : domain.end].encode("ascii"), dtype=np.uint8)
    matched = domain.positions >= 0
    letters[domain.positions[matched]] = residues[matched]
    return letters.tobytes().decode("ascii")


def format_domains(domains: Sequence[Domain]) -> str:
    """`family:start-end;...`, 1-based and inclusive; `none` where there is no domain."""
    return ";".join(f"{d.family}:{d.start + 1}-{d.end}" for d in domains) or "none"


@cache
def _profiles() -> list[OptimizedProfile]:
    """The profiles, configured for search; read once a process."""
    from pyhmmer.plan7 import Background, HMMFile, Profile

    profiles = []
    with HMMFile(data_path(PROFILES)) as file:
        for hmm in file:
            profile = Profile(hmm.M, hmm.alphabet)
            profile.configure(hmm, Background(hmm.alphabet))
            profiles.append(profile.to_optimized())
    return profiles


def _digitize(sequences: Sequence[str]) -> DigitalSequenceBlock:
    """The sequences that are not empty, named by their index."""
    from pyhmmer.easel import Alphabet, DigitalSequenceBlock, TextSequence

    alphabet = Alphabet.amino()
    return DigitalSequenceBlock(
        alphabet,
        [
            TextSequence(name=str(index), sequence=_clean(sequence)).digitize(alphabet)
            for index, sequence in enumerate(sequences)
            if sequence
        ],
    )


def _clean(sequence: str) -> str:
    if _LETTERS.issuperset(sequence):
        return sequence
    return "".join(letter if letter in _LETTERS else "X" for letter in sequence)


def _domain(hmmer: pyhmmer.plan7.Domain) -> Domain:
    alignment = hmmer.alignment
    state = alignment.hmm_from - 1
    positions = []
    for model, residue in zip(alignment.hmm_sequence, alignment.target_sequence, strict=True):
        inserted = model == "."
        if residue != "-":
            positions.append(-1 if inserted else state)
        state += not inserted
    return Domain(
        family=_text(alignment.hmm_name),
        start=alignment.target_from - 1,
        end=alignment.target_to,
        evalue=hmmer.i_evalue,
        score=hmmer.score,
        positions=np.array(positions, dtype=np.int16),
    )


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
