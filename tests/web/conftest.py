"""A site that answers with small random weights."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.io.fasta import SequenceRecord, read_fasta

pytest.importorskip("fastapi", reason="the extra web is not installed")


@pytest.fixture(scope="session")
def max_protein(data_dir: Path) -> str:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return next(record.sequence for record in records if record.id == "MAX")


@pytest.fixture(scope="session")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu", threads=1)


@pytest.fixture(scope="session")
def collection(max_protein: str, predictor: BindingPredictor):  # type: ignore[no-untyped-def]
    from dna_protein_bca.web.query import Collection

    people = [SequenceRecord("MAX|P61244", max_protein), SequenceRecord("NONE|X", "GSAEWKLM" * 9)]
    ready = {"human": predictor.encode(people)}
    return Collection({"Homo_sapiens": people, "Mus_musculus": people[:1]}, ready)


@pytest.fixture(scope="module")
def address(predictor: BindingPredictor, collection: object) -> Iterator[str]:
    """A server of its own on a free port."""
    import socket

    import uvicorn

    from dna_protein_bca.web.app import create_app

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = create_app(predictor, collection)  # type: ignore[arg-type]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
