"""Sequences and a genome that these tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.genome import Genome


@pytest.fixture(scope="session")
def examples(data_dir: Path) -> dict[str, str]:
    """Seven real transcription factors of seven families."""
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return {record.id: record.sequence for record in records}


@pytest.fixture(scope="session")
def real_dna(data_dir: Path) -> list[str]:
    """101-bp windows of the human genome."""
    records = read_fasta(data_dir / "retraining" / "dna.fa.gz", "dna")
    return [record.sequence for record in records]


@pytest.fixture(scope="session")
def genome_path(real_dna: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real windows end to end as two chromosomes, one of which has a stretch of N."""
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    one, two = "".join(real_dna[:300]), "".join(real_dna[300:500])
    two = two[:5000] + "N" * 500 + two[5500:]
    path.write_text(f">chr1 first\n{one}\n>chr2\n{two}\n")
    return path


@pytest.fixture
def genome(genome_path: Path) -> Genome:
    return Genome(genome_path)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
