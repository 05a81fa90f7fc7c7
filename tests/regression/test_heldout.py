"""What the bundled heldout weights must be able to do, on a sample of the measured data.

`benchmarks/specificity.py` measures all of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.training.recipe.specificity_metrics import (
    POSITIVES,
    against_array,
    against_motif,
)


@pytest.fixture(scope="module")
def heldout() -> BindingPredictor:
    return BindingPredictor.from_pretrained("heldout")


def scores(
    predictor: BindingPredictor, data: Path, split: str, stride: int
) -> tuple[list[str], np.ndarray]:
    """Ids of a split's proteins, and their scores of every so many 8-mers."""
    table = specificity.read_proteins(data, (split,))
    words = canonical_kmers(8)[::stride]
    found = predictor.score_matrix(table.sequence.to_dict(), dict(zip(words, words, strict=True)))
    return list(table.index), found


def test_arrays_of_unseen_homeodomains(heldout: BindingPredictor, specificity_dir: Path) -> None:
    names, found = scores(heldout, specificity_dir, "validation-pbm", 16)
    measured = specificity.read_pbm(specificity_dir).loc[list(canonical_kmers(8)[::16]), names]
    rows = zip(found, measured.to_numpy().T, strict=True)
    assert np.mean([against_array(*row)["auroc"] for row in rows]) >= 0.95


def test_unseen_proteins_are_read_and_not_their_family(
    heldout: BindingPredictor, specificity_dir: Path
) -> None:
    stride = 64
    names, found = scores(heldout, specificity_dir, "validation", stride)
    motifs = specificity.read_motifs(specificity_dir, names)
    truth = np.stack([mean_kmer_scores(motifs[n]) for n in names])
    truth = truth[:, ::stride]
    bound = round(POSITIVES / stride)
    own = [against_motif(*row, bound)["auroc"] for row in zip(found, truth, strict=True)]
    shifted = np.roll(truth, 1, axis=0)
    other = [against_motif(*row, bound)["auroc"] for row in zip(found, shifted, strict=True)]
    assert np.mean(own) >= 0.86
    assert np.mean(other) <= 0.65


def test_proteins_that_bind_no_dna_have_no_score(heldout: BindingPredictor, data_dir: Path) -> None:
    table = heldout.predict(data_dir / "non_binders.fa", {"x": "ACGTGACGTCATAGCTAGCTA"})
    names = [record.id for record in read_fasta(data_dir / "non_binders.fa", "protein")]
    assert list(table.protein_id) == names and len(names) >= 10
    assert (table.dbd == "none").all() and table.score.isna().all()
