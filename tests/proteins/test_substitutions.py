"""What a mutant loses is told by what its family allows at the same match state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.proteins.domains import find_domains, profile_lengths
from dna_protein_bca.proteins.identity import MatchStates, match_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins
from dna_protein_bca.proteins.substitutions import (
    LossConfig,
    SubstitutionLoss,
    profile_emissions,
)


@pytest.fixture(scope="module")
def domains(data_dir: Path) -> dict[str, MatchStates]:
    pairs = [
        (record.id, record.sequence)
        for record in read_fasta(data_dir / "example_proteins.fa", "protein")
    ]
    return {
        name: match_states(sequence, known)
        for (name, sequence), known in zip(pairs, find_domains(pairs), strict=True)
    }


@pytest.fixture(scope="module")
def losses(domains: dict[str, MatchStates]) -> SubstitutionLoss:
    proteins = [MeasuredProtein(name, "", "", one, (), ()) for name, one in domains.items()]
    return SubstitutionLoss(MeasuredProteins(proteins))


def mutant(wild: MatchStates, family: str, state: int, letter: str, domain: int = 0) -> MatchStates:
    changed = wild[family].copy()
    assert chr(changed[domain, state]) not in (letter, "-")
    changed[domain, state] = ord(letter)
    return {**wild, family: changed}


def test_emissions_are_probabilities_of_every_profile() -> None:
    emissions = profile_emissions()
    assert {name: len(values) for name, values in emissions.items()} == dict(profile_lengths())
    for values in emissions.values():
        np.testing.assert_allclose(values.sum(1), 1, atol=1e-4)
    asparagine = "ACDEFGHIKLMNPQRSTVWY".index("N")
    assert emissions["Homeodomain"][49].argmax() == asparagine  # canonical 51


@pytest.mark.parametrize(
    ("protein", "family", "state", "letter"),
    [
        ("LHX2", "Homeodomain", 49, "A"),
        ("LHX2", "Homeodomain", 46, "A"),
        ("LHX2", "Homeodomain", 51, "P"),
        ("GATA1", "GATA", 0, "Y"),
    ],
)
def test_what_the_family_never_has_is_lost(
    domains: dict[str, MatchStates],
    losses: SubstitutionLoss,
    protein: str,
    family: str,
    state: int,
    letter: str,
) -> None:
    wild = domains[protein]
    assert losses.loss(mutant(wild, family, state, letter), wild) > 1


def test_no_difference_and_what_the_family_allows_cost_nothing(
    domains: dict[str, MatchStates], losses: SubstitutionLoss
) -> None:
    wild = domains["LHX2"]
    assert losses.loss(wild, wild) == 0
    emissions = profile_emissions()["Homeodomain"]
    varied = int(np.argmin((emissions * np.log(emissions)).sum(1)))
    letters = "ACDEFGHIKLMNPQRSTVWY"
    old = chr(wild["Homeodomain"][0, varied])
    best = next(a for a in (letters[i] for i in np.argsort(-emissions[varied])) if a != old)
    assert losses.loss(mutant(wild, "Homeodomain", varied, best), wild) == 0


def test_losses_grow_up_to_the_ceiling_and_other_families_do_not_count(
    domains: dict[str, MatchStates], losses: SubstitutionLoss
) -> None:
    wild = domains["LHX2"]
    worse = mutant(mutant(wild, "Homeodomain", 49, "A"), "Homeodomain", 46, "D")
    single = losses.loss(mutant(wild, "Homeodomain", 49, "A"), wild)
    assert single <= losses.loss(worse, wild) <= LossConfig().ceiling
    assert losses.loss(worse, domains["MAX"]) == 0


def test_a_residue_that_one_of_the_two_lacks_costs_nothing(
    domains: dict[str, MatchStates], losses: SubstitutionLoss
) -> None:
    wild = domains["LHX2"]
    gap = wild["Homeodomain"].copy()
    gap[0, 49] = ord("-")
    assert losses.loss({**wild, "Homeodomain": gap}, wild) == 0


def test_a_protein_of_many_differences_is_no_mutant(domains: dict[str, MatchStates]) -> None:
    wild = domains["LHX2"]
    measured = MeasuredProteins([MeasuredProtein("LHX2", "", "", wild, (), ())])
    losses = SubstitutionLoss(measured, LossConfig(ceiling=99.0))
    one = many = mutant(wild, "Homeodomain", 46, "A")
    emissions = profile_emissions()["Homeodomain"]
    for state in np.argsort((emissions * np.log(emissions)).sum(1))[:8]:
        old, at = chr(wild["Homeodomain"][0, state]), np.argsort(-emissions[state])
        allowed = next("ACDEFGHIKLMNPQRSTVWY"[i] for i in at if "ACDEFGHIKLMNPQRSTVWY"[i] != old)
        many = mutant(many, "Homeodomain", int(state), allowed)
    assert 1 < losses.loss(many, wild) < losses.loss(one, wild)


def test_arrays_are_compared_finger_by_finger_where_they_agree_best(
    domains: dict[str, MatchStates], losses: SubstitutionLoss
) -> None:
    wild = domains["SP1"]
    shorter = {"zf-C2H2": wild["zf-C2H2"][1:]}
    assert losses.loss(shorter, wild) == 0
    assert losses.loss(mutant(shorter, "zf-C2H2", 2, "S"), wild) > 1  # a cysteine of the zinc
