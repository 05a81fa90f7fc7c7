"""A site that answers with small random weights."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca import BindingPredictor
from dna_protein_bca.io.fasta import SequenceRecord, read_fasta
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.proteins.relatives import MeasuredProteins

pytest.importorskip("fastapi", reason="the extra web is not installed")


@pytest.fixture(scope="session")
def max_protein(data_dir: Path) -> str:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return next(record.sequence for record in records if record.id == "MAX")


@pytest.fixture(scope="session")
def predictor(
    tiny_weights: Path, max_protein: str, tmp_path_factory: pytest.TempPathFactory
) -> BindingPredictor:
    """With one measured protein, MAX, and contacts drawn at random."""
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    shutil.copytree(tiny_weights, folder)
    motif = np.random.default_rng(0).dirichlet([0.3] * 4, 8).astype(np.float32)
    table = pd.DataFrame({"protein_id": ["MAX"], "sequence": [max_protein]})
    measured = MeasuredProteins.from_tables(table, [Motif("m@MAX", motif)])
    measured.save(folder / "relatives.parquet")
    made = BindingPredictor.from_pretrained(folder, "cpu", threads=1)
    made.model.contacts.normal_(generator=torch.Generator().manual_seed(0))
    return made


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


@pytest.fixture
def few_substitutions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only substitutions by tryptophan are asked for, since each takes a while."""
    monkeypatch.setattr("dna_protein_bca.variant.mutants.read.AMINO_ACIDS", "W")
