"""Folds of proteins with bound DNA, for which all that is like them is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.proteins.identity import MatchStates, parse_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins
from dna_protein_bca.training.recipe.bound.draws import DrawConfig
from dna_protein_bca.training.recipe.configs import DataConfig
from dna_protein_bca.training.recipe.folds import NEAR, make_folds, parse_fold
from dna_protein_bca.training.recipe.materials import Materials

FAMILY = "Homeodomain"


def measured_protein(name: str, letters: str) -> MeasuredProtein:
    domains: MatchStates = {FAMILY: parse_states([letters])}
    return MeasuredProtein(name, "", "", domains, (), ())


@pytest.fixture
def measured() -> MeasuredProteins:
    """Twelve families of a founder and three descendants, each a change of one residue in ten."""
    rng = np.random.default_rng(0)
    proteins = []
    for family in range(12):
        letters = rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), 20)
        for child in range(4):
            child_letters = letters.copy()
            if child:
                child_letters[[2 * child, 2 * child + 1]] = "X"
            proteins.append(measured_protein(f"f{family}_{child}", "".join(child_letters)))
    return MeasuredProteins(proteins)


def assays() -> list[list[str]]:
    """Arrays of nine families, reads of three, two of which have arrays, and an unknown protein."""
    return [[f"f{n}_0" for n in range(9)], ["f7_1", "f8_1", "f9_1", "nobody"]]


def test_nothing_that_is_near_a_judged_protein_is_left_in(measured: MeasuredProteins) -> None:
    folds = make_folds(measured, assays(), 3)
    for fold in folds:
        left = [p for p in measured.proteins if p.protein_id not in fold.without]
        assert left and fold.judged <= fold.without
        for name in fold.judged:
            near = measured.identities(measured.proteins[measured.rows[name]].domains)
            assert max(near[measured.rows[p.protein_id]] for p in left) < NEAR
            assert {f"{name[:-1]}{child}" for child in range(4)} <= fold.without


def test_every_protein_is_judged_once_and_relatives_together(measured: MeasuredProteins) -> None:
    folds = make_folds(measured, assays(), 3)
    judged = [name for fold in folds for name in fold.judged]
    assert sorted(judged) == sorted({*assays()[0], *assays()[1]} - {"nobody"})
    for fold in folds:
        assert ("f7_0" in fold.judged) == ("f7_1" in fold.judged)
        assert all(fold.judged.intersection(assay) for assay in assays())
    assert make_folds(measured, assays(), 3) == folds


@pytest.mark.parametrize("text", ["3", "0/3", "4/3", "1/1", "a/b", "1/-3"])
def test_no_such_fold(text: str) -> None:
    with pytest.raises(ValueError, match=r"data\.fold"):
        parse_fold(text)
    with pytest.raises(ValueError, match=r"data\.fold"):
        DataConfig(("train",), fold=text)


def test_materials_lack_the_fold(data: Path, tmp_path: Path) -> None:
    whole = Materials(data, DataConfig(("train",)), tmp_path)
    parts = [Materials(data, DataConfig(("train",), fold=f"{n}/2"), tmp_path) for n in (1, 2)]
    judged = [part.fold.judged for part in parts]
    assert judged[0] | judged[1] == {"MAX", "LHX2", "SP1"}
    for part in parts:
        assert part.relatives.rows.keys() == whole.relatives.rows.keys() - part.fold.without
        names = part.bound_dna(DrawConfig()).names
        assert names == sorted({"MAX", "LHX2", "SP1"} - part.fold.judged)
