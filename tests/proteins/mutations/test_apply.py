"""A mutation must name the residues that are there."""

from __future__ import annotations

import pytest

from dna_protein_bca.proteins.mutations import (
    NotationError,
    isoform_hint,
    mutate,
    parse_mutation,
)

WILD = "MKRNALERKRRDHIKDSF"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("K10W", "residue 10 is R, and not K"),
        ("R99W", "R99 lies past the end of the 18 residues"),
        ("K9_D11del", "residue 11 is R, and not D"),
        ("M1*", "no residue is left"),
    ],
)
def test_a_residue_that_is_not_there_is_told(text: str, told: str) -> None:
    with pytest.raises(NotationError, match=told):
        mutate(WILD, parse_mutation(text))


def test_a_constant_offset_of_several_residues_hints_at_an_isoform() -> None:
    moved = [parse_mutation(text) for text in ("N14A", "D22A", "H23Q")]
    assert "all 3 residues" in isoform_hint(WILD, moved)
    assert "10 before" in isoform_hint(WILD, moved)
    longer = "G" * 20 + WILD
    assert "20 further on" in isoform_hint(longer, [parse_mutation("N4A+H13Q")])


def test_what_may_be_chance_is_no_hint() -> None:
    assert isoform_hint(WILD, [parse_mutation("N14A")]) == ""
    assert isoform_hint("RKRKRKRKRK", [parse_mutation("K3A"), parse_mutation("R4A")]) == ""
    assert isoform_hint(WILD, [parse_mutation("W2A"), parse_mutation("R4A")]) == ""
    there = "+".join(f"{letter}{place}A" for place, letter in enumerate(WILD, 1) if letter != "A")
    assert isoform_hint(WILD, [parse_mutation(there)]) == ""
