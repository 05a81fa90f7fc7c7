"""Several sets of weights as one predictor."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from dna_protein_bca.ensemble import EnsemblePredictor, load_predictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.evaluation import evaluate
from dna_protein_bca.inference.calibration import AffinityScale, Calibration
from dna_protein_bca.inference.results import columns_of
from dna_protein_bca.predictor import BindingPredictor


@pytest.fixture(scope="module")
def folders(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three sets of weights, the last one with another calibration."""
    root = tmp_path_factory.mktemp("members")
    random = torch.Generator().manual_seed(3)
    found = []
    for name in "abc":
        shutil.copytree(tiny_weights, root / name)
        path = root / name / "model.safetensors"
        tensors = load_file(path)
        noise = {k: v + 0.1 * torch.randn(v.shape, generator=random) for k, v in tensors.items()}
        save_file(noise, path)
        found.append(root / name)
    Calibration(slope=0.5, intercept=-1.0, threshold=0.1).save(found[2])
    return found


def test_means_and_spread(folders: list[Path], data_dir: Path) -> None:
    inputs = data_dir / "example_proteins.fa", data_dir / "example_dna.fa"
    singles = [BindingPredictor.from_pretrained(one, "cpu").predict(*inputs) for one in folders]
    found = EnsemblePredictor.from_pretrained(folders, "cpu").predict(*inputs)
    assert tuple(found.columns) == columns_of(affinity=False, ensemble=True)
    scores = np.stack([one["score"] for one in singles])
    np.testing.assert_allclose(found["score"], scores.mean(0), atol=1e-5)
    np.testing.assert_allclose(found["uncertainty"], scores.std(0, ddof=1), atol=1e-5)
    # The mean of scores, and not of p-values, is compared with background DNA.
    rated = Calibration.mean([Calibration.read(one) for one in folders])
    assert rated is not None
    expected = rated.probabilities(found["p_value"].to_numpy())
    np.testing.assert_allclose(found["probability"], expected, atol=1e-6)
    order = np.argsort(found["score"].to_numpy())
    assert (np.diff(found["p_value"].to_numpy()[order]) <= 1e-6).all()
    assert (found["uncertainty"] > 0).any()
    nearest = np.abs(scores - scores.mean(0)).argmin(0)
    starts = np.stack([one["start"].to_numpy(int) for one in singles])
    assert (found["start"].to_numpy(int) == starts[nearest, np.arange(len(nearest))]).all()


def test_the_matrix_and_pairs_agree_with_the_table(folders: list[Path], data_dir: Path) -> None:
    inputs = data_dir / "example_proteins.fa", data_dir / "example_dna.fa"
    ensemble = EnsemblePredictor.from_pretrained(folders[:2], "cpu")
    encoded = ensemble.encode(inputs[0])
    table = ensemble.predict(encoded, inputs[1])
    matrix = ensemble.score_matrix(encoded, inputs[1])
    np.testing.assert_allclose(table["score"], matrix.T.reshape(-1), atol=1e-5)
    pairs = table[["protein_id", "dna_id"]].iloc[[5, 2, 80]]
    some = ensemble.predict(encoded, inputs[1], pairs)
    np.testing.assert_allclose(some["score"], table["score"].iloc[[5, 2, 80]], atol=1e-4)


def test_evaluates_with_its_spread(folders: list[Path], data_dir: Path) -> None:
    rows = [("MAX", f"{name}_site_{n}") for name in ("MAX", "SP1") for n in (1, 2, 3)]
    import pandas as pd

    pairs = pd.DataFrame(rows, columns=["protein_id", "dna_id"]).assign(label=[1, 1, 1, 0, 0, 0])
    found = evaluate(
        EnsemblePredictor.from_pretrained(folders, "cpu"),
        data_dir / "example_proteins.fa",
        data_dir / "example_dna.fa",
        pairs,
        resamples=20,
    )
    assert found.predictions["uncertainty"].notna().all()
    assert 0 <= found.metrics["auroc"] <= 1


def test_one_member_is_none(folders: list[Path]) -> None:
    with pytest.raises(ValueError, match="two members or more"):
        EnsemblePredictor.from_pretrained(folders[:1], "cpu")


