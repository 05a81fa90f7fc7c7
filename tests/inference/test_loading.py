"""Weights become a model, and what is damaged says so; devices that are not there are refused."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import load_file, save_file

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background.store import Bundle
from dna_protein_bca.inference.loading import choose_device, load_model
from dna_protein_bca.io.folder_names import (
    BACKGROUNDS,
    CALIBRATION,
    COLLECTION,
    CONFIG,
    RELATIVES,
    TRUST_LEVELS,
    WEIGHTS,
)
from dna_protein_bca.predictor import BindingPredictor

MOST_GROWTH = 512 << 20
"""Bytes of memory that refusing weights may take."""


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


def test_a_header_whose_length_begins_as_a_pickle_does(copy: Path) -> None:
    tensors = {name: value.clone() for name, value in load_file(copy / WEIGHTS).items()}
    padding = 0
    for _ in range(2):
        save_file(tensors, copy / WEIGHTS, {"padding": "x" * padding})
        head = (copy / WEIGHTS).read_bytes()[:8]
        padding = (0x0280 - int.from_bytes(head, "little")) % (1 << 16)
    assert head.startswith(pickle.PROTO + b"\2")
    load_model(copy)


def test_a_model_does_not_follow_what_becomes_of_its_file(tiny_weights: Path, copy: Path) -> None:
    model = load_model(copy)
    size = (copy / WEIGHTS).stat().st_size
    with open(copy / WEIGHTS, "r+b") as file:
        file.seek(size // 2)
        file.write(bytes(size - size // 2))
    expected = load_file(tiny_weights / WEIGHTS)
    for name, value in model.state_dict().items():
        assert torch.equal(value, expected[name])


class Trap:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self._path,)


def _dump(value: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(value))


@pytest.mark.parametrize("save", [torch.save, _dump])
@pytest.mark.parametrize("name", [WEIGHTS, RELATIVES, BACKGROUNDS, CONFIG, TRUST_LEVELS])
def test_a_pickle_under_any_name_runs_no_code(
    copy: Path, tmp_path: Path, save: Callable[[object, Path], object], name: str
) -> None:
    trap = tmp_path / "sprung"
    save({"weight": Trap(trap)}, copy / name)
    message = "pickled, whatever its name says" if name == WEIGHTS else "damaged"
    with pytest.raises(InputError, match=rf"{name}: .*{message}"):
        if name == BACKGROUNDS:
            Bundle(copy / name)
        else:
            BindingPredictor.from_pretrained(copy)
    assert not trap.exists()


def test_arrays_of_objects_among_backgrounds_run_no_code(copy: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    np.savez(copy / BACKGROUNDS, keys=np.array([Trap(trap)], dtype=object), lengths=np.zeros(1))
    with pytest.raises(InputError, match=rf"{BACKGROUNDS}: damaged"):
        Bundle(copy / BACKGROUNDS)
    assert not trap.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"dim": 8192, "encoder_depth": 64, "decoder_depth": 64, "members": 3},
        {"joint_dim": 8192, "joint_depth": 64},
        {"profile_lengths": [100_000] * 10_000},
    ],
)
def test_a_terabyte_within_the_limits_is_refused_before_it_is_allocated(
    copy: Path, values: dict[str, object]
) -> None:
    _change(copy, **values)
    wanted = psutil.Process().memory_info().rss + MOST_GROWTH
    with pytest.raises(InputError, match="another architecture"):
        load_model(copy)
    assert psutil.Process().memory_info().rss < wanted


def test_more_layers_than_can_be_built_in_time(copy: Path) -> None:
    _change(copy, members=64, decoder_depth=64)
    with pytest.raises(InputError, match="layers of all members, and at most are 1,024"):
        load_model(copy)


def test_loading_draws_nothing_at_random(copy: Path) -> None:
    before = torch.get_rng_state()
    model = load_model(copy)
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(each.is_meta for each in (*model.parameters(), *model.buffers()))


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


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_among_the_weights(copy: Path, value: float) -> None:
    tensors = load_file(copy / WEIGHTS)
    name = max(tensors, key=lambda name: tensors[name].numel())
    tensors[name] = tensors[name].clone()
    tensors[name].view(-1)[-1] = value
    save_file(tensors, copy / WEIGHTS)
    message = rf"model\.safetensors: NaN or infinite numbers in {re.escape(name)}: .* damaged$"
    with pytest.raises(InputError, match=message):
        load_model(copy)


@pytest.mark.parametrize(
    "name", [CONFIG, WEIGHTS, RELATIVES, CALIBRATION, TRUST_LEVELS, COLLECTION, BACKGROUNDS]
)
def test_a_folder_in_place_of_a_file(copy: Path, name: str) -> None:
    (copy / name).unlink(missing_ok=True)
    (copy / name).mkdir()
    with pytest.raises(InputError, match=rf"{re.escape(name)}: is a folder, and must be a file"):
        BindingPredictor.from_pretrained(copy)


@pytest.mark.parametrize("part", ["protein", "matching", "joint"])
@pytest.mark.parametrize("value", [[], None, 3, "wide", [["dim", 3]]])
def test_a_part_of_the_configuration_that_has_no_fields(
    copy: Path, part: str, value: object
) -> None:
    _change(copy, **{part: value})
    with pytest.raises(InputError) as raised:
        load_model(copy)
    assert str(raised.value) == (
        f"{copy / CONFIG}: not the configuration of a binding model: {part} must be an object of "
        f"its fields, and is {value!r}"
    )


def test_an_unknown_field_in_a_part_of_the_configuration(copy: Path) -> None:
    _change(copy, protein={"dimm": 3})
    with pytest.raises(InputError, match=r"of a binding model: it has protein\.dimm$"):
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


def test_loading_does_not_import_the_compiler() -> None:
    """It takes seconds, which every command would take longer."""
    program = (
        "import sys; from dna_protein_bca import BindingPredictor; "
        "BindingPredictor.from_pretrained(device='cpu'); print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
