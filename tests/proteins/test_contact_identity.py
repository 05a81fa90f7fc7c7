"""Of close relatives, what they have at the contacts decides how much they count."""

from __future__ import annotations

import numpy as np

from dna_protein_bca.proteins.contact_identity import ContactIdentities
from dna_protein_bca.proteins.identity import MatchStates, parse_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins

WIDTH = 20
WEIGHTS = np.ones(WIDTH)
WEIGHTS[4] = 6.0


def states(letters: str, family: str = "Homeodomain") -> MatchStates:
    return {family: parse_states([letters])}


def changed(letters: str, **places: str) -> str:
    new = list(letters)
    for place, letter in places.items():
        new[int(place[1:])] = letter
    return "".join(new)


WILD = "ACDEFGHIKLMNPQRSTVWY"
MUTANT = changed(WILD, s4="K")
TABLE = {
    "wild type": states(WILD),
    "another at the contact": states(changed(WILD, s4="K", s0="G", s8="A", s12="A", s15="G")),
    "elsewhere": states(changed(WILD, s0="G")),
    "far, other contact": states("ACDEF" + "G" * 15),
    "other family": states(WILD, "HLH"),
}
MEASURED = MeasuredProteins(
    [MeasuredProtein(name, "", "", domains, (), ()) for name, domains in TABLE.items()]
)


def counted(query: MatchStates, penalty: float) -> dict[str, float]:
    table = ContactIdentities(MEASURED, {"Homeodomain": WEIGHTS}, penalty)
    return dict(zip(TABLE, table.identities(query), strict=True))


def test_a_mutant_at_a_contact_is_not_its_wild_types() -> None:
    plain, penal = counted(states(MUTANT), 0.0), counted(states(MUTANT), 1.0)
    assert plain["another at the contact"] > plain["wild type"] > 0.7
    assert penal["wild type"] < 0.05 < 0.8 < penal["another at the contact"]
    assert penal["another at the contact"] == plain["another at the contact"]


def test_far_relatives_and_changes_elsewhere_cost_nothing() -> None:
    plain, penal = counted(states(WILD), 0.0), counted(states(WILD), 1.0)
    assert penal["wild type"] == plain["wild type"] == 1.0
    assert penal["elsewhere"] == plain["elsewhere"]
    far = states(changed("ACDEF" + "G" * 15, s4="K"))
    assert counted(far, 1.0)["wild type"] == counted(far, 0.0)["wild type"] > 0


def test_a_relative_stays_one_and_others_do_not_become_any() -> None:
    found = counted(states(MUTANT), 9.0)
    assert 0 < found["wild type"] < 1e-5
    assert found["other family"] == 0


def test_families_without_contacts_are_compared_as_before() -> None:
    table = ContactIdentities(MEASURED, {"Homeodomain": np.ones(WIDTH)}, 1.0)
    same = table.identities(states(WILD))
    assert same[0] == 1.0
    other = ContactIdentities(MEASURED, {"HLH": WEIGHTS}, 1.0).identities(states(MUTANT))
    assert 0.85 < other[0] < 1
