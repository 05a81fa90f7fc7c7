"""A recipe whose members read proteins with another encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from torch import Tensor, nn

from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.model.encoders import ProteinEncoder, register
from dna_protein_bca.proteins.domains import Domain
from dna_protein_bca.proteins.features import ProteinBatch, ProteinInput
from dna_protein_bca.training.recipe.__main__ import main
from dna_protein_bca.training.recipe.configs import HELDOUT, model_config
from dna_protein_bca.training.recipe.overrides import override

SMALL = [
    *("members.loop.steps=1", "members.protein.dim=16", "members.task.residues=360"),
    *("members.best=8", "members.near=8", "members.far=8", "members.task.joint=8"),
    *("members.arrays=1", "members.encoder=places"),
]


@register("places")
class PlaceEncoder(ProteinEncoder):
    """Reads where in the chain a residue stands, which it works out beforehand as ESM-2 does."""

    output_dim = 6

    def __init__(self, config: BindingConfig) -> None:
        super().__init__(config)
        self.layer = nn.Linear(1, self.output_dim)

    def features(
        self, record: SequenceRecord, domains: Sequence[Domain], *, whole: bool = False
    ) -> ProteinInput:
        item = super().features(record, domains, whole=whole)
        place = item.sequence_position[:, None] / len(record.sequence)
        return item._replace(embedding=place.astype(np.float32))

    def forward(self, batch: ProteinBatch) -> Tensor:
        states: Tensor = self.layer(batch.embedding) * batch.mask[..., None]
        return states


def test_members_learn_with_it(data: Path, tmp_path: Path) -> None:
    command = ["heldout", "--data", str(data), "--run", str(tmp_path), "--stage", "member-0"]
    done = CliRunner().invoke(main, [*command, *(f"--set={setting}" for setting in SMALL)])
    assert done.exit_code == 0, done.output
    assert load_model(tmp_path / "member-0" / "best").config.encoder == "places"


def test_all_members_have_the_same() -> None:
    recipe = override(HELDOUT, ["members.encoder=places"])
    assert model_config(recipe).encoder == "places"
    with pytest.raises(ValueError, match=r"one encoder: set members\.encoder"):
        model_config(override(HELDOUT, ["members.1.encoder=places"]))
