"""Proteins or DNA that must stay together when a set is split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dna_protein_bca.motifs.kmers import canonical_sequence, kmer_presence
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.identity import DomainTable, MatchStates, match_states

IDENTITY = 0.7
"""Identity of DNA-binding domains from which on two proteins stay together: that of the data set of
binding specificities."""

SIMILARITY = 0.5
"""Share of the shorter sequence's k-mers from which on two DNA sequences stay together: about 94%
identical, or overlapping by half."""

KMER = 12
"""Length of those k-mers: two windows of 101 bp share one by chance once in a thousand times."""

ROWS = 1024
"""Sequences that are compared with all others at once."""

TOLERANCE = 1e-9


def protein_states(proteins: Mapping[str, str], *, threads: int = 0) -> dict[str, MatchStates]:
    """The aligned DNA-binding domains of proteins; empty where none is known."""
    pairs = list(proteins.items())
    found = find_domains(pairs, threads=threads)
    return {
        id: match_states(sequence, domains)
        for (id, sequence), domains in zip(pairs, found, strict=True)
    }


def by_identity(
    proteins: Mapping[str, str], states: Mapping[str, MatchStates], threshold: float = IDENTITY
) -> np.ndarray:
    """Groups between which no two proteins reach an identity.

    Single linkage, exact: every pair is compared. Proteins of one sequence are together whatever
    their domains.

    Args:
        proteins: id -> residues.
        states: from `protein_states`.
        threshold: identity of the DNA-binding domains, as `identity` defines it.

    Returns:
        int64 [proteins], the group of each.
    """
    ids = list(proteins)
    table = DomainTable([states[id] for id in ids])
    first: dict[str, int] = {}
    ones, twos = [], []
    for row, id in enumerate(ids):
        near = np.flatnonzero(table.identities(states[id]) >= threshold - TOLERANCE)
        ones.append(np.append(near, first.setdefault(proteins[id], row)))
        twos.append(np.full(len(near) + 1, row))
    return _components(len(ids), ones, twos)


def by_family(states: Mapping[str, MatchStates]) -> np.ndarray:
    """Groups that share no family of DNA-binding domains; proteins without one are a group."""
    rows: dict[str, int] = {}
    ones, twos = [], []
    for row, found in enumerate(states.values()):
        for family in found or ("",):
            ones.append(np.array([rows.setdefault(family, row)]))
            twos.append(np.array([row]))
    return _components(len(states), ones, twos)


def by_similarity(dna: Sequence[str], threshold: float = SIMILARITY, k: int = KMER) -> np.ndarray:
    """Groups between which no two sequences, on either strand, share so many k-mers.

    Single linkage, exact. A sequence and its reverse complement are always together; those shorter
    than `k` are alike only so.

    Args:
        dna: bases.
        threshold: share of the distinct k-mers of the sequence that has fewer.

    Returns:
        int64 [sequences], the group of each.
    """
    first: dict[str, int] = {}
    same = [first.setdefault(canonical_sequence(text), row) for row, text in enumerate(dna)]
    ones, twos = [np.array(same, dtype=np.int64)], [np.arange(len(dna))]
    for rows, columns, shares in _overlaps(kmer_presence(dna, k), None):
        near = shares >= threshold - TOLERANCE
        ones.append(rows[near])
        twos.append(columns[near])
    return _components(len(dna), ones, twos)


def highest_similarity(one: Sequence[str], two: Sequence[str], k: int = KMER) -> float:
    """The largest share of k-mers that a sequence of each has in common with one of the other."""
    matrix = kmer_presence([*one, *two], k)
    best = 0.0
    for _, _, shares in _overlaps(matrix[: len(one)], matrix[len(one) :]):
        best = max(best, float(shares.max(initial=0)))
    return best


def _overlaps(
    matrix: object, other: object | None
) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Rows, columns and shares of all pairs of sequences that have a k-mer in common."""
    mine, theirs = matrix, matrix if other is None else other
    counts = np.diff(mine.indptr), np.diff(theirs.indptr)  # type: ignore[attr-defined]
    turned = theirs.T.tocsr()  # type: ignore[attr-defined]
    for begin in range(0, mine.shape[0], ROWS):  # type: ignore[attr-defined]
        shared = (mine[begin : begin + ROWS] @ turned).tocoo()  # type: ignore[index]
        rows, columns = shared.row + begin, shared.col
        yield rows, columns, shared.data / np.minimum(counts[0][rows], counts[1][columns])


def _components(size: int, ones: list[np.ndarray], twos: list[np.ndarray]) -> np.ndarray:
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    rows, columns = np.concatenate(ones), np.concatenate(twos)
    graph = sparse.coo_matrix((np.ones(len(rows), bool), (rows, columns)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, dtype=np.int64)
