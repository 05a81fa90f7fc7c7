"""From scores to probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.calibration import Calibration, best_threshold, fit_calibration


def test_finds_the_slope_and_intercept_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(0, 3, 20_000)
    label = rng.random(20_000) < 1 / (1 + np.exp(-(0.7 * score - 1.2)))
    found = fit_calibration(score, label, 101)
    assert found is not None
    assert found.slope == pytest.approx(0.7, abs=0.03)
    assert found.intercept == pytest.approx(-1.2, abs=0.05)
    assert found.window == 101 and found.pairs == 20_000
    assert found.positive_rate == pytest.approx(label.mean())


def test_separated_classes_stay_finite() -> None:
    score = np.concatenate([np.linspace(1, 2, 20), np.linspace(-2, -1, 20)])
    found = fit_calibration(score, np.repeat([1, 0], 20), 50)
    assert found is not None and 0 < found.slope < 20
    probability = found.probabilities(score)
    assert probability[:20].min() > 0.85 and probability[20:].max() < 0.15
    assert 0.1 < found.threshold < 0.9


def test_too_few_or_inverted_labels_give_none() -> None:
    assert fit_calibration(np.arange(10.0), np.array([1] * 4 + [0] * 6), 50) is None
    assert fit_calibration(-np.arange(20.0), np.arange(20) > 9, 50) is None


def test_the_threshold_has_the_highest_mcc() -> None:
    rng = np.random.default_rng(1)
    label = (rng.random(300) < 0.2).astype(int)
    probability = np.clip(rng.normal(0.3 + 0.3 * label, 0.15), 0, 1)
    found = best_threshold(probability, label)
    others = [matthews_corrcoef(label, probability >= t) for t in np.linspace(0, 1, 201)]
    assert matthews_corrcoef(label, probability >= found) >= max(others) - 1e-9


def test_comes_back_from_its_file(tmp_path: Path) -> None:
    one = Calibration(0.5, -1.0, 101, 0.1, 0.3, 40)
    one.save(tmp_path)
    assert Calibration.read(tmp_path) == one
    (tmp_path / "calibration.json").write_text('{"slop": 1}')
    with pytest.raises(InputError, match="not a calibration"):
        Calibration.read(tmp_path)


def test_without_a_file_scores_are_logits(tmp_path: Path) -> None:
    plain = Calibration.read(tmp_path)
    score = np.array([[-100.0, 0.0], [2.0, np.nan]], dtype=np.float32)
    found = plain.probabilities(score)
    assert found.dtype == np.float32 and found.shape == score.shape
    np.testing.assert_allclose(found[0], [0, 0.5], atol=1e-7)
    assert found[1, 0] == pytest.approx(1 / (1 + np.exp(-2))) and np.isnan(found[1, 1])


def test_without_labels_there_are_no_probabilities(tmp_path: Path) -> None:
    Calibration(of_labels=False).save(tmp_path)
    found = Calibration.read(tmp_path).probabilities(np.array([[-3.0, 0.0, 5.0]], np.float32))
    assert found.shape == (1, 3) and found.dtype == np.float32 and np.isnan(found).all()
