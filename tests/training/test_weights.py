"""Weights on disk: whole, or as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.folder_names import CONFIG, WEIGHTS
from dna_protein_bca.model.binding import BindingModel
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.proteins.domains import profile_lengths
from dna_protein_bca.training.weights import save_weights


def model(tiny: dict[str, Any], seed: int) -> BindingModel:
    torch.manual_seed(seed)
    return BindingModel(BindingConfig(tuple(profile_lengths().values())).replace(**tiny)).eval()


def test_weights_come_back(tiny: dict[str, Any], tmp_path: Path) -> None:
    saved = model(tiny, 0)
    save_weights(saved, tmp_path / "new" / "best")
    loaded = load_model(tmp_path / "new" / "best")
    assert loaded.config == saved.config
    tensors = loaded.state_dict()
    assert all(torch.equal(value, tensors[name]) for name, value in saved.state_dict().items())
    assert {path.name for path in (tmp_path / "new" / "best").iterdir()} == {CONFIG, WEIGHTS}


def test_a_full_disk_leaves_the_weights_before(
    tiny: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_weights(model(tiny, 0), tmp_path)
    before = (tmp_path / WEIGHTS).read_bytes()

    def full(tensors: object, path: Path, metadata: object = None) -> None:
        path.write_bytes(b"half of it")
        raise SafetensorError("No space left on device")

    monkeypatch.setattr("dna_protein_bca.training.engine.checkpoint.save_file", full)
    with pytest.raises(OSError, match="no space left on the device"):
        save_weights(model(tiny, 1), tmp_path, torch.float16)
    assert (tmp_path / WEIGHTS).read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {CONFIG, WEIGHTS}
