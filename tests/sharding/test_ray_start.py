"""A Ray that does not start."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.sharding import ray_engine


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("local", "Ray does not start here: timed out"),
        ("h:1", "this cluster cannot be used: timed out"),
    ],
)
def test_it_is_one_line(monkeypatch: pytest.MonkeyPatch, address: str, said: str) -> None:
    def init(**_: Any) -> None:
        # As Ray 2.60 does where its node is not up in time.
        raise Exception("timed out")

    ray: Any = ModuleType("ray")
    ray.init, ray.data = init, ModuleType("ray.data")
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setitem(sys.modules, "ray.data", ray.data)
    for name in (ray_engine.MODE, ray_engine.TOKEN, "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):
        monkeypatch.setenv(name, "")
    with (
        pytest.raises(InputError, match=f"^--address {address}: {said}$"),
        ray_engine._cluster(address),
    ):
        pass
