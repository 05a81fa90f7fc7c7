"""Weights of match states, learned in a made-up family in which one residue decides the motif."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.proteins.identity import DomainTable, parse_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins
from dna_protein_bca.training.recipe.relatives.contacts import (
    ContactConfig,
    compare,
    learn_contacts,
    weighted_identity,
)

FAMILY, DECIDES = "Homeodomain", 7
STATES = profile_lengths()[FAMILY]
FIRST = list(profile_lengths()).index(FAMILY)


def _protein(name: str, motifs: tuple[np.ndarray, ...], **families: list[str]) -> MeasuredProtein:
    states = {family: parse_states(ones) for family, ones in families.items()}
    return MeasuredProtein(name, "", "", states, motifs, ("",) * len(motifs))


def _site(letters: str) -> np.ndarray:
    motif = np.full((len(letters), 4), 0.04, dtype=np.float32)
    motif[np.arange(len(letters)), ["ACGT".index(letter) for letter in letters]] = 0.88
    return motif


def test_the_residue_that_decides_gets_the_weight() -> None:
    rng = np.random.default_rng(0)
    proteins = []
    for number in range(40):
        letters = rng.choice(list("ACDEFGHIKL"), STATES)
        # Half of the residues are the family's.
        letters[rng.random(STATES) < 0.5] = "M"
        letters[DECIDES] = "KQ"[number % 2]
        motif = _site(["TAATCC", "CACGTG"][number % 2])
        proteins.append(_protein(str(number), (motif,), **{FAMILY: ["".join(letters)]}))
    proteins.append(_protein("never measured", (), **{FAMILY: ["M" * STATES]}))
    config = ContactConfig(steps=40, proteins=8, stride=16, hide=(0.6, 0.9), learning_rate=0.1)
    said: list[str] = []
    found = learn_contacts(MeasuredProteins(proteins), 0.5, config, report=said.append)
    lengths = list(profile_lengths().values())
    assert len(found) == sum(lengths)
    weights = found.split(lengths)
    assert int(weights[FIRST].argmax()) == DECIDES
    assert float(weights[FIRST][DECIDES]) > float(weights[FIRST].median()) + 1
    # A family that nobody has stays as it is.
    assert not weights[FIRST + 1].any()
    assert said


def test_what_is_learned_is_what_finds_relatives() -> None:
    """The identity in the loss is that of the table from which relatives are taken in use."""
    rng = np.random.default_rng(1)
    family = "zf-C2H2"
    states = profile_lengths()[family]

    ancestor = rng.choice(list("ACDEFGHIKLM-"), (4, states))
    ancestor[:, 0] = "A"

    def array(first: int, end: int) -> list[str]:
        """Some of its domains, a third of the residues others: they align in one way alone."""
        changed = rng.random((4, states)) < 0.3
        changed[:, 0] = False
        letters = np.where(changed, rng.choice(list("NPQRST-"), (4, states)), ancestor)
        return ["".join(row) for row in letters[first:end]]

    spans = ((0, 1), (3, 4), (1, 3), (0, 4), (1, 4))
    ones = [_protein(str(n), (_site("ACGT"),), **{family: array(*s)}) for n, s in enumerate(spans)]
    table = MeasuredProteins(ones)
    log_weight = torch.from_numpy(rng.normal(scale=0.3, size=states)).float()
    found = compare(table, 2, np.ones(len(ones), dtype=bool), 10)
    assert sorted(found.rows) == [0, 1, 3, 4]
    weighted = weighted_identity(found, np.arange(4), log_weight)
    used = DomainTable([one.domains for one in ones], {family: log_weight.exp().double().numpy()})
    expected = used.identities(ones[2].domains)[found.rows]
    np.testing.assert_allclose(weighted.numpy(), expected, atol=1e-4)
    plain = weighted_identity(found, np.arange(4), torch.zeros(states))
    np.testing.assert_allclose(plain.numpy(), found.identity, atol=1e-5)


def test_relatives_of_another_family_keep_their_identity() -> None:
    both = {FAMILY: ["M" * STATES], "bZIP_1": ["K" * profile_lengths()["bZIP_1"]]}
    ones = [
        _protein("query", (_site("ACGT"),), **both),
        _protein("other", (_site("ACGT"),), bZIP_1=both["bZIP_1"]),
        _protein("same", (_site("ACGT"),), **{FAMILY: ["M" * (STATES - 1) + "A"]}),
        _protein("like", (_site("ACGT"),), **{FAMILY: ["M" * (STATES - 2) + "AA"]}),
    ]
    found = compare(MeasuredProteins(ones), 0, np.array([True, True, True, False]), 10)
    assert found.family == FAMILY
    assert found.rows.tolist() == [1, 2]
    log_weight = torch.zeros(STATES)
    log_weight[-1] = 50.0
    identity = weighted_identity(found, np.arange(2), log_weight)
    assert identity.tolist() == pytest.approx([1.0, 0.0], abs=1e-6)
