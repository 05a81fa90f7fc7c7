"""From p-values to probabilities."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.calibration import AffinityScale, Calibration

CALIBRATION = Calibration(slope=2.0, intercept=-3.0, threshold=0.01, proteins=4, pairs=90)


def logit(probability: np.ndarray) -> np.ndarray:
    return np.log(probability / (1 - probability))


def test_the_logit_is_linear_in_the_logarithm_of_p_and_moves_with_the_prior() -> None:
    p_value = np.array([[1.0, 0.1, 1e-3]])
    found = CALIBRATION.probabilities(p_value)
    assert found.shape == (1, 3) and found.dtype == np.float32
    np.testing.assert_allclose(logit(found[0].astype(float)), [-3, -1, 3], atol=1e-5)
    rare = CALIBRATION.probabilities(p_value, prior=0.01)
    shift = logit(found.astype(float)) - logit(rare.astype(float))
    np.testing.assert_allclose(shift, np.log(99), atol=1e-4)


def test_missing_p_values_stay_missing_and_tiny_ones_are_near_one() -> None:
    found = CALIBRATION.probabilities(np.array([np.nan, 1e-300]))
    assert np.isnan(found[0]) and found[1] == 1


def test_the_threshold_is_a_probability_at_every_prior() -> None:
    for prior in (0.5, 0.02):
        p_value = np.array([0.0099, 0.0101])
        called = CALIBRATION.probabilities(p_value, prior) >= CALIBRATION.threshold_at(prior)
        assert called.tolist() == [True, False]


def test_the_mean_of_members_has_the_mean_of_their_logits() -> None:
    other = replace(CALIBRATION, slope=1.0, intercept=-1.0, threshold=0.0001)
    mean = Calibration.mean([CALIBRATION, other])
    assert mean is not None
    p_value = np.array([0.3, 0.02])
    expected = np.mean([logit(one.probabilities(p_value)) for one in (CALIBRATION, other)], axis=0)
    np.testing.assert_allclose(logit(mean.probabilities(p_value)), expected, atol=1e-5)
    assert mean.threshold == pytest.approx(0.001)
    assert Calibration.mean([CALIBRATION, None]) is None


def test_comes_back_from_its_file(tmp_path: Path) -> None:
    CALIBRATION.save(tmp_path)
    assert Calibration.read(tmp_path) == CALIBRATION
    (tmp_path / "calibration.json").write_text('{"slop": 1}')
    with pytest.raises(InputError, match="not a calibration"):
        Calibration.read(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slope", 0),
        ("slope", -1),
        ("slope", "3"),
        ("intercept", None),
        ("threshold", 0),
        ("background", 3),
        ("background", None),
        ("background", ""),
        ("proteins", -3),
        ("proteins", 2.5),
        ("pairs", -1),
        ("pairs", True),
    ],
)
def test_a_field_that_no_calibration_has(tmp_path: Path, field: str, value: object) -> None:
    CALIBRATION.save(tmp_path)
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(InputError, match=r"not a calibration: these weights are damaged$"):
        Calibration.read(tmp_path)


@pytest.mark.parametrize(("field", "value"), [("slope", 0), ("rmse", -0.1), ("proteins", -3)])
def test_a_field_that_no_scale_of_affinities_has(tmp_path: Path, field: str, value: object) -> None:
    values = {"slope": 0.5, "intercept": 6.0, "rmse": 0.2, "proteins": 3, "pairs": 40}
    (tmp_path / "affinity.json").write_text(json.dumps({**values, field: value}))
    with pytest.raises(InputError, match="not a scale of affinities"):
        AffinityScale.read(tmp_path)


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert Calibration.read(tmp_path) is None


def test_a_calibration_of_scores_does_not_hold_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = {"slope": 0.2, "intercept": 1.0, "window": 101, "positive_rate": 0.5, "threshold": 0.6}
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(old | {"pairs": 3280}))
    with caplog.at_level(logging.WARNING):
        assert Calibration.read(tmp_path) is None
    assert str(path) in caplog.text and "earlier version" in caplog.text


def test_a_scale_of_affinities_comes_back_from_its_file(tmp_path: Path) -> None:
    assert AffinityScale.read(tmp_path) is None
    scale = AffinityScale(slope=0.5, intercept=6.0, rmse=0.2, proteins=3, pairs=40)
    scale.save(tmp_path)
    assert AffinityScale.read(tmp_path) == scale
    affinity = scale.affinities(np.array([2.0, np.nan], np.float32))
    assert affinity[0] == 7.0 and np.isnan(affinity[1])
    (tmp_path / "affinity.json").write_text("[]")
    with pytest.raises(InputError, match="not a scale of affinities"):
        AffinityScale.read(tmp_path)
