"""A small training set, and a model small enough to train in a second."""

from __future__ import annotations

import importlib
import multiprocessing
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

SITES = {"MAX": "ACCACGTGGT", "SP1": "GGGGCGGGGC", "LHX2": "CTAATTAG"}

ARCHITECTURE: dict[str, Any] = {
    "dim": 16,
    "heads": 2,
    "decoder_depth": 1,
    "latents": 4,
    "motifs": 1,
    "joint_dim": 16,
    "joint_heads": 2,
    "joint_depth": 1,
}


@pytest.fixture(scope="session")
def proteins(data_dir: Path) -> Path:
    return data_dir / "example_proteins.fa"


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """DNA of 40 to 300 bp, and pairs of three proteins: 20 with a site and 20 without."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("examples")
    rows, records = [], []
    for protein, site in SITES.items():
        for number in range(40):
            length = int(rng.choice([40, 60, 101, 300]))
            dna = "".join(rng.choice(list("ACGT"), length))
            if number % 2:
                start = int(rng.integers(0, length - len(site)))
                dna = dna[:start] + site + dna[start + len(site) :]
            name = f"{protein}_{number}"
            records.append(f">{name}\n{dna}\n")
            rows.append((protein, name, number % 2, rng.normal() + 2 * (number % 2), 1.0))
    table = pd.DataFrame(rows, columns=["protein_id", "dna_id", "label", "affinity", "weight"])
    (folder / "dna.fa").write_text("".join(records))
    table.to_csv(folder / "pairs.tsv", sep="\t", index=False)
    return folder / "dna.fa", folder / "pairs.tsv"


@pytest.fixture
def labels(examples: tuple[Path, Path]) -> pd.DataFrame:
    table = pd.read_csv(examples[1], sep="\t")
    return table[["protein_id", "dna_id", "label"]]


@pytest.fixture(scope="session")
def tiny() -> dict[str, Any]:
    """Fields of the smallest architecture that has all parts."""
    return dict(ARCHITECTURE)


@pytest.fixture(scope="session")
def forks() -> ForkServerContext:
    """Starts processes that have the package imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dna_protein_bca.training.finetune.fit"])
    return context


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The functions that such processes run."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return importlib.import_module("children")