def test_encoded_proteins_are_scored_by_the_weights_that_encoded_them(
    folders: list[Path], data_dir: Path
) -> None:
    inputs = data_dir / "example_proteins.fa", {"a": "TTACCACGTGGTAATTGC"}
    one, same, turned, larger = (
        EnsemblePredictor.from_pretrained([folders[number] for number in order], "cpu")
        for order in ([0, 1], [0, 1], [1, 0], [0, 1, 2])
    )
    single = BindingPredictor.from_pretrained(folders[0], "cpu")
    encoded, alone = one.encode(inputs[0]), single.encode(inputs[0])
    expected = one.score_matrix(inputs[0], inputs[1])
    np.testing.assert_allclose(same.score_matrix(encoded, inputs[1]), expected, atol=1e-5)
    for predictor, given, message in (
        (turned, encoded, "by other weights than those"),
        (larger, encoded, "by 2 sets of weights, and this ensemble has 3"),
        (one, alone, "by one set of weights, and this ensemble has 2"),
        (single, encoded, "by an ensemble of 2 sets of weights"),
    ):
        for call in (predictor.score_matrix, predictor.predict):
            with pytest.raises(InputError, match=message):
                call(given, inputs[1])
        with pytest.raises(InputError, match=message):
            next(predictor.predict_stream(given, inputs[1]))


def test_an_ensemble_scores_proteins_only_as_they_were_encoded(
    folders: list[Path], data_dir: Path
) -> None:
    proteins, dna = data_dir / "example_proteins.fa", {"a": "TTACCACGTGGTAATTGC"}
    plain = EnsemblePredictor.from_pretrained(folders[:2], "cpu")
    half = EnsemblePredictor.from_pretrained(folders[:2], "cpu", precision="bfloat16")
    encoded = plain.encode(proteins)
    with pytest.raises(InputError, match="in float32, and this predictor computes in bfloat16"):
        half.score_matrix(encoded, dna)
    for call in (plain.encode, lambda given, **options: plain.predict(given, dna, **options)):
        with pytest.raises(InputError, match="without any_protein"):
            call(encoded, any_protein=True)
    bundled = [
        EnsemblePredictor.from_pretrained(["release", "heldout"], "cpu", relatives=relatives)
        for relatives in (True, False)
    ]
    with pytest.raises(InputError, match="with the motifs of measured relatives, and this"):
        bundled[1].predict(bundled[0].encode(proteins), dna)


def test_motifs_of_all_members_together(folders: list[Path], data_dir: Path) -> None:
    proteins = data_dir / "example_proteins.fa"
    ensemble = EnsemblePredictor.from_pretrained(folders[:2], "cpu")
    single = [member.motif(proteins) for member in ensemble.members]
    found = ensemble.motif(proteins)
    for name, motifs in found.items():
        assert len(motifs) >= 1 and len(single[0][name]) >= 1
        assert any(
            motifs[0].shape != one[name][0].shape
            or not np.allclose(motifs[0], one[name][0], atol=1e-4)
            for one in single
        )
        for motif in motifs:
            np.testing.assert_allclose(motif.sum(1), 1, atol=1e-4)


def test_one_set_of_weights_or_several_are_loaded_alike(folders: list[Path]) -> None:
    several, one = load_predictor(folders[:2], "cpu"), load_predictor(folders[:1], "cpu")
    assert isinstance(several, EnsemblePredictor) and isinstance(one, BindingPredictor)
    assert several.columns == (*one.columns, "uncertainty")
    assert "EnsemblePredictor of <BindingPredictor a on cpu" in repr(several)


def test_affinities_are_the_mean_of_the_members_where_all_have_some(
    folders: list[Path], data_dir: Path, tmp_path: Path
) -> None:
    inputs = data_dir / "example_proteins.fa", data_dir / "example_dna.fa"
    scaled = []
    for number, folder in enumerate(folders[:2]):
        shutil.copytree(folder, tmp_path / folder.name)
        AffinityScale(slope=1.0 + number, intercept=5.0, rmse=1.0).save(tmp_path / folder.name)
        scaled.append(tmp_path / folder.name)
    found = EnsemblePredictor.from_pretrained(scaled, "cpu").predict(*inputs)
    assert list(found.columns[-3:]) == ["trust", "affinity", "uncertainty"]
    score = [BindingPredictor.from_pretrained(one, "cpu").predict(*inputs) for one in scaled]
    expected = 5 + (score[0]["score"] + 2 * score[1]["score"]) / 2
    np.testing.assert_allclose(found["affinity"], expected, atol=1e-4)
    mixed = EnsemblePredictor.from_pretrained([scaled[0], folders[2]], "cpu").predict(*inputs)
    assert "affinity" not in mixed
