"""`models list` and `models show`, and what the group itself says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

import dna_protein_bca
from dna_protein_bca.commands.group import COMMANDS
from dna_protein_bca.inference.weights import bundled, locate


def test_list_puts_the_default_first(run: Callable) -> None:
    done = run("models", "list")
    assert done.exit_code == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == ["name", "megabytes", "folder"]
    assert [row[0] for row in rows[1:]] == bundled()
    assert Path(rows[1][2]) == locate()


def test_show_prints_configuration_and_card(run: Callable) -> None:
    name = bundled()[0]
    done = run("models", "show", name)
    assert done.exit_code == 0
    assert '"tile": 128' in done.stdout
    assert (locate(name) / "README.md").read_text(encoding="utf-8") in done.stdout


def test_show_of_a_folder_and_of_nothing(run: Callable, tiny_weights: Path, tmp_path: Path) -> None:
    assert '"dim": 16' in run("models", "show", tiny_weights).stdout
    done = run("models", "show", tmp_path / "absent")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


def test_version_and_help(run: Callable) -> None:
    said = run("--version").stdout.splitlines()
    assert said == [
        f"dna-protein-bca, version {dna_protein_bca.__version__}",
        f"torch {torch.__version__}",
        f"weights {', '.join(bundled())}",
    ]
    assert run("predict", "--version").stdout.splitlines() == said
    for option in ("-h", "--help"):
        text = run(option).stdout
        for name in COMMANDS:
            assert f"\n  {name} " in text
        assert "--pairs" in run("predict", option).stdout
