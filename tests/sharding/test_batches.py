"""Predictions inside an engine of batches are those of `predict`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.sharding import BatchPredictor


def test_batches_have_the_rows_of_predict(data_dir: Path, tiny_weights: Path) -> None:
    proteins, dna = data_dir / "example_proteins.fa", data_dir / "example_dna.fa"
    score = BatchPredictor(proteins, tiny_weights, {"background": None}, device="cpu")
    records = [(record.id, record.sequence) for record in read_fasta(dna, "dna")]
    table = pd.DataFrame(records, columns=["dna_id", "sequence"])
    found = pd.concat([score(table[:3]), score(table[3:])], ignore_index=True)
    wanted = BindingPredictor.from_pretrained(tiny_weights, "cpu").predict(
        proteins, dna, background=None
    )
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-4, atol=2e-5)
    with pytest.raises(InputError, match="needs a column sequence"):
        score(table[["dna_id"]])
