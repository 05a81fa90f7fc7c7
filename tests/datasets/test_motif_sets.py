"""Motifs and their proteins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.datasets.motif_sets import SourceMotif, link, probabilities
from dna_protein_bca.datasets.protein_names import ProteinNames
from dna_protein_bca.errors import InputError

Write = Callable[[str, str], Path]


def source(name: str, *proteins: str, width: int = 6) -> SourceMotif:
    matrix = np.full((width, 4), 0.25, np.float32)
    return SourceMotif(name, tuple((one,) for one in proteins), matrix)


def test_what_cannot_be_linked_is_counted(names: ProteinNames) -> None:
    motifs = [
        source("a", "Q9Y2X9"),
        source("b", "Q9Y2X9", "Q01196"),
        source("c", "P00000"),
        source("d", "runx1"),
        source("e", "Q01196", width=0),
    ]
    linked = link(motifs, names)
    assert [motif.name for motif in linked.data.motifs] == ["a@sp|Q9Y2X9|ZN281_HUMAN"]
    assert list(linked.data.proteins) == ["sp|Q9Y2X9|ZN281_HUMAN"]
    left = {"complexes": 1, "without_sequence": 1, "ambiguous": 1, "empty": 1}
    assert linked.counts == left and linked.unknown == ["P00000"]
    assert linked.ambiguous == ["runx1: sp|Q01196|RUNX1_HUMAN, sp|Q03347|RUNX1_MOUSE"]
    each = link(motifs, names, complexes="each")
    assert [motif.name for motif in each.data.motifs] == [
        "a@sp|Q9Y2X9|ZN281_HUMAN",
        "b@sp|Q9Y2X9|ZN281_HUMAN",
        "b@sp|Q01196|RUNX1_HUMAN",
    ]
    with pytest.raises(InputError, match="the only motif has no protein in the FASTA file"):
        link([source("c", "P00000")], names)


@pytest.mark.parametrize(
    ("motif", "reason"),
    [
        (source("a", "runx1"), r"1 whose name several records have; .*runx1: sp\|Q01196.*_MOUSE$"),
        (
            source("a", "P0"),
            r"1 of proteins that the file does not have; .*P0, .* sp\|Q9Y2X9",
        ),
        (source("a", "Q9Y2X9", "Q01196"), r"1 of several proteins \(.*--complexes each\)$"),
        (source("a", "Q9Y2X9", width=0), r"1 without a matrix$"),
    ],
)
def test_why_no_motif_has_a_protein(motif: SourceMotif, reason: str, names: ProteinNames) -> None:
    with pytest.raises(InputError, match=f"the only motif has no protein .*: {reason}"):
        link([motif], names)


def test_a_motif_whose_own_name_has_an_at_sign(names: ProteinNames) -> None:
    (motif,) = link([source("MA 1@x", "Q9Y2X9")], names).data.motifs
    assert motif.name == "MA_1_x@sp|Q9Y2X9|ZN281_HUMAN"


def test_positions_without_counts_are_uniform() -> None:
    found = probabilities(np.array([[3, 1, 0, 0], [0, 0, 0, 0]]))
    np.testing.assert_array_equal(found, [[0.75, 0.25, 0, 0], [0.25] * 4])
