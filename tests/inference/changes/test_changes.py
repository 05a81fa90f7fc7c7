"""p-values of changes: how often random single changes move the score as far."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.background.curve import Curve, p_of
from dna_protein_bca.inference.background.dna import BackgroundDNA
from dna_protein_bca.inference.changes import change_curves, find, simulate
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.resources import CACHE_VARIABLE


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="module")
def encoded(predictor: BindingPredictor, data_dir: Path) -> EncodedProteins:
    return predictor.encode(data_dir / "example_proteins.fa").take(np.array([0]))


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(simulate, "WINDOWS", 300)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


def moved(predictor: BindingPredictor, encoded: EncodedProteins, dna: BackgroundDNA) -> np.ndarray:
    """What random changes of the middle base do to the score, as `predict` gives it."""
    rng = np.random.default_rng(99)
    windows = dna.draw(rng, 300, 128)
    changed = windows.copy()
    changed[:, 63] = (windows[:, 63] + rng.integers(1, 4, 300)) % 4
    texts = [["".join("ACGT"[base] for base in row) for row in each] for each in (windows, changed)]
    ref, alt = (
        predictor.score_matrix(encoded, {str(n): text for n, text in enumerate(each)})[0]
        for each in texts
    )
    return np.abs(alt - ref)


@pytest.mark.parametrize("given", ["uniform", "0.1,0.4,0.4,0.1", "file"])
def test_random_changes_have_uniform_p_values(
    predictor: BindingPredictor,
    encoded: EncodedProteins,
    given: str,
    data_dir: Path,
    tmp_path: Path,
) -> None:
    if given == "file":
        records = read_fasta(data_dir / "retraining" / "dna.fa.gz", "dna")
        bases = "".join(record.sequence for record in records)
        given = str(tmp_path / "long.fa")
        Path(given).write_text(f">long\n{bases}\n")
    dna = BackgroundDNA.parse(given)
    (curve,) = change_curves([predictor.scorer], [encoded], dna)
    assert curve is not None
    p = p_of(curve.levels(moved(predictor, encoded, dna)))
    assert (p > 0).all() and (p <= 1).all()
    for limit in (0.05, 0.2, 0.5, 0.8):
        # Two samples of 300 and more: twice the standard error of their difference, and a half.
        assert abs((p <= limit).mean() - limit) < 3 * np.sqrt(2 * limit * (1 - limit) / 300)


def test_larger_changes_have_lower_p_values(
    predictor: BindingPredictor, encoded: EncodedProteins
) -> None:
    (curve,) = change_curves([predictor.scorer], [encoded], "uniform")
    assert curve is not None
    p = p_of(curve.levels(np.linspace(0, 60, 500)))
    assert (np.diff(p) <= 0).all() and 0 < p[-1] < 1e-3


def test_what_is_simulated_is_kept_and_the_same(
    predictor: BindingPredictor, encoded: EncodedProteins, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = change_curves([predictor.scorer], [encoded], "uniform")
    (again,) = change_curves([predictor.scorer], [encoded], "uniform", cache=False)
    monkeypatch.setattr(find, "simulated_changes", None)
    (kept,) = change_curves([predictor.scorer], [encoded], "uniform")
    for curve in (again, kept):
        for one, other in zip(first, curve, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_protein_without_a_domain_has_none(predictor: BindingPredictor) -> None:
    plain = predictor.encode({"none": "MAGSTAGSTEEGGSTAKPLA" * 4})
    assert change_curves([predictor.scorer], [plain], "uniform") == [None]


def test_a_curve_is_the_same_whether_it_is_simulated_or_read() -> None:
    score = np.repeat(np.linspace(0, 3, 40), 3) / 7
    curve = find.stored_curve(Curve(score, np.linspace(2, -9, len(score))))
    find.save_curve("some", curve)
    read = find.load_curve("some")
    assert read is not None
    for mine, other in zip(curve, read, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert (np.diff(curve.score) > 0).all()
