"""Motifs of a file whose protein is there, and what is said of the others."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.io.motif_owners import nearest, with_protein


def motifs(*names: str) -> list[Motif]:
    return [Motif(name, np.full((3, 4), 0.25, np.float32)) for name in names]


def test_motifs_without_a_protein_are_counted_and_three_are_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = motifs("MAX", "2@MAX", "A", "B", "2@C", "D", "x@GATA1")
    assert [one.name for one in with_protein(given, ["MAX", "GATA1"], "m.meme")] == [
        *("MAX", "2@MAX", "x@GATA1")
    ]
    (said,) = caplog.messages
    assert said.startswith("m.meme: 4 of 7 motifs have no protein of their name")
    assert said.endswith("left out: A, B, 2@C and 1 more")


def test_all_of_them_are_named_where_more_is_to_be_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with_protein(motifs("MAX", "A", "B", "C", "D", "E"), ["MAX"], "m.meme")
    assert caplog.messages[0].endswith("left out: A, B, C, D, E")


def test_nothing_is_said_where_all_have_their_protein(caplog: pytest.LogCaptureFixture) -> None:
    assert len(with_protein(motifs("MAX", "1@SP1"), ["MAX", "SP1", "LHX2"], "m.meme")) == 2
    assert not caplog.messages


def test_none_is_an_error_with_names_of_both_files() -> None:
    with pytest.raises(InputError) as caught:
        with_protein(motifs("MAX_HUMAN.H11MO.0.A", "b", "c", "d"), ["GATA1", "MAX"], "m.meme")
    said = str(caught.value)
    assert said.startswith("m.meme: none of the 4 motifs has a protein of its name")
    assert "named MAX_HUMAN.H11MO.0.A, b, c and 1 more, and proteins GATA1, MAX;" in said
    assert "'MAX_HUMAN.H11MO.0.A' may be of 'MAX'" in said


def test_the_second_name_of_a_motif_tells_its_protein() -> None:
    motif = motifs("MA0058.3")[0]._replace(alias="MAX")
    with pytest.raises(InputError, match=r"'MA0058\.3 MAX' may be of 'sp\|P61244\|MAX_HUMAN'"):
        with_protein([motif], ["GATA1", "sp|P61244|MAX_HUMAN"], "m.meme")


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("MAX_HUMAN", "MAX"),
        ("max", "MAX"),
        ("P61244", "sp|P61244|MAX_HUMAN"),
        ("MA0058.3@P61244", "sp|P61244|MAX_HUMAN"),
        ("MAX_HUMAN.H11MO.0.A", "sp|P61244|MAX_HUMAN"),
        ("P61244-2", "P61244"),
        ("GATA-1", "GATA1"),
        ("ZNF281", "ZNF28l"),
    ],
)
def test_the_pair_that_nearly_matches(name: str, id: str) -> None:
    others = ["sp|Q9Y2X9|ZN281_HUMAN", "tr|Q9XXX9|ABCD_HUMAN"]
    assert nearest(["NONSENSE", name], [*others, id]) == (name, id)


def test_names_that_have_nothing_in_common() -> None:
    assert nearest(["MA0058.3"], ["TP53", "GATA1"]) is None
