"""Changes of a recipe by name."""

from __future__ import annotations

import pytest

from dna_protein_bca.training.recipe.configs import HELDOUT
from dna_protein_bca.training.recipe.overrides import override


def test_a_field_is_changed_by_the_way_to_it_or_by_its_stage_and_name() -> None:
    for setting in ("assembly.share=0.25", "joint.loop.steps=9", "joint.model.dim=48"):
        assert override(HELDOUT, [setting]) != HELDOUT
    changed = override(
        HELDOUT, ["assembly.share=1", "data.sources=-HOCOMOCO", "joint.batch.window=9"]
    )
    assert changed.assembly.share == 1.0 and isinstance(changed.assembly.share, float)
    assert changed.data.sources == "-HOCOMOCO"
    assert changed.joint.batch.window == 9 and changed.joint.task == HELDOUT.joint.task


def test_members_change_together_or_one_alone() -> None:
    together = override(HELDOUT, ["members.steps=7", "members.task.buckets=[10, 20]"])
    assert {member.loop.steps for member in together.members} == {7}
    assert together.members[2].task.buckets == (10, 20)
    one = override(HELDOUT, ["members.1.steps=7"])
    assert [m.loop.steps == 7 for m in one.members] == [False, True, False]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("assembly.sharee=1", "nearest are assembly.share"),
        ("contact.steps=1", "nearest are contacts.steps"),
        ("member.rank=1", "members.task.rank"),
        ("joint.window=9", "joint.batch.bound.draw.window or joint.batch.window"),
        ("share=1", "assembly.share"),
        ("joint=1", "there is no setting 'joint'"),
        ("members.9.steps=1", "there is no setting"),
        ("joint.steps=many", "is a whole number, such as 800, not many"),
        ("joint.steps=1.5", "is a whole number"),
        ("assembly.share=true", "is a number"),
        ("assembly.share", "stage.name=value"),
    ],
)
def test_what_is_no_setting_is_refused_with_the_near_names(setting: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace(".", r"\.")):
        override(HELDOUT, [setting])
