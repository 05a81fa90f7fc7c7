"""What weights were trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from dna_protein_bca.evaluation.training_data import TrainingData, identity_to, trained_on
from dna_protein_bca.io.fasta import read_fasta


def test_a_fragment_that_was_trained_on_is_not_the_whole(data_dir: Path) -> None:
    """Reports group proteins by the identity that predictions state."""
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    whole = next(record.sequence for record in records if record.id == "LHX2")
    query = [("whole", whole), ("none", "A" * 40)]
    fragment = identity_to(TrainingData([("fragment", whole[240:298])]), query, 1)
    np.testing.assert_allclose(fragment, [31 / 57, np.nan], atol=1e-6)
    np.testing.assert_allclose(identity_to(TrainingData([query[0]]), query, 1), [1, np.nan])


def test_pairs_are_known_by_their_sequences_whatever_their_ids() -> None:
    pairs = pd.DataFrame({"protein_id": ["p", "p"], "dna_id": ["a", "b"], "row": [0, 1]})
    training = TrainingData([("p", "MKR")], pairs, ["AACGT", "GGGAA"])
    proteins = {"p": "MKR", "same": "mkr", "other": "MKRR"}
    dna = {"a": "AACGT", "back": "acgtt", "b": "CCCC"}
    names = [("p", "a"), ("same", "back"), ("other", "a"), ("p", "b")]
    table = pd.DataFrame(names, columns=["protein_id", "dna_id"])
    assert trained_on(training, table, proteins, dna) == 2
    assert trained_on(TrainingData([]), table, proteins, dna) == 0
