"""The backgrounds that come with weights are those of the weights beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.background import UNIFORM, BackgroundDNA
from dna_protein_bca.inference.background.store import Bundle, background_key
from dna_protein_bca.io.folder_names import BACKGROUNDS
from dna_protein_bca.proteins.collection import read_collection
from dna_protein_bca.resources import models_path

FOLDERS = sorted(path.parent for path in models_path().glob(f"*/{BACKGROUNDS}"))

SAMPLED = 6
"""Human proteins of a collection that are looked up."""


def test_the_weights_of_the_default_have_some() -> None:
    predictor = BindingPredictor.from_pretrained()
    assert predictor.folder in FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_proteins_of_the_collection_are_found(folder: Path) -> None:
    predictor = BindingPredictor.from_pretrained(folder, "cpu")
    bundle, dna = Bundle(folder / BACKGROUNDS), BackgroundDNA.parse(UNIFORM)
    records = read_collection(folder, "human")
    drawn = np.random.default_rng(0).choice(len(records), SAMPLED, replace=False)
    encoded = predictor.encode([(records[row].id, records[row].sequence) for row in drawn])
    assert "none" not in encoded.dbd
    found = [
        bundle.get(background_key([encoded], row, dna), dna.name) for row in range(len(encoded))
    ]
    missing = [id for id, background in zip(encoded.ids, found, strict=True) if background is None]
    assert not missing, f"make {BACKGROUNDS} anew with these weights, by `bundle_backgrounds`"
