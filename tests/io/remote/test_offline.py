"""`--offline`: every way to the network is closed, and what lies on this machine still works."""

from __future__ import annotations

from pathlib import Path

import pytest

from dna_protein_bca.datasets.download import download
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.remote import (
    OFFLINE_VARIABLE,
    fetch_proteins,
    forbid_network,
    is_forbidden,
)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(OFFLINE_VARIABLE, "0")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert not is_forbidden()
    forbid_network()


def test_every_way_to_the_network_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr("socket.create_connection", connect)
    monkeypatch.setattr("socket.socket.connect", connect)
    for call in (
        lambda: fetch_proteins(["P61244"]),
        lambda: download("https://127.0.0.1/file.txt"),
        lambda: locate("hf://org/name"),
    ):
        with pytest.raises(InputError, match="needs the network, which --offline"):
            call()


def test_bundled_weights_need_no_network() -> None:
    assert locate("heldout").is_dir()
