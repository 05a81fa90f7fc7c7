"""Encoded proteins that are kept for later calls."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.collection import load_encoded, save_encoded
from dna_protein_bca.inference.encoding import EncodedProteins, encode_proteins
from dna_protein_bca.inference.trust import TrustLevels
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.folder_names import COLLECTION
from dna_protein_bca.proteins.collection import CollectedProtein, write_collection
from dna_protein_bca.resources import CACHE_VARIABLE

DNA = {"site": "TTACCACGTGGTAATTTACC", "none": "TTACGATATCTTAAGGCATA"}


@pytest.fixture(scope="module")
def folder(tiny_weights: Path, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights with a collection of the example proteins."""
    copy = tmp_path_factory.mktemp("weights") / "weights"
    shutil.copytree(tiny_weights, copy)
    proteins = [
        CollectedProtein(each.id, "Homo_sapiens" if number < 4 else "Mus_musculus", each.sequence)
        for number, each in enumerate(read_fasta(data_dir / "example_proteins.fa", "protein"))
    ]
    write_collection(copy / COLLECTION, proteins)
    return copy


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def encoded_count(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many proteins each call encodes."""
    counts: list[int] = []

    def counting(scorer, records, *arguments, **options):
        counts.append(len(records))
        return encode_proteins(scorer, records, *arguments, **options)

    monkeypatch.setattr("dna_protein_bca.inference.collection.encoder.encode_proteins", counting)
    return counts


@pytest.mark.parametrize("kept", [1.0, 0.6])
def test_what_is_saved_is_read_back_to_the_bit(folder: Path, tmp_path: Path, kept: float) -> None:
    predictor = BindingPredictor.from_pretrained(folder, "cpu")
    predictor.model.config = predictor.model.config.replace(kept=kept)
    encoded = predictor.collection()
    save_encoded(tmp_path / "e.safetensors", encoded)
    again = load_encoded(tmp_path / "e.safetensors")
    assert again is not None
    for one, other in zip(encoded.blocks, again.blocks, strict=True):
        assert one.state.decoded == other.state.decoded
        for kind in ("motifs", "every"):
            sets = zip(getattr(one.state, kind), getattr(other.state, kind), strict=True)
            assert all(torch.equal(*pair) for pair in sets)
        fewer = one.state.motifs.weight.shape[1] < one.state.every.weight.shape[1]
        assert fewer == (kept < 1)
        assert np.array_equal(one.rows, other.rows)
    assert again.encoded_as == encoded.encoded_as and again.ids == encoded.ids
    np.testing.assert_array_equal(
        predictor.score_matrix(again, DNA), predictor.score_matrix(encoded, DNA)
    )


def test_proteins_are_encoded_once(folder: Path, own_cache: Path, encoded_count: list[int]) -> None:
    tables = [
        BindingPredictor.from_pretrained(folder, "cpu").predict("collection:Homo_sapiens", DNA)
        for _ in range(2)
    ]
    assert encoded_count == [4] and len([*own_cache.iterdir()]) == 1
    assert tables[0].equals(tables[1]) and tables[0].protein_id.nunique() == 4
    BindingPredictor.from_pretrained(folder, "cpu").collection()
    assert encoded_count == [4, 7]


def test_the_same_as_of_a_fasta_file(folder: Path, data_dir: Path, own_cache: Path) -> None:
    predictor = BindingPredictor.from_pretrained(folder, "cpu")
    expected = predictor.predict(data_dir / "example_proteins.fa", DNA)
    for _ in range(2):
        found = predictor.predict("collection", DNA)
        assert [*found.columns] == [*expected.columns]
        found = found.set_index(["dna_id", "protein_id"]).sort_index()
        wanted = expected.set_index(["dna_id", "protein_id"]).sort_index()
        np.testing.assert_allclose(found.score, wanted.score, rtol=1e-5, atol=1e-4)
        assert found.dbd.equals(wanted.dbd) and found.strand.equals(wanted.strand)


def test_other_options_and_weights_have_proteins_of_their_own(
    folder: Path, own_cache: Path, encoded_count: list[int]
) -> None:
    BindingPredictor.from_pretrained(folder, "cpu").collection("Mus_musculus")
    other = BindingPredictor.from_pretrained(folder, "cpu", precision="bfloat16")
    other.collection("Mus_musculus")
    assert encoded_count == [3, 3] and len([*own_cache.iterdir()]) == 2


def test_trust_is_kept_with_the_proteins(
    folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the map that tells it is another one."""
    told: list[float] = []

    def tell(levels: TrustLevels, encoded: EncodedProteins) -> list[str | None]:
        told.append(levels.high)
        return ["high" if levels.high < 0.5 else "low"] * len(encoded)

    monkeypatch.setattr(TrustLevels, "__call__", tell)
    loaded = BindingPredictor.from_pretrained(folder, "cpu")
    found = []
    for high in (0.6, 0.4, 0.6):
        levels = TrustLevels((0.5, 0.3, 0.2), 0.0, high, 0.3, inverse_temperature=0.5)
        predictor = BindingPredictor(loaded.model, trust=levels, folder=folder)
        found.append(set(predictor.collection("Mus_musculus").trust))
    assert found == [{"low"}, {"high"}, {"low"}]
    assert told == [0.6, 0.4] and len([*own_cache.iterdir()]) == 2


@pytest.mark.parametrize("harm", ["cut", "text", "empty"])
def test_a_damaged_cache_is_made_anew(
    folder: Path, own_cache: Path, encoded_count: list[int], harm: str
) -> None:
    predictor = BindingPredictor.from_pretrained(folder, "cpu")
    predictor.collection("Mus_musculus")
    (path,) = own_cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[:-50], "text": b"x" * 400, "empty": b""}[harm])
    again = predictor.collection("Mus_musculus")
    assert encoded_count == [3, 3] and [*own_cache.iterdir()] == [path]
    kept = load_encoded(path)
    assert kept is not None and kept.ids == again.ids


def test_a_cache_that_cannot_be_written_is_a_warning(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    found = BindingPredictor.from_pretrained(folder, "cpu").collection("Mus_musculus")
    assert len(found) == 3 and "are not kept for later calls" in caplog.text


def test_an_interrupted_call_leaves_nothing(
    folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", stop)
    with pytest.raises(KeyboardInterrupt):
        BindingPredictor.from_pretrained(folder, "cpu").collection("Mus_musculus")
    assert not [*own_cache.iterdir()]


def test_several_weights_read_the_proteins_of_the_first(folder: Path, own_cache: Path) -> None:
    ensemble = EnsemblePredictor.from_pretrained([folder, folder], "cpu")
    assert len(ensemble.collection("Homo_sapiens")[1]) == 4
    table = ensemble.predict("collection:Homo_sapiens", DNA)
    assert table.protein_id.nunique() == 4 and table.score.notna().all()


def test_weights_without_a_collection(tiny_weights: Path) -> None:
    with pytest.raises(InputError, match=r"tiny_weights.*: these weights come without"):
        BindingPredictor.from_pretrained(tiny_weights, "cpu").predict("collection", DNA)
