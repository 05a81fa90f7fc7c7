"""`--set` changes the one setting that is meant, and refuses what is none."""

from __future__ import annotations

import dataclasses

import pytest

from dna_protein_bca.model.config import BindingConfig
from dna_protein_bca.training.engine.config import LoopConfig
from dna_protein_bca.training.recipe.joint_stage import JoinConfig
from dna_protein_bca.training.recipe.settings import read_settings
from dna_protein_bca.training.recipe.specificity_task import TaskConfig

TASK, JOIN, LOOP, MODEL = TaskConfig(), JoinConfig(), LoopConfig(10), BindingConfig((57, 20))
PARTS = {"task": TASK, "join": JOIN, "loop": LOOP, "model": MODEL}


def test_a_setting_changes_its_part_alone() -> None:
    texts = ["task.window=60", "join.window=80", "join.hide=[0.2, 0.5]", "loop.learning_rate=1"]
    changes = read_settings(texts, PARTS)
    assert changes["task"] == {"window": 60}
    assert changes["join"] == {"window": 80, "hide": (0.2, 0.5)}
    assert changes["loop"] == {"learning_rate": 1.0} and not changes["model"]
    assert dataclasses.replace(JOIN, **changes["join"]).hide == (0.2, 0.5)


def test_a_part_may_be_left_out_where_one_alone_has_the_setting() -> None:
    changes = read_settings(["flank=3", "protein_region=full", "contrast=0"], PARTS)
    model = MODEL.replace(**changes["model"])
    assert model.protein.flank == 3 and model.protein.protein_region == "full"
    assert changes["task"] == {"contrast": 0.0} and not changes["join"] and not changes["loop"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("window=60", "setting of 2 parts: give task.window or join.window"),
        ("sharpnes=0", r"no setting sharpnes: give one such as join.sharpness\b"),
        ("task.widow=60", r"no setting task.widow: give one such as task.window\b"),
        ("task.hide=0", r"no setting task.hide: give one such as join.hide\b"),
        ("loop.zzzz=1", r"no setting loop.zzzz: give one such as loop.steps"),
        ("tsk.window=60", "no part 'tsk' here; there are task, join, loop, model"),
        ("task.window", "give PART.NAME=VALUE"),
        ("task.window=wide", "task.window is a whole number, not wide"),
        ("task.window=1.5", "task.window is a whole number, not 1.5"),
        ("task.rank=true", "task.rank is a number, not true"),
        ("task.buckets=90", "task.buckets is a list, not 90"),
        ("model.standardised=1", "model.standardised is true or false, not 1"),
    ],
)
def test_what_is_no_setting_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_settings([text], PARTS)
