"""Weights are found by name, by kind, by folder; what is no weights is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference import weights
from dna_protein_bca.io.folder_names import BEST, CONFIG, TRUST_LEVELS


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of bundled weights with three versions and a kind of its own."""
    for name in ("heldout-v0", "heldout-v9", "heldout-v10", "mine-v1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / weights.WEIGHTS).touch()
    (tmp_path / "heldout-v11").mkdir()

    def models_path(name: str | None = None) -> Path:
        return tmp_path / name if name else tmp_path

    monkeypatch.setattr(weights, "models_path", models_path)
    return tmp_path


def test_newest_first(bundle: Path) -> None:
    assert weights.bundled() == ["heldout-v10", "heldout-v9", "heldout-v0", "mine-v1"]


def test_default_is_heldout_until_there_is_a_release(bundle: Path) -> None:
    assert weights.locate() == bundle / "heldout-v10"
    (bundle / "release-v1").mkdir()
    (bundle / "release-v1" / weights.WEIGHTS).touch()
    assert weights.locate() == bundle / "release-v1"
    assert weights.locate("release") == bundle / "release-v1"
    assert weights.locate("heldout") == bundle / "heldout-v10"
    assert weights.locate("heldout-v9") == bundle / "heldout-v9"


@pytest.mark.parametrize("name", [None, "heldout", "heldout-v10"])
def test_a_folder_in_place_of_a_file_of_bundled_weights(bundle: Path, name: str | None) -> None:
    (bundle / "heldout-v10" / TRUST_LEVELS).mkdir()
    with pytest.raises(InputError, match=r"heldout-v10/trust\.json: is a folder, and must be a"):
        weights.locate(name)


def test_release_that_does_not_exist(bundle: Path) -> None:
    with pytest.raises(InputError, match=r"release: no such weights.*heldout-v10"):
        weights.locate("release")


def test_nothing_is_bundled(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "models_path", lambda name=None: bundle / "absent")
    with pytest.raises(InputError, match="no bundled weights"):
        weights.locate()


def test_folder(tiny_weights: Path) -> None:
    assert weights.locate(tiny_weights) == tiny_weights
    assert weights.read_config(tiny_weights)["protein"]["dim"] == 16


def test_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no weights: config\.json is missing"):
        weights.locate(tmp_path)


def test_folder_of_something_else_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02")
    with pytest.raises(InputError, match=r"pytorch_model\.bin is pickled.*safetensors\.torch"):
        weights.locate(tmp_path)
    best = tmp_path / BEST
    best.mkdir()
    (best / weights.WEIGHTS).touch()
    with pytest.raises(InputError, match=f"it is a run, whose weights are {best}"):
        weights.locate(tmp_path)


def test_pickle_is_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"\x80\x02")
    with pytest.raises(InputError, match="never loaded"):
        weights.locate(path)


def test_damaged_config(tmp_path: Path) -> None:
    path = tmp_path / CONFIG
    path.write_text('{\n"dim": ', encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.json:2: not JSON"):
        weights.read_config(tmp_path)
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(InputError, match="not a JSON object"):
        weights.read_config(tmp_path)


def test_only_hub_names_reach_the_network(
    tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def snapshot_download(name: str, **_: object) -> str:
        asked.append(name)
        if name == "org/absent":
            raise OSError("no connection\nand more")
        return str(tiny_weights)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    assert weights.locate(tiny_weights) == tiny_weights
    assert asked == []
    assert weights.locate("hf://org/name") == tiny_weights
    assert asked == ["org/name"]
    with pytest.raises(InputError, match=r"hf://org/absent: cannot be downloaded: no connection$"):
        weights.locate("hf://org/absent")
