"""Metrics of scored pairs against their definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.evaluation import metrics


def pairs(score: list[float], label: list[int], **columns: list) -> pd.DataFrame:
    return pd.DataFrame({"score": score, "label": label, **columns})


def test_ranking_of_dna() -> None:
    values = metrics.pair_metrics(pairs([3, 2, 1, 0], [1, 0, 1, 0]))
    assert values["auroc"] == pytest.approx(3 / 4)
    assert values["average_precision"] == pytest.approx((1 + 2 / 3) / 2)


def test_metrics_at_the_threshold() -> None:
    table = pairs([3, 2, 1, 0], [1, 0, 1, 0], probability=[0.9, 0.6, 0.6, 0.1])
    values = metrics.pair_metrics(table, threshold=0.5)
    assert values["f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 0))
    assert values["mcc"] == pytest.approx((2 * 1 - 1 * 0) / np.sqrt(3 * 2 * 2 * 1))
    assert values["brier"] == pytest.approx((0.01 + 0.36 + 0.16 + 0.01) / 4)
    # Bins: 0.1 with no positive, 0.6 twice with one, 0.9 with one.
    expected = (0.1 * 1 + abs(0.6 - 0.5) * 2 + 0.1 * 1) / 4
    assert values["expected_calibration_error"] == pytest.approx(expected)
    stricter = metrics.pair_metrics(table, threshold=0.7)
    assert stricter["f1"] == pytest.approx(2 / 3)


def test_one_class_alone_has_no_ranking() -> None:
    values = metrics.pair_metrics(pairs([1, 2], [1, 1], probability=[0.5, 0.5]))
    assert np.isnan(values["auroc"]) and np.isnan(values["mcc"])
    assert values["brier"] == pytest.approx(0.25)


def test_affinities() -> None:
    table = pd.DataFrame({"score": [1.0, 2, 3, 4], "affinity": [1.0, 4, 9, 16]})
    values = metrics.pair_metrics(table)
    assert values["spearman"] == pytest.approx(1)
    assert 0.9 < values["pearson"] < 1
    table["affinity"] = 2.0
    assert np.isnan(metrics.pair_metrics(table)["spearman"])


def test_means_are_over_proteins_not_pairs() -> None:
    table = pd.concat(
        [
            pairs([1.0] * 10 + [0.0] * 10, [1] * 10 + [0] * 10).assign(protein_id="many"),
            pairs([0.0, 1.0], [1, 0]).assign(protein_id="few"),
        ]
    )
    by_protein = metrics.by_protein(table)
    assert by_protein.index.tolist() == ["many", "few"]
    assert metrics.means(by_protein)["auroc"] == pytest.approx(0.5)


def test_differences_of_the_last_digits_are_no_differences() -> None:
    noise = np.array([0, 1, -1, 1, -1], dtype=np.float32)
    for level in (0.0, 1.00005, -10.6, 57.3):
        score = np.float32(level) + np.float32(4e-6 + 4e-7 * abs(level)) * noise
        merged = metrics.merge_ties(score)
        assert merged.dtype == np.float32 and len(set(merged.tolist())) == 1
        np.testing.assert_allclose(merged, score, atol=1e-4)
        others = np.concatenate([score, score + np.float32(1), score - np.float32(1e-3)])
        assert len(set(metrics.merge_ties(others).tolist())) == 3


def test_ties_do_not_chain() -> None:
    """Scores a little apart are not merged across a whole range, and keep their order."""
    score = np.random.default_rng(0).permutation(np.arange(20_000)) * 1e-6
    merged = metrics.merge_ties(score)
    assert np.abs(merged - score).max() <= 2.1e-5
    order = np.argsort(score)
    assert (np.diff(merged[order]) >= 0).all() and len(np.unique(merged)) > 900


def test_missing_and_infinite_scores_stay() -> None:
    score = np.array([np.nan, -np.inf, 1.0, np.inf, -np.inf, 1.0 + 1e-9, np.nan])
    expected = [np.nan, -np.inf, 1.0, np.inf, -np.inf, 1.0, np.nan]
    np.testing.assert_array_equal(metrics.merge_ties(score), expected)
    assert metrics.merge_ties(np.empty(0)).shape == (0,)


def test_errors_in_the_unit_of_affinities() -> None:
    affinity = np.array([1.0, 2, 3, 6])
    table = pd.DataFrame({"score": affinity, "affinity": affinity})
    assert np.isnan(metrics.pair_metrics(table)["rmse"])
    table[metrics.PREDICTED_AFFINITY] = affinity + np.array([1.0, -1, 1, -1])
    values = metrics.pair_metrics(table)
    assert values["rmse"] == pytest.approx(1)
    assert values["r2"] == pytest.approx(1 - 1 / np.var(affinity))
    huge = table * 1e300
    assert metrics.pair_metrics(huge)["rmse"] == pytest.approx(1e300)
    assert metrics.pair_metrics(huge)["r2"] == pytest.approx(values["r2"])
    two = metrics.pair_metrics(table[:2])
    assert two["rmse"] == pytest.approx(1) and np.isnan(two["r2"])
