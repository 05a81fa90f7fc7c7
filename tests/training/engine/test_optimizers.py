"""Which optimizer moves which parameter, and that both come back from a checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dna_protein_bca.training.engine.callbacks import Callback, StepReport
from dna_protein_bca.training.engine.config import LoopConfig
from dna_protein_bca.training.engine.optimizers import hidden_matrices, make_optimizers
from dna_protein_bca.training.engine.trainer import Trainer


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 32)
        self.layer = nn.TransformerEncoderLayer(32, 2, 64, dropout=0.0, batch_first=True)
        self.read_out = nn.Linear(32, 4)

    def forward(self, ids: Tensor) -> Tensor:
        return self.read_out(self.layer(self.embedding(ids)))


def losses(model: Small, step: int) -> dict[str, Tensor]:
    ids = torch.randint(0, 40, (4, 6), generator=torch.Generator().manual_seed(step))
    return {"loss": nn.functional.cross_entropy(model(ids).flatten(0, 1), ids.flatten() % 4)}


def small() -> Small:
    torch.manual_seed(0)
    return Small()


def test_hidden_matrices_are_those_of_layers() -> None:
    model = small()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    assert {names[id(matrix)] for matrix in hidden_matrices(model)} == {
        "layer.self_attn.in_proj_weight",
        "layer.self_attn.out_proj.weight",
        "layer.linear1.weight",
        "layer.linear2.weight",
    }


def test_every_parameter_has_one_optimizer() -> None:
    model = small()
    for muon in (0.0, 0.02):
        made = make_optimizers(model, None, 1e-3, muon, 0.01)
        moved = [id(p) for one in made for group in one.param_groups for p in group["params"]]
        assert sorted(moved) == sorted(id(p) for p in model.parameters())
        assert len(made) == (2 if muon else 1)


class Broken(Callback):
    """A process that ends at a step, with what it saved before."""

    def on_step(self, report: StepReport) -> None:
        if report.step == 17:
            raise InterruptedError


def test_muon_learns_and_resumes_bit_for_bit(tmp_path: Path) -> None:
    config = LoopConfig(30, learning_rate=3e-3, muon=0.02, warmup=3, save_every=7)

    def trainer(run: str, *callbacks: Callback) -> Trainer[Small]:
        options = {"report": lambda _: None, "callbacks": callbacks, "device": torch.device("cpu")}
        return Trainer(small(), losses, tmp_path / run, config, **options)

    whole = trainer("whole")
    whole.run()
    with pytest.raises(InterruptedError):
        trainer("broken", Broken()).run()
    resumed = trainer("broken")
    resumed.run()
    for one, other in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(one, other)
    with torch.no_grad():
        assert losses(whole.model, 1000)["loss"] < 0.7 * losses(small(), 1000)["loss"]
