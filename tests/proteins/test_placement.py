"""The domains of a reference are found in its mutants, whatever the mutation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.placement import at_reference


@pytest.fixture(scope="module")
def wild(data_dir: Path) -> dict[str, str]:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return {record.id: record.sequence for record in records}


def mutated(sequence: str, position: int, letter: str) -> str:
    return sequence[: position - 1] + letter + sequence[position:]


@pytest.mark.parametrize(
    ("protein", "position", "letter"),
    [
        ("MAX", 24, "E"),  # the first residue of the domain, which a search leaves out
        ("MAX", 74, "W"),  # the last one
        ("LHX2", 268, "I"),
        ("GATA1", 258, "T"),  # a cysteine of the zinc
        ("SP1", 646, "I"),  # a histidine of the zinc: the search finds no finger there
        ("SP1", 676, "W"),  # in a finger with an insertion
        ("CTCF", 369, "E"),
    ],
)
def test_a_mutant_differs_where_it_was_mutated(
    wild: dict[str, str], protein: str, position: int, letter: str
) -> None:
    sequence = wild[protein]
    mutant = mutated(sequence, position, letter)
    known, own = find_domains([(protein, sequence), (protein, mutant)])
    reference = match_states(sequence, known)
    placed = at_reference(mutant, own, reference)
    expected = match_states(mutant, known)
    (family,) = expected
    np.testing.assert_array_equal(placed[family], expected[family])
    assert (placed[family] != reference[family]).sum() == 1


def test_a_domain_that_is_not_there_is_placed_nowhere(wild: dict[str, str]) -> None:
    sequence = wild["SP1"]
    (known,) = find_domains([("SP1", sequence)])
    reference = match_states(sequence, known)
    shorter = sequence[: known[2].start - 2]
    placed = at_reference(shorter, known[:2], reference)["zf-C2H2"]
    np.testing.assert_array_equal(placed[:2], reference["zf-C2H2"][:2])
    assert (placed[2] == ord("-")).all()
    (other,) = find_domains([("MAX", wild["MAX"])])
    assert (at_reference(wild["MAX"], other, reference)["zf-C2H2"] == ord("-")).all()


def test_equal_domains_keep_their_order(wild: dict[str, str]) -> None:
    sequence = wild["SP1"]
    (known,) = find_domains([("SP1", sequence)])
    finger = sequence[known[1].start - 5 : known[1].end]
    twice = finger * 3
    (own,) = find_domains([("x", twice)])
    reference = match_states(twice, own)
    assert len(reference["zf-C2H2"]) == 3
    mutant = twice[:6] + "W" + twice[7:]
    placed = at_reference(mutant, own[1:], reference)["zf-C2H2"]
    assert (placed != reference["zf-C2H2"]).sum(1).tolist() == [1, 0, 0]
