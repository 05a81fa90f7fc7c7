"""Mutations are read in one letter and in the notation of HGVS."""

from __future__ import annotations

import pytest

from dna_protein_bca.proteins.mutations import NotationError, mutate, parse_mutation

WILD = "MKRNALERKRRDHIKDSF"


def of(text: str) -> tuple[str, str]:
    mutant = mutate(WILD, parse_mutation(text))
    return mutant.text, mutant.sequence


@pytest.mark.parametrize(
    ("text", "written", "sequence"),
    [
        ("R10W", "R10W", "MKRNALERKWRDHIKDSF"),
        ("p.Arg10Trp", "R10W", "MKRNALERKWRDHIKDSF"),
        (" p.(Arg10Trp) ", "R10W", "MKRNALERKWRDHIKDSF"),
        ("R10delinsW", "R10W", "MKRNALERKWRDHIKDSF"),
        ("p.Arg10=", "R10=", WILD),
        ("R10R", "R10=", WILD),
        ("R10*", "R10*", "MKRNALERK"),
        ("p.Arg10Ter", "R10*", "MKRNALERK"),
        ("p.Arg10Glyfs*12", "R10fs", "MKRNALERK"),
        ("R10fs", "R10fs", "MKRNALERK"),
        ("p.Lys9del", "K9del", "MKRNALERRRDHIKDSF"),
        ("K9_R11del", "K9_R11del", "MKRNALERDHIKDSF"),
        ("p.Lys9_Arg10insGlyAla", "K9_R10insGA", "MKRNALERKGARRDHIKDSF"),
        ("K9_R11dup", "K9_R11dup", "MKRNALERKRRKRRDHIKDSF"),
        ("K9_R11delinsW", "K9_R11delinsW", "MKRNALERWDHIKDSF"),
        ("K9_R11delinsG*", "K9_R11delinsG*", "MKRNALERG"),
        ("K9A+R11del", "K9A+R11del", "MKRNALERARDHIKDSF"),
        ("R11del + K9A", "K9A+R11del", "MKRNALERARDHIKDSF"),
        ("p.[Lys9Ala;Arg11del]", "K9A+R11del", "MKRNALERARDHIKDSF"),
        ("K9_R10insG+R10W", "K9_R10insG+R10W", "MKRNALERKGWRDHIKDSF"),
    ],
)
def test_what_is_written_is_done(text: str, written: str, sequence: str) -> None:
    assert of(text) == (written, sequence)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("R10", "is not read: write R36W"),
        ("r10w", "is not read"),
        ("p.Met1?", "is not read"),
        ("", "is not read"),
        ("R10X", "a stop is [*]"),
        ("Arg10Foo", "'Foo' is no amino acid"),
        ("R0W", "count from 1"),
        ("R11_K9del", "must follow"),
        ("K9_R11insA", "names the two residues beside it"),
        ("K9_R11delinsG*A", "residues follow a stop"),
        ("*18Q", "stop codon"),
        ("R10*+D12A", "D12A .* lies behind R10[*]"),
        ("R10_R11del+R11W", "change the same residues"),
        ("K9_R10insA+K9_R10insG", "change the same residues"),
    ],
)
def test_what_is_no_mutation_says_why(text: str, told: str) -> None:
    with pytest.raises(NotationError, match=told):
        parse_mutation(text)


def test_changes_that_keep_the_length_are_told_from_those_that_do_not() -> None:
    mutant = mutate(WILD, parse_mutation("R3_N4delinsKA+K9_R11del+D12E"))
    assert mutant.substituted == "MKKAALERKRREHIKDSF"
    assert mutant.positions == (2, 3, 11)
    assert mutant.resized == ((8, 11),)
