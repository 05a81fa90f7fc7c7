"""Groups of proteins or DNA that must stay together when a set is split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dna_protein_bca.motifs.kmers import canonical_sequence, kmer_presence
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.identity import DomainTable, MatchStates, match_states

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

IDENTITY = 0.7
"""Identity of DNA-binding domains from which on two proteins stay together: that of the data set of
binding specificities."""

SIMILARITY = 0.5
"""Share of the shorter sequence's k-mers from which on two DNA sequences stay together. Sequences
that are 94% identical have about that share in common, and so have those that overlap by half."""

KMER = 12
"""Length of those k-mers: of a thousand pairs of random 101-bp windows, one shares a k-mer."""

ROWS = 1024
"""Sequences that are compared with all others at once, which bounds the memory."""

TOLERANCE = 1e-9


def protein_states(proteins: Mapping[str, str], *, threads: int = 0) -> dict[str, MatchStates]:
    """The aligned DNA-binding domains of proteins; empty where none is known."""
    pairs = list(proteins.items())
    return {
        id: match_states(sequence, domains)
        for (id, sequence), domains in zip(pairs, find_domains(pairs, threads=threads), strict=True)
    }


def by_identity(
    proteins: Mapping[str, str], states: Mapping[str, MatchStates], threshold: float = IDENTITY
) -> np.ndarray:
    """Groups of proteins such that no two proteins of different groups reach an identity.

    Single linkage, exact: every pair is compared. Proteins with the same sequence are in one group,
    with known domains or without.

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
    links = []
    for row, id in enumerate(ids):
        near = np.flatnonzero(table.identities(states[id]) >= threshold - TOLERANCE)
        links.append(_links(np.append(near, first.setdefault(proteins[id], row)), row))
    return _components(len(ids), links)


def by_family(states: Mapping[str, MatchStates]) -> np.ndarray:
    """Groups that share no family of DNA-binding domains; proteins without one are a group.

    Returns:
        int64 [proteins], the group of each.
    """
    first: dict[str, int] = {}
    links = [
        _links(np.array([first.setdefault(family, row)]), row)
        for row, of_protein in enumerate(states.values())
        for family in of_protein or ("",)
    ]
    return _components(len(states), links)


def by_similarity(dna: Sequence[str], threshold: float = SIMILARITY, k: int = KMER) -> np.ndarray:
    """Groups of DNA such that no two sequences of different groups share so many k-mers.

    Single linkage, exact, on either strand. A sequence and its reverse complement are always in one
    group; for sequences shorter than `k` this is all that links them.

    Args:
        dna: bases.
        threshold: share of the distinct k-mers of the sequence that has fewer.

    Returns:
        int64 [sequences], the group of each.
    """
    first: dict[str, int] = {}
    same = [first.setdefault(canonical_sequence(text), row) for row, text in enumerate(dna)]
    links = [np.stack([np.array(same, dtype=np.int64), np.arange(len(dna))])]
    kmers = kmer_presence(dna, k)
    for rows, columns, shares in _overlaps(kmers, kmers):
        near = shares >= threshold - TOLERANCE
        links.append(np.stack([rows[near], columns[near]]))
    return _components(len(dna), links)


def highest_similarity(first: Sequence[str], second: Sequence[str], k: int = KMER) -> float:
    """The largest share of k-mers that a sequence of `first` and one of `second` have in common."""
    matrix = kmer_presence([*first, *second], k)
    overlaps = _overlaps(matrix[: len(first)], matrix[len(first) :])
    return max((float(shares.max(initial=0)) for _, _, shares in overlaps), default=0.0)


def _overlaps(
    first: csr_matrix, second: csr_matrix
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Rows, columns and shares of all pairs of sequences that have a k-mer in common."""
    first_counts, second_counts = np.diff(first.indptr), np.diff(second.indptr)
    turned = second.T.tocsr()
    for begin in range(0, first.shape[0], ROWS):
        shared = (first[begin : begin + ROWS] @ turned).tocoo()
        rows, columns = shared.row + begin, shared.col
        yield rows, columns, shared.data / np.minimum(first_counts[rows], second_counts[columns])


def _links(to: np.ndarray, row: int) -> np.ndarray:
    """Links from one item to others: int64 [2, others]."""
    return np.stack([to, np.full(len(to), row)])


def _components(size: int, links: Sequence[np.ndarray]) -> np.ndarray:
    """The connected component of each of `size` items, int64; links int64 [2, n] each."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    rows, columns = np.concatenate(links, axis=1)
    graph = sparse.coo_matrix((np.ones(len(rows), bool), (rows, columns)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, dtype=np.int64)
