"""The calibration of a recipe: real windows of proteins that were not trained on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dna_protein_bca.datasets.sources import bound_dna
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.recipe.joint_validation import (
    GENOMIC_BP,
    Validation,
    genomic_windows,
)


def test_windows_are_of_the_split_and_of_other_families(data: Path) -> None:
    table = genomic_windows(data, "validation")
    assert table["protein_id"].unique().tolist() == ["RUNX1"]
    assert table["sequence"].str.len().eq(GENOMIC_BP).all()
    assert table["label"].value_counts().to_dict() == {0: 10, 1: 10}
    sites = pd.read_csv(data.parent / bound_dna.SITES, sep="\t")
    turned = str.maketrans("ACGT", "TGCA")
    own = sites["protein_id"] == "RUNX1"
    for label, kind in ((1, own), (0, ~own)):
        whole = sites["sequence"][kind]
        for window in table["sequence"][table["label"] == label]:
            back = window[::-1].translate(turned)
            assert any(window in one or back in one for one in whole)


def test_a_calibration_counts_its_pairs_or_is_none(data: Path, tiny_weights: Path) -> None:
    found = Validation(data, MeasuredProteins([]), 1).calibration(load_model(tiny_weights))
    # Random weights and random sites: there may be nothing to fit.
    assert found is None or (found.proteins, found.pairs) == (1, 20)


def test_data_without_genomic_sites_are_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "specificity").mkdir()
    for path in data.iterdir():
        if path.is_file():
            (tmp_path / "specificity" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="no genomic sites"):
        genomic_windows(tmp_path / "specificity", "validation")
