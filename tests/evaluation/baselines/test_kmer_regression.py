"""k-mer regression on DNA of any length."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dna_protein_bca.evaluation.baselines import kmer_regression as kmers


def random_dna(rng: np.random.Generator, length: int, letters: str = "ACGT") -> str:
    return "".join(rng.choice(list(letters), length))


def test_kmers_stand_for_both_strands() -> None:
    features = kmers.kmer_features(["ACGTTGCAAC", "GTTGCAACGT", "ACGNNGCA"])
    difference = features[0] - features[1]
    assert abs(difference).sum() == 0
    # Each block of k-mer lengths has norm 1, where there is a k-mer without N.
    assert features[0].multiply(features[0]).sum() == np.float32(len(kmers.LENGTHS))
    assert features[2].nnz == 0


def kmer_pairs(rng: np.random.Generator, count: int) -> tuple[pd.DataFrame, list[str]]:
    dna = [random_dna(rng, 40) for _ in range(count)]
    label = np.arange(count) % 2
    site = "CACGTG"
    dna = [f"{s[:10]}{site}{s[16:]}" if b else s for s, b in zip(dna, label, strict=True)]
    table = pd.DataFrame({"protein_id": "p", "row": np.arange(count), "label": label})
    return table, dna


def test_kmer_regression_learns_a_site_and_never_sees_what_it_scores() -> None:
    rng = np.random.default_rng(3)
    table, dna = kmer_pairs(rng, 120)
    score = kmers.crossed_matrix(table, ["p"], dna, seed=0)[0]
    label = table["label"].to_numpy()
    assert score[label == 1].mean() > score[label == 0].mean() + 0.05
    # With random labels, cross-validation must not find them again.
    table["label"] = rng.permutation(label)
    chance = kmers.crossed_matrix(table, ["p"], dna, seed=0)[0]
    bound = table["label"].to_numpy() == 1
    assert abs(np.mean(chance[bound][:, None] > chance[~bound]) - 0.5) < 0.2


def test_folds_with_few_positives_do_not_rank_against_the_truth() -> None:
    rng = np.random.default_rng(6)
    aurocs = []
    for _ in range(20):
        dna = [random_dna(rng, 60) for _ in range(100)]
        label = rng.permutation(np.arange(100) < 10)
        table = pd.DataFrame({"protein_id": "p", "row": np.arange(100), "label": label * 1})
        score = kmers.crossed_matrix(table, ["p"], dna, seed=0)[0]
        aurocs.append(np.mean(score[label][:, None] > score[~label]))
        assert score.mean() < 0.3
    assert 0.4 < np.mean(aurocs) < 0.56


def test_an_unseen_protein_gets_the_model_of_all_pairs() -> None:
    table, dna = kmer_pairs(np.random.default_rng(4), 60)
    known, new = kmers.trained_matrix(table, dna, ["p", "new"], dna)
    np.testing.assert_allclose(known, new)
    none = kmers.trained_matrix(table[table["label"] == 1], dna, ["p"], dna)
    assert np.isnan(none).all()
