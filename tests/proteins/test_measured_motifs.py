"""The measured motif most like a predicted one."""

from __future__ import annotations

import numpy as np
import pytest

from dna_protein_bca.proteins.measured_motifs import MeasuredMotifs
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins


def test_names_and_sources_of_the_nearest() -> None:
    generator = np.random.default_rng(0)
    motifs = [generator.dirichlet(np.full(4, 0.3), width) for width in (8, 11, 8)]
    measured = MeasuredProteins(
        [
            MeasuredProtein("A", "", "", {}, (motifs[0], motifs[1]), ("JASPAR", "UniPROBE")),
            MeasuredProtein("silent", "", "", {}, (), ()),
            MeasuredProtein("B", "", "", {}, (motifs[2],), ("CIS-BP",)),
        ]
    )
    table = MeasuredMotifs(measured)
    assert len(table) == 3
    found = [table.nearest(motif[::-1, ::-1]) for motif in motifs]
    assert [each.name for each in found] == ["A", "2@A", "B"]
    assert [each.source for each in found] == ["JASPAR", "UniPROBE", "CIS-BP"]
    assert [each.correlation for each in found] == pytest.approx([1, 1, 1])
