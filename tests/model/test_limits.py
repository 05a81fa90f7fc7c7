"""A configuration that no model has is refused before anything is allocated."""

from __future__ import annotations

from typing import Any

import pytest

from dna_protein_bca.model.config import BindingConfig

WRONG: list[tuple[str, Any]] = [
    ("tile", -1),
    ("tile", "x"),
    ("encoder", 10**12),
    ("members", 10**12),
    ("dim", 10**12),
    ("dim", True),
    ("dropout", 2),
    ("dropout", float("nan")),
    ("temper", 0),
    ("standardised", "yes"),
    ("joint_heads", 0),
    ("joint_places", 10**12),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_the_field_is_named(name: str, value: Any) -> None:
    good = BindingConfig(profile_lengths=(5, 7))
    with pytest.raises(ValueError, match=r"^[a-z_.]+ must be .*, and is "):
        good.replace(**{name: value})


@pytest.mark.parametrize("lengths", [(0,), (10**12,), (5.5,), (1,) * 10_001])
def test_profiles_are_counted(lengths: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="profile_lengths must be at most 10,000 whole numbers"):
        BindingConfig(profile_lengths=lengths)
