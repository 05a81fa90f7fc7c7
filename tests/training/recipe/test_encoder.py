"""A recipe whose members read proteins with another encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.loading import load_model
from dna_protein_bca.io.folder_names import STAGE
from dna_protein_bca.io.outputs import write_json
from dna_protein_bca.training.recipe.__main__ import main
from dna_protein_bca.training.recipe.configs import HELDOUT, Recipe, model_config
from dna_protein_bca.training.recipe.materials import Materials
from dna_protein_bca.training.recipe.overrides import override
from dna_protein_bca.training.recipe.runner import is_done, settings_of
from dna_protein_bca.training.recipe.stages import Workplace, stages

SMALL = [
    *("members.loop.steps=1", "members.protein.dim=16", "members.task.residues=360"),
    *("members.best=8", "members.near=8", "members.far=8", "members.task.joint=8"),
    "members.arrays=1",
]


def test_members_learn_with_it(data: Path, tmp_path: Path, charges: str) -> None:
    command = ["heldout", "--data", str(data), "--run", str(tmp_path), "--stage", "member-0"]
    settings = (f"--set={setting}" for setting in [*SMALL, f"members.encoder={charges}"])
    done = CliRunner().invoke(main, [*command, *settings])
    assert done.exit_code == 0, done.output
    assert load_model(tmp_path / "member-0" / "best").config.encoder == charges


def test_all_members_have_the_same(charges: str) -> None:
    recipe = override(HELDOUT, [f"members.encoder={charges}"])
    assert model_config(recipe).encoder == charges
    with pytest.raises(ValueError, match=r"one encoder: set members\.encoder"):
        model_config(override(HELDOUT, [f"members.1.encoder={charges}"]))


def test_a_run_from_before_there_was_a_choice_goes_on(tmp_path: Path, charges: str) -> None:
    def done(recipe: Recipe) -> bool:
        materials = Materials(tmp_path, recipe.data, tmp_path, 1)
        return is_done(Workplace(tmp_path, recipe, materials), stages(recipe)[0])

    settings = settings_of(HELDOUT, stages(HELDOUT)[0])
    del settings["stage"]["encoder"], settings["data"]["fold"]
    (tmp_path / "member-0").mkdir()
    write_json(tmp_path / "member-0" / STAGE, {"settings": settings, "done": True})
    assert done(HELDOUT)
    with pytest.raises(InputError, match=f'encoder "profile", now "{charges}"'):
        done(override(HELDOUT, [f"members.encoder={charges}"]))
    with pytest.raises(InputError, match='fold "", now "1/3"'):
        done(override(HELDOUT, ["data.fold=1/3"]))
