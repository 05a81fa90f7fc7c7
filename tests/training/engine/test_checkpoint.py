"""Training state on disk."""

from __future__ import annotations

import sys
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from dna_protein_bca.errors import InputError
from dna_protein_bca.training.engine.checkpoint import load_checkpoint, save_checkpoint


def trained(
    seed: int = 0, width: int = 3
) -> tuple[nn.Module, nn.Module, list[torch.optim.Optimizer]]:
    torch.manual_seed(seed)
    model, ema = nn.Linear(width, 2), nn.Linear(width, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.randn(4, width)).sum().backward()
    optimizer.step()
    return model, ema, [optimizer]


def test_everything_comes_back(tmp_path: Path) -> None:
    one, other = trained(0), trained(1)
    save_checkpoint(tmp_path / "c.safetensors", *one, {"step": 3, "sums": {"a": 0.1}})
    found = load_checkpoint(tmp_path / "c.safetensors", *other)
    assert found == {"step": 3, "sums": {"a": 0.1}}
    for a, b in zip(one[:2], other[:2], strict=True):
        assert all(torch.equal(a.state_dict()[k], b.state_dict()[k]) for k in a.state_dict())
    moments = one[2][0].state_dict()["state"][0], other[2][0].state_dict()["state"][0]
    assert all(torch.equal(moments[0][key], moments[1][key]) for key in moments[0])
    assert [path.name for path in tmp_path.iterdir()] == ["c.safetensors"]


def test_the_loss_scale_of_float16_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    model, ema, optimizers = trained()
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
    for factor in (1.0, float("inf"), 1.0):
        optimizers[0].zero_grad()
        scaler.scale(model(torch.ones(1, 3)).sum() * factor).backward()
        scaler.step(optimizers[0])
        scaler.update()
    save_checkpoint(path, model, ema, optimizers, {"step": 3}, scaler)
    fresh = torch.amp.GradScaler("cpu")
    load_checkpoint(path, *trained(1), fresh)
    assert fresh.get_scale() == 512
    assert fresh.state_dict() == scaler.state_dict()
    # Checkpoints without one leave the scale as it is.
    save_checkpoint(path, model, ema, optimizers, {"step": 3})
    load_checkpoint(path, *trained(1), fresh)
    assert fresh.get_scale() == 512


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file sizes are POSIX's")
def test_a_file_that_cannot_grow_leaves_the_last_checkpoint(
    forks: ForkServerContext, children: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "c.safetensors"
    ours, theirs = forks.Pipe()
    child = forks.Process(target=children.save_on_a_full_disk, args=(theirs, path))
    child.start()
    theirs.close()
    assert ours.recv() is not None
    child.join()
    assert load_checkpoint(path, *trained(2)) == {"step": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["c.safetensors"]


def test_a_pickled_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    torch.save(trained()[0].state_dict(), path)
    with pytest.raises(InputError, match=r"not a checkpoint.*safetensors\.torch\.save_file"):
        load_checkpoint(path, *trained())


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, *trained(), {"step": 1})
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="not a checkpoint of this model"):
        load_checkpoint(path, *trained())


def test_a_model_of_another_shape_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.safetensors", *trained(), {"step": 1})
    with pytest.raises(InputError, match="not a checkpoint of this model"):
        load_checkpoint(tmp_path / "c.safetensors", *trained(width=4))
