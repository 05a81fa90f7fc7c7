"""Weights that ask for it take from a mutant's scores what its substitutions cost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.proteins.relatives import MeasuredProteins

DNA = {"site": "GGACTAATTAGTCC", "other": "GGACGATCGCGTCC"}


@pytest.fixture(scope="module")
def wild(data_dir: Path) -> str:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return next(record.sequence for record in records if record.id == "LHX2")


def mutants(wild: str) -> dict[str, str]:
    """N51A of the homeodomain, which hardly binds, and a substitution outside of it."""
    at = wild.index("VWFQN") + 4
    return {
        "wild": wild,
        "N51A": wild[:at] + "A" + wild[at + 1 :],
        "outside": wild[:3] + "A" + wild[4:],
    }


def predictor(weights: Path, folder: Path, wild: str, *, loss: bool) -> BindingPredictor:
    shutil.copytree(weights, folder)
    config = json.loads((folder / "config.json").read_text())
    config["matching"]["substitution_loss"] = loss
    (folder / "config.json").write_text(json.dumps(config))
    table = pd.DataFrame({"protein_id": ["LHX2"], "sequence": [wild]})
    motif = np.random.default_rng(0).dirichlet([0.3] * 4, 8).astype(np.float32)
    measured = MeasuredProteins.from_tables(table, [Motif("m@LHX2", motif)])
    measured.save(folder / "relatives.parquet")
    return BindingPredictor.from_pretrained(folder, "cpu")


def test_a_mutant_loses_the_same_on_all_dna(tiny_weights: Path, tmp_path: Path, wild: str) -> None:
    scores = {}
    for loss in (True, False):
        model = predictor(tiny_weights, tmp_path / str(loss), wild, loss=loss)
        scores[loss] = dict(zip(mutants(wild), model.score_matrix(mutants(wild), DNA), strict=True))
    lost = {name: scores[False][name] - scores[True][name] for name in mutants(wild)}
    assert lost["wild"] == pytest.approx([0, 0], abs=1e-5)
    assert lost["outside"] == pytest.approx([0, 0], abs=1e-5)
    assert lost["N51A"][0] > 1
    assert lost["N51A"] == pytest.approx([lost["N51A"][0]] * 2, abs=1e-4)
