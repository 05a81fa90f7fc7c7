"""Residues that a family hardly ever lacks, counted in families of a few made-up proteins."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from dna_protein_bca.io.tokenizers import ProteinTokenizer
from dna_protein_bca.model.invariants import CEILING, FEWEST, Invariants
from dna_protein_bca.proteins.domains import families, profile_lengths
from dna_protein_bca.proteins.features import ProteinInput, collate
from dna_protein_bca.proteins.identity import parse_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins

FAMILY = "Homeodomain"
STATES = profile_lengths()[FAMILY]


def _measured(count: int, odd: int = 0) -> MeasuredProteins:
    """Homeodomains with N at the fifth match state, but for a few, and anything at the sixth."""
    proteins = []
    for number in range(count):
        fifth = "K" if number < odd else "N"
        states = parse_states([f"----{fifth}{'ACDE'[number % 4]}".ljust(STATES, "-")])
        proteins.append(MeasuredProtein(str(number), "", "", {FAMILY: states}, (), ()))
    return MeasuredProteins(proteins)


def _learned(measured: MeasuredProteins) -> Invariants:
    invariants = Invariants(tuple(profile_lengths().values()))
    invariants.learn(measured)
    return invariants


def _protein(*domains: str, family: str = FAMILY) -> ProteinInput:
    """Domains of two residues each, at the fifth and sixth match state."""
    letters = "".join(domains)
    place = families().index(family)
    return ProteinInput(
        id="p",
        residues=ProteinTokenizer().encode([letters]).ids[0].numpy().astype(np.int64),
        family=np.full(len(letters), place),
        position=np.tile([4, 5], len(domains)),
        ordinal=np.repeat(np.arange(len(domains), 0, -1), 2),
        fingers=np.empty((0, 2), dtype=np.int64),
        dbd=family,
        sequence_position=np.arange(len(letters)),
        embedding=np.empty((len(letters), 0), dtype=np.float32),
    )


ONCE = math.log((1 / 19) / ((1 + 1 / 19) / 121))
"""Of K, which one of 120 domains has where 119 have N. None has another residue."""


@pytest.mark.parametrize(
    ("domains", "expected"),
    [
        (["NA"], 0.0),
        (["AA"], CEILING),
        (["KW"], ONCE),
        (["XA"], 0.0),
        (["AA", "NA"], 0.0),
        (["AA", "KA"], ONCE),
    ],
)
def test_the_most_intact_domain_counts(domains: list[str], expected: float) -> None:
    found = _learned(_measured(120, odd=1))(collate([_protein(*domains)]))
    assert found.tolist() == pytest.approx([expected])


@pytest.mark.parametrize(("count", "odd"), [(FEWEST - 1, 0), (120, 12)])
def test_few_or_mixed_residues_are_not_invariant(count: int, odd: int) -> None:
    assert not _learned(_measured(count, odd)).cost.any()


def test_other_families_and_proteins_without_domains() -> None:
    known = _learned(_measured(120))
    nothing = _protein("AA")._replace(
        family=np.array([-1, -1]), position=np.array([-1, -1]), ordinal=np.array([0, 0])
    )
    batch = collate([_protein("AA", family="bZIP_1"), nothing, _protein("AA", "AA", "AA")])
    assert known(batch).tolist() == pytest.approx([0.0, 0.0, CEILING])


def test_a_domain_without_invariants_does_not_stand_in() -> None:
    both = _protein("AA", "AA")
    families_of = both.family.copy()
    families_of[2:] = families().index("bZIP_1")
    assert _learned(_measured(120))(collate([both._replace(family=families_of)])) == CEILING


def test_nothing_is_lost_before_anything_is_learned() -> None:
    untaught = Invariants(tuple(profile_lengths().values()))
    assert torch.equal(untaught(collate([_protein("AA")])), torch.zeros(1))
