"""The baselines on DNA of any length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from dna_protein_bca.evaluation import kmer_regression as kmers
from dna_protein_bca.evaluation.baselines import derangement
from dna_protein_bca.evaluation.reference import Training, identity_to
from dna_protein_bca.evaluation.relatives import RelativeScores, best_odds
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import DNATokenizer
from dna_protein_bca.motifs.pwm import score_motif
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins, Relative


def random_dna(rng: np.random.Generator, length: int, letters: str = "ACGT") -> str:
    return "".join(rng.choice(list(letters), length))


def random_motif(rng: np.random.Generator, width: int) -> np.ndarray:
    return rng.dirichlet(np.full(4, 0.3), width).astype(np.float32)


def measured(*motifs: list[np.ndarray]) -> MeasuredProteins:
    names = ((f"m{row}", "", "", {}, tuple(some)) for row, some in enumerate(motifs))
    return MeasuredProteins(MeasuredProtein(*one, ("",) * len(one[4])) for one in names)


def test_many_motifs_at_once_equal_one_at_a_time() -> None:
    rng = np.random.default_rng(0)
    motifs = [random_motif(rng, width) for width in (3, 8, 8, 21, 12)]
    dna = [random_dna(rng, n, "ACGTNRY") for n in (4, 5, 9, 40, 101, 23, 101)]
    found = best_odds(motifs, dna)
    ids = [DNATokenizer().encode([one]).ids[0].numpy() for one in dna]
    expected = [[score_motif(motif, one) for one in ids] for motif in motifs]
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-4, atol=1e-4)


def test_nearest_neighbour_is_the_mean_of_its_motifs() -> None:
    rng = np.random.default_rng(1)
    one, two, far = (random_motif(rng, 9) for _ in range(3))
    dna = [random_dna(rng, 30) for _ in range(12)]
    scores = RelativeScores(measured([one, two], [far]), dna)
    near = [Relative("m0", 0.9, 0), Relative("m1", 0.4, 1)]
    scores.prepare(near)
    np.testing.assert_allclose(scores.nearest(near), best_odds([one, two], dna).mean(0), rtol=1e-5)
    tied = [Relative("m0", 0.9, 0), Relative("m1", 0.9, 1)]
    expected = (best_odds([one, two], dna).mean(0) + best_odds([far], dna)[0]) / 2
    np.testing.assert_allclose(scores.nearest(tied), expected, rtol=1e-5)
    assert np.isnan(scores.nearest([])).all()


def test_relatives_vote_by_identity_with_z_over_the_dna() -> None:
    rng = np.random.default_rng(2)
    one, two = random_motif(rng, 7), random_motif(rng, 10)
    dna = [random_dna(rng, 50) for _ in range(30)]
    scores = RelativeScores(measured([one], [two]), dna)
    near = [Relative("m0", 0.8, 0), Relative("m1", 0.5, 1)]
    scores.prepare(near)
    odds = best_odds([one, two], dna).astype(float)
    z = (odds - odds.mean(1, keepdims=True)) / odds.std(1, keepdims=True)
    votes = np.exp(np.minimum(z, 6))
    weight = np.exp(12 * np.array([0.8, 0.5]))
    np.testing.assert_allclose(scores.twenty(near), weight @ votes / weight.sum(), rtol=1e-4)


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


def test_derangement_moves_every_protein() -> None:
    for count in (2, 3, 17):
        other = derangement(count, seed=5)
        assert sorted(other) == list(range(count))
        assert (other != np.arange(count)).all()


def test_a_fragment_that_was_trained_on_is_not_the_whole(data_dir: Path) -> None:
    """Reports break figures down by the identity that predictions name."""
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    whole = next(record.sequence for record in records if record.id == "LHX2")
    query = [("whole", whole), ("none", "A" * 40)]
    fragment = identity_to(Training([("fragment", whole[240:298])]), query, 1)
    np.testing.assert_allclose(fragment, [31 / 57, np.nan], atol=1e-6)
    np.testing.assert_allclose(identity_to(Training([query[0]]), query, 1), [1, np.nan])
