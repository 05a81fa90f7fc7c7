"""Sequences and a genome that these tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.datasets.protein_names import ProteinNames
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.genome import Genome

Write = Callable[[str, str], Path]

UNIPROT = """\
>sp|Q9Y2X9|ZN281_HUMAN Zinc finger protein 281 OS=Homo sapiens OX=9606 GN=ZNF281 PE=1 SV=1
MKIGSGFLSG
>sp|Q01196|RUNX1_HUMAN Runt-related OS=Homo sapiens OX=9606 GN=RUNX1 PE=1 SV=3
MRIPVDASTS
>sp|Q03347|RUNX1_MOUSE Runt-related OS=Mus musculus OX=10090 GN=Runx1 PE=1 SV=1
MRIPVDASTT
>tr|A0A060CV13|A0A060CV13_MAIZE SBP8 OS=Zea mays GN=SBP8
MDWDLKMPVS
>plain with a comment
MKVA
"""


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


@pytest.fixture
def names(write: Write) -> ProteinNames:
    return ProteinNames.read(write("p.fa", UNIPROT))
