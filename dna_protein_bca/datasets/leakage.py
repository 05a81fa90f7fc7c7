"""What two sides of a split have in common: the report that comes with every split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from dna_protein_bca.io.meme import motif_protein
from dna_protein_bca.io.pairs import SPLITS
from dna_protein_bca.motifs.kmers import canonical_sequence, distinct_kmers
from dna_protein_bca.proteins.identity import DomainTable, MatchStates

from . import similarity as groups
from .splits import Split
from .training_set import TrainingSet

if TYPE_CHECKING:
    import pandas as pd

REPORT = "leakage.json"
"""Its name in the folder of a set."""

K = 8
"""Length of the k-mers that are counted: about that of a site."""


def leakage(done: Split, *, threads: int = 0) -> dict[str, Any]:
    """What each two sides share.

    Returns:
        `pairs_moved`, `groups`, `warnings`, and for each two sides (`train-test`, ...) under
        `proteins`: how many are on both; the highest identity of DNA-binding domains between
        proteins of the two (1 where one is on both) and between whom; proteins without a known
        domain, whose identity is unknown. Under `dna`: sequences on both (either strand); the
        largest share of 12-mers between two sequences; and the share of the second side's
        distinct 8-mers that the first has too.
    """
    data = done.data
    report: dict[str, Any] = {
        "pairs_moved": done.moved,
        "groups": done.groups,
        "warnings": done.warnings,
        "proteins": {},
        "dna": {},
    }
    states = done.states or groups.protein_states(data.proteins, threads=threads)
    proteins = {side: _proteins(data, side) for side in SPLITS}
    for one, two in _pairs_of(proteins):
        report["proteins"][f"{one}-{two}"] = _protein_leak(proteins[one], proteins[two], states)
    if data.pairs is not None:
        dna = {side: _dna(data, side) for side in SPLITS}
        for one, two in _pairs_of(dna):
            report["dna"][f"{one}-{two}"] = _dna_leak(dna[one], dna[two])
    return report


def format_leakage(report: Mapping[str, Any]) -> str:
    """The report as a few lines of text."""
    lines = []
    for sides, found in report["proteins"].items():
        between = " and ".join(found["between"]) or "none that share a family"
        lines.append(
            f"{sides}: {found['on_both']} proteins on both; highest identity "
            f"{found['highest_identity']:.3f} ({between})"
        )
    for sides, found in report["dna"].items():
        lines.append(
            f"{sides}: {found['on_both']} DNA sequences on both; highest similarity "
            f"{found['highest_similarity']:.3f}; {found['shared_8mers']:.1%} of the 8-mers shared"
        )
    moved = report["pairs_moved"]
    lines.append(f"moved: {'no split before' if moved is None else moved}")
    return "\n".join([*lines, *(f"Warning: {text}" for text in report["warnings"])])


def _pairs_of(sides: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return combinations([side for side in SPLITS if len(sides[side])], 2)


def _proteins(data: TrainingSet, side: str) -> list[str]:
    names = {motif_protein(one.name) for one in data.motifs}
    found = {name for name in names if data.sides.get(name) == side}
    if data.pairs is not None:
        found |= {*_on(data.pairs, side)["protein_id"].unique()}
    return [name for name in data.proteins if name in found]


def _dna(data: TrainingSet, side: str) -> list[str]:
    if data.pairs is None:
        return []
    return [data.dna[name] for name in _on(data.pairs, side)["dna_id"].unique()]


def _on(pairs: pd.DataFrame, side: str) -> pd.DataFrame:
    return pairs[pairs["split"] == side]


def _protein_leak(
    one: list[str], two: list[str], states: Mapping[str, MatchStates]
) -> dict[str, Any]:
    both = [name for name in two if name in set(one)]
    found: dict[str, Any] = {"on_both": len(both), "highest_identity": 0.0, "between": []}
    if both:
        found |= {"highest_identity": 1.0, "between": [both[0], both[0]]}
    else:
        table = DomainTable([states[name] for name in one])
        for name in two:
            identities = table.identities(states[name])
            best = int(identities.argmax())
            if identities[best] > found["highest_identity"]:
                found["highest_identity"] = float(identities[best])
                found["between"] = [one[best], name]
    found["without_domain"] = sum(not states[name] for name in {*one, *two})
    return found


def _dna_leak(one: list[str], two: list[str]) -> dict[str, Any]:
    known = {canonical_sequence(text) for text in one}
    return {
        "on_both": sum(canonical_sequence(text) in known for text in two),
        "highest_similarity": round(groups.highest_similarity(one, two), 6),
        "shared_8mers": round(_shared(one, two), 6),
    }


def _shared(one: list[str], two: list[str]) -> float:
    """The share of the second's distinct k-mers that the first has too."""
    first, second = (np.unique(distinct_kmers(texts, K)[1]) for texts in (one, two))
    return float(np.isin(second, first).mean()) if len(second) else 0.0
