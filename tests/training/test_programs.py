"""The two training programs share the loop, and nothing of each other."""

from __future__ import annotations

import ast
from pathlib import Path

import dna_protein_bca.training

FOLDER = Path(dna_protein_bca.training.__path__[0])
NAME = "dna_protein_bca."


def imported(room: str) -> set[str]:
    """Modules of the package that a room of the trainings imports from outside of itself."""
    names: set[str] = set()
    for path in (FOLDER / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    inside = f"{NAME}training.{room}"
    return {name for name in names if name.startswith(NAME) and not name.startswith(inside)}


def test_neither_program_imports_the_other() -> None:
    assert not [name for name in imported("finetune") if "recipe" in name]
    assert not [name for name in imported("recipe") if "finetune" in name]


def test_the_loop_knows_nothing_of_proteins_and_dna() -> None:
    allowed = {f"{NAME}errors", f"{NAME}io.folder_names", f"{NAME}io.outputs"}
    assert imported("engine") <= allowed
