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


def test_changes_elsewhere_cost_nothing() -> None:
    query = states(changed(WILD, s0="G"))
    assert counted(query, 1.0)["wild type"] == counted(query, 0.0)["wild type"]


def test_without_a_close_relative_contacts_cost_nothing() -> None:
    query = states(changed("ACDEF" + "A" * 8 + "W" * 7, s4="K"))
    assert counted(query, 1.0) == counted(query, 0.0)
    assert max(counted(query, 1.0).values()) > 0


def test_far_relatives_with_the_wild_types_contact_lose_too() -> None:
    far, mutant = "far, other contact", states(MUTANT)
    assert counted(mutant, 1.0)[far] < counted(mutant, 0.0)[far]
    assert counted(states(WILD), 1.0)[far] == counted(states(WILD), 0.0)[far]


def test_a_fragment_without_the_contact_does_not_share_it() -> None:
    fragment = "-" * 5 + WILD[5:]
    measured = MeasuredProteins(
        [
            MeasuredProtein(name, "", "", states(letters), (), ())
            for name, letters in (("whole", WILD), ("part", fragment))
        ]
    )
    table = ContactIdentities(measured, {"Homeodomain": WEIGHTS}, 1.0)
    assert table.identities(states(MUTANT)).max() < 0.05


def test_a_natural_protein_of_which_one_is_measured_loses_no_relative() -> None:
    paralog = states(changed(WILD, s4="K"))
    measured = MeasuredProteins(
        [
            MeasuredProtein(name, "", "", domains, (), ())
            for name, domains in (("itself", states(WILD)), ("paralog", paralog))
        ]
    )
    table, plain = (
        ContactIdentities(measured, {"Homeodomain": WEIGHTS}, penalty) for penalty in (1.0, 0.0)
    )
    query = states(changed(WILD, s0="G"))
    assert table.identities(query).tolist() == plain.identities(query).tolist()


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


def test_one_finger_with_other_contacts_counts_for_the_whole_array() -> None:
    fingers = [WILD, WILD[::-1], WILD[5:] + WILD[:5], WILD[10:] + WILD[:10]]
    mutant = [*fingers[:3], changed(fingers[3], s4="G")]
    other = [changed(fingers[0], s0="G", s8="A", s12="A", s15="G"), *mutant[1:]]
    measured = MeasuredProteins(
        [
            MeasuredProtein(name, "", "", {"zf-C2H2": parse_states(letters)}, (), ())
            for name, letters in (("wild type", fingers), ("same contacts", other))
        ]
    )
    query = {"zf-C2H2": parse_states(mutant)}
    wild_type, same_contacts = measured.identities(query)
    assert wild_type > same_contacts > 0.9
    counted = ContactIdentities(measured, {"zf-C2H2": WEIGHTS}, 1.0).identities(query)
    assert counted[0] < 0.1 and counted[1] > 0.9
