"""How these tests run the command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from dna_protein_bca.commands import main
from dna_protein_bca.io.fasta import read_fasta

Run = Callable[..., click.testing.Result]

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def run() -> Run:
    """The command in this process: fast."""

    def call(*arguments: object, input: str | bytes | None = None) -> click.testing.Result:
        runner = click.testing.CliRunner()
        return runner.invoke(main, [str(part) for part in arguments], input=input)

    return call


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """The command as a process of its own, in a temporary folder."""

    def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "dna_protein_bca", *(str(part) for part in arguments)]
        settings: dict = {"cwd": tmp_path, "capture_output": True, **options}
        return subprocess.run(command, **settings)

    return call


@pytest.fixture(scope="session")
def genome_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genome of real windows, and peaks of two proteins in it."""
    folder = tmp_path_factory.mktemp("data")
    windows = read_fasta(REPOSITORY / "data" / "retraining" / "dna.fa.gz", "dna")
    bases = "".join(record.sequence for record in windows)
    genome = "".join(f">chr{n + 1}\n{bases[n * 20000 : (n + 1) * 20000]}\n" for n in range(5))
    (folder / "genome.fa").write_text(genome)
    for name, first in (("max", 300), ("gata1", 500)):
        places = [(chrom, place) for chrom in range(5) for place in range(first, 19000, 900)]
        rows = [f"chr{chrom + 1}\t{place}\t{place + 200}\n" for chrom, place in places]
        (folder / f"{name}.bed").write_text("".join(rows))
    return folder
