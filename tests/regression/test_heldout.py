"""What the bundled heldout weights must be able to do, on measured data that is no test set.

The test arrays are for final tables alone, which `benchmarks/specificity.py` makes; here the
weights are judged on arrays of training proteins and on the motifs of validation proteins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.training.recipe.specificity_metrics import (
    POSITIVES,
    against_array,
    against_motif,
)

ARRAY_STRIDE = 16
MOTIF_STRIDE = 64
"""Every so many 8-mers are scored, which is enough to see weights or scoring break."""

NEAR = 0.7
"""Identity from which a measured protein is too near, as between the splits of the data set."""


@pytest.fixture(scope="module")
def heldout() -> BindingPredictor:
    return BindingPredictor.from_pretrained("heldout")


@pytest.fixture(scope="module")
def arrays(specificity_dir: Path) -> pd.DataFrame:
    """E-scores of 8-mers for one training protein of each family, a column for each protein."""
    folder = specificity_dir.parent / "arrays"
    if not (folder / "arrays.tsv").is_file():
        pytest.skip(f"no arrays in {folder}")
    about = pd.read_csv(folder / "arrays.tsv", sep="\t").query("split == 'train'")
    domains = specificity.read_proteins(specificity_dir, ("train",)).dbd[about["protein_id"]]
    about = about.assign(family=domains.str.split(":").str[0].to_numpy())
    about = about.drop_duplicates("family")
    table = pd.read_csv(folder / "escores.tsv.gz", sep="\t", index_col="8mer", na_filter=False)
    table = table[about["array"]].set_axis(about["protein_id"], axis=1)
    return table.loc[list(canonical_kmers(8)[::ARRAY_STRIDE])]


def without_near(measured: MeasuredProteins, proteins: Mapping[str, str]) -> MeasuredProteins:
    """The measured proteins that are no near relatives of any of the proteins."""
    near = {
        relative.protein_id
        for (_, sequence), domains in zip(
            proteins.items(), find_domains(list(proteins.items())), strict=True
        )
        for relative in measured.nearest(domains, sequence, n=None)
        if relative.identity >= NEAR
    }
    assert set(proteins) & set(measured.rows) <= near
    return MeasuredProteins(p for p in measured.proteins if p.protein_id not in near)


def test_arrays_without_the_motifs_of_near_relatives(
    heldout: BindingPredictor, arrays: pd.DataFrame, specificity_dir: Path
) -> None:
    """The weights have learned from these proteins' motifs, and must do without reading them."""
    sequences = specificity.read_proteins(specificity_dir, ("train",)).sequence[arrays.columns]
    proteins = sequences.to_dict()
    assert heldout.measured is not None and len(proteins) >= 10
    measured = without_near(heldout.measured, proteins)
    assert len(measured) < len(heldout.measured)
    scores = BindingPredictor(heldout.model, measured).score_matrix(
        proteins, dict(zip(arrays.index, arrays.index, strict=True))
    )
    escores = arrays.to_numpy(np.float64).T
    metrics = pd.DataFrame([against_array(*row) for row in zip(scores, escores, strict=True)])
    assert metrics["auroc"].mean() >= 0.98
    assert metrics["average_precision"].mean() >= 0.5
    # The array of another family says nothing of this protein.
    other = zip(scores, np.roll(escores, 1, axis=0), strict=True)
    assert np.mean([against_array(*row)["auroc"] for row in other]) <= 0.6


def test_unseen_proteins_are_read_and_not_their_family(
    heldout: BindingPredictor, specificity_dir: Path
) -> None:
    table = specificity.read_proteins(specificity_dir, ("validation",))
    kmers = canonical_kmers(8)[::MOTIF_STRIDE]
    scores = heldout.score_matrix(table.sequence.to_dict(), dict(zip(kmers, kmers, strict=True)))
    names = list(table.index)
    motifs = specificity.read_motifs(specificity_dir, names)
    truth = np.stack([mean_kmer_scores(motifs[name]) for name in names])
    truth = truth[:, ::MOTIF_STRIDE]
    bound = round(POSITIVES / MOTIF_STRIDE)
    auroc = [against_motif(*row, bound)["auroc"] for row in zip(scores, truth, strict=True)]
    shifted = np.roll(truth, 1, axis=0)
    other = [against_motif(*row, bound)["auroc"] for row in zip(scores, shifted, strict=True)]
    assert np.mean(auroc) >= 0.86
    assert np.mean(other) <= 0.65


def test_proteins_that_bind_no_dna_have_no_score(heldout: BindingPredictor, data_dir: Path) -> None:
    table = heldout.predict(data_dir / "non_binders.fa", {"x": "ACGTGACGTCATAGCTAGCTA"})
    names = [record.id for record in read_fasta(data_dir / "non_binders.fa", "protein")]
    assert list(table.protein_id) == names and len(names) >= 10
    assert (table.dbd == "none").all() and table.score.isna().all()
