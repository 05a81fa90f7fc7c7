"""How these tests run the command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from dna_protein_bca.commands import main

Run = Callable[..., click.testing.Result]


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
