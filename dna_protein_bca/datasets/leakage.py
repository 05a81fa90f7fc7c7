"""What two splits of a set have in common: the report that comes with every split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from itertools import combinations
from typing import TypedDict

import numpy as np

from dna_protein_bca.errors import counted
from dna_protein_bca.io.meme import motif_protein
from dna_protein_bca.io.pairs import SPLITS
from dna_protein_bca.motifs.kmers import canonical_sequence, distinct_kmers
from dna_protein_bca.proteins.identity import DomainTable, MatchStates

from . import similarity
from .splits import Split
from .training_set import TrainingSet

REPORT = "leakage.json"
"""Its name in the folder of a set."""

K = 8
"""Length of the k-mers that are counted: about that of a site."""


class ProteinLeakage(TypedDict):
    """What the proteins of two splits have in common.

    Attributes:
        on_both: how many proteins are in both.
        highest_identity: of the DNA-binding domains of two proteins, one of each split; 1 where a
            protein is in both.
        between: these two proteins; empty where no two share a family.
        without_domain: proteins without a known domain, whose identity is unknown.
    """

    on_both: int
    highest_identity: float
    between: list[str]
    without_domain: int


class DnaLeakage(TypedDict):
    """What the DNA of two splits has in common.

    Attributes:
        on_both: sequences that are in both, on either strand.
        highest_similarity: largest share of 12-mers that two sequences, one of each split, have in
            common.
        shared_8mers: share of the second split's distinct 8-mers that the first has, too.
    """

    on_both: int
    highest_similarity: float
    shared_8mers: float


class Leakage(TypedDict):
    """The report on a split set.

    Attributes:
        pairs_moved, groups, warnings: those of `Split`.
        proteins, dna: by the names of two splits, such as `train-test`.
    """

    pairs_moved: int | None
    groups: dict[str, int]
    warnings: list[str]
    proteins: dict[str, ProteinLeakage]
    dna: dict[str, DnaLeakage]


def leakage(done: Split, *, threads: int = 0) -> Leakage:
    """What each two splits of a set have in common.

    Args:
        done: the set with its split.
        threads: CPU threads of the search for domains; 0 for all cores.
    """
    data = done.data
    report: Leakage = {
        "pairs_moved": done.moved,
        "groups": done.groups,
        "warnings": done.warnings,
        "proteins": {},
        "dna": {},
    }
    states = done.states or similarity.protein_states(data.proteins, threads=threads)
    proteins = {name: _proteins(data, name) for name in SPLITS}
    for first, second in _each_two(proteins):
        report["proteins"][f"{first}-{second}"] = _protein_leakage(
            proteins[first], proteins[second], states
        )
    dna = {name: _dna(data, name) for name in SPLITS}
    for first, second in _each_two(dna):
        report["dna"][f"{first}-{second}"] = _dna_leakage(dna[first], dna[second])
    return report


def format_leakage(report: Leakage) -> str:
    """The report as a few lines of text."""
    lines = []
    for names, proteins in report["proteins"].items():
        between = " and ".join(proteins["between"]) or "none that share a family"
        lines.append(
            f"{names}: {counted(proteins['on_both'], 'protein')} on both; highest identity "
            f"{proteins['highest_identity']:.3f} ({between})"
        )
    for names, dna in report["dna"].items():
        lines.append(
            f"{names}: {counted(dna['on_both'], 'DNA sequence')} on both; highest similarity "
            f"{dna['highest_similarity']:.3f}; {dna['shared_8mers']:.1%} of the 8-mers shared"
        )
    moved = report["pairs_moved"]
    lines.append(f"moved: {'no split before' if moved is None else moved}")
    return "\n".join([*lines, *(f"Warning: {text}" for text in report["warnings"])])


def _each_two(members: Mapping[str, Sized]) -> Iterator[tuple[str, str]]:
    """The names of each two splits that have members."""
    return combinations([name for name in SPLITS if len(members[name])], 2)


def _proteins(data: TrainingSet, name: str) -> list[str]:
    """Ids of the proteins with motifs or pairs in a split."""
    owners = {motif_protein(motif.name) for motif in data.motifs}
    ids = {id for id in owners if data.motif_splits.get(id) == name}
    if data.pairs is not None:
        ids |= {*data.pairs["protein_id"][data.pairs["split"] == name].unique()}
    return [id for id in data.proteins if id in ids]


def _dna(data: TrainingSet, name: str) -> list[str]:
    """Sequences of the pairs in a split."""
    if data.pairs is None:
        return []
    return [data.dna[id] for id in data.pairs["dna_id"][data.pairs["split"] == name].unique()]


def _protein_leakage(
    first: list[str], second: list[str], states: Mapping[str, MatchStates]
) -> ProteinLeakage:
    members = set(first)
    both = [id for id in second if id in members]
    highest, between = 0.0, list[str]()
    if both:
        highest, between = 1.0, [both[0], both[0]]
    else:
        table = DomainTable([states[id] for id in first])
        for id in second:
            identities = table.identities(states[id])
            best = int(identities.argmax())
            if identities[best] > highest:
                highest, between = float(identities[best]), [first[best], id]
    return {
        "on_both": len(both),
        "highest_identity": highest,
        "between": between,
        "without_domain": sum(not states[id] for id in {*first, *second}),
    }


def _dna_leakage(first: list[str], second: list[str]) -> DnaLeakage:
    sequences = {canonical_sequence(text) for text in first}
    return {
        "on_both": sum(canonical_sequence(text) in sequences for text in second),
        "highest_similarity": round(similarity.highest_similarity(first, second), 6),
        "shared_8mers": round(_shared_kmers(first, second), 6),
    }


def _shared_kmers(first: list[str], second: list[str]) -> float:
    """The share of the second split's distinct k-mers that the first has, too."""
    first_codes, second_codes = (np.unique(distinct_kmers(dna, K)[1]) for dna in (first, second))
    return float(np.isin(second_codes, first_codes).mean()) if len(second_codes) else 0.0
