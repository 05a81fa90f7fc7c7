"""Weights become a model, and what is damaged says so; devices that are not there are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import choose_device, load_model
from dna_protein_bca.io.folder_names import CONFIG, WEIGHTS


@pytest.fixture
def copy(tiny_weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_weights, tmp_path / "weights"))


def _change(folder: Path, **values: object) -> None:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps(config | values), encoding="utf-8")


def test_loads_what_was_saved(tiny_weights: Path, device: str) -> None:
    model = load_model(tiny_weights, device)
    assert not model.training
    saved = load_file(tiny_weights / WEIGHTS)
    assert saved.keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert value.device.type == torch.device(device).type
        assert torch.equal(value.cpu(), saved[name])


def test_junk_for_weights(copy: Path) -> None:
    (copy / WEIGHTS).write_bytes(b"junk" * 100)
    with pytest.raises(InputError, match=r"model\.safetensors: not a safetensors file"):
        load_model(copy)


def test_other_architecture_names_the_fields(copy: Path) -> None:
    _change(copy, latents=5)
    with pytest.raises(InputError, match=r"another architecture.*decoder\.latent"):
        load_model(copy)


def test_missing_and_additional_tensors(copy: Path) -> None:
    tensors = load_file(copy / WEIGHTS)
    tensors["additional"] = tensors.pop("sharpness")
    save_file(tensors, copy / WEIGHTS)
    with pytest.raises(InputError, match=r"differ in additional, sharpness$"):
        load_model(copy)


def test_config_of_another_model(copy: Path) -> None:
    _change(copy, hidden_size=3)
    with pytest.raises(InputError, match=r"config\.json: not the configuration.*hidden_size"):
        load_model(copy)


@pytest.mark.parametrize(
    ("values", "message"), [({"width": 20}, "width must be odd"), ({"profile_lengths": None}, "")]
)
def test_impossible_config(copy: Path, values: dict[str, object], message: str) -> None:
    _change(copy, **values)
    with pytest.raises(InputError, match=rf"config\.json: not the configuration.*{message}"):
        load_model(copy)


def test_config_without_profiles(copy: Path) -> None:
    (copy / CONFIG).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="profile_lengths"):
        load_model(copy)


def test_devices(device: str) -> None:
    assert choose_device(device) == torch.device(device)
    assert choose_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("name", ["cuda:77", "gpu", "cpu:0", "", "cuda:x"])
def test_device_that_is_not_there(name: str) -> None:
    with pytest.raises(InputError, match=r"no device .* give one of auto, cpu"):
        choose_device(name)
