"""A picture of a record shows the scores and the sites that a scan gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor, InputError
from dna_protein_bca.inference.reducers import tracks
from dna_protein_bca.io.fasta import read_fasta

MAX_P = 0.02


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


def test_scores_and_sites(predictor: BindingPredictor, data_dir: Path) -> None:
    proteins = {
        record.id: record.sequence
        for path in ("example_proteins.fa", "non_binders.fa")
        for record in list(read_fasta(data_dir / path, "protein"))[:1]
    }
    records = read_fasta(data_dir / "example_dna.fa", "dna")
    dna = {"promoter": "".join(record.sequence for record in records)[:1001]}
    # A protein without a known domain has no panel.
    (axes,) = predictor.plot(proteins, dna, max_p=MAX_P).axes
    assert axes.get_title(loc="left") == "MAX"
    ((_, meeting),) = predictor.positions(proteins, dna)
    expected = tracks(meeting)[0][0].max(-1)
    drawn = axes.lines[0].get_ydata()
    shown = drawn > drawn.min()
    assert shown.any()
    np.testing.assert_allclose(drawn[shown], expected[shown], atol=1e-4)
    sites = pd.concat(predictor.scan(proteins, dna, max_p=MAX_P, overlaps=False))
    assert len(sites) > 3
    spans = {patch.get_x() + 0.5 for patch in axes.patches}
    assert spans == set(sites["start"])


def test_what_cannot_be_drawn(predictor: BindingPredictor, data_dir: Path) -> None:
    proteins = data_dir / "example_proteins.fa"
    with pytest.raises(InputError, match="more than one DNA record: give the one"):
        predictor.plot(proteins, {"x": "ACGTACGT", "y": "ACGT"})
    with pytest.raises(InputError, match="no DNA record"):
        predictor.plot(proteins, {})
    with pytest.raises(InputError, match="has 1,000,001 bp, and at most 1,000,000 are drawn"):
        predictor.plot(proteins, {"x": "A" * 1_000_001})
    with pytest.raises(InputError, match="none of the 10 proteins has a known"):
        predictor.plot(data_dir / "non_binders.fa", {"x": "ACGTACGT"})
    one = next(read_fasta(proteins, "protein"))
    with pytest.raises(InputError, match="'x' is all N or shorter than 5 bp"):
        predictor.plot([one], {"x": "NNNNNNNN"})
