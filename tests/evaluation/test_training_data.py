"""What weights were trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dna_protein_bca.evaluation.training_data import TrainingData, identity_to
from dna_protein_bca.io.fasta import read_fasta


def test_a_fragment_that_was_trained_on_is_not_the_whole(data_dir: Path) -> None:
    """Reports group proteins by the identity that predictions state."""
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    whole = next(record.sequence for record in records if record.id == "LHX2")
    query = [("whole", whole), ("none", "A" * 40)]
    fragment = identity_to(TrainingData([("fragment", whole[240:298])]), query, 1)
    np.testing.assert_allclose(fragment, [31 / 57, np.nan], atol=1e-6)
    np.testing.assert_allclose(identity_to(TrainingData([query[0]]), query, 1), [1, np.nan])
