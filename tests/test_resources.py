"""Where files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from dna_protein_bca.resources import CACHE_VARIABLE, cache_path


def test_the_cache_is_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    assert cache_path("a/b") == tmp_path / "cache" / "a" / "b"
    assert not (tmp_path / "cache").exists()


def test_or_in_the_user_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_path("x") == tmp_path / "dna-protein-bca" / "x"
