"""The pages that are made by commands show what these print."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dna_protein_bca.proteins.domains import families

ROOT = Path(__file__).resolve().parents[1]

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("data/**/*.md")),
    *sorted(ROOT.glob("models/**/*.md")),
    ROOT / "NOTICE",
]

SOURCES = [
    path
    for folder in ("dna_protein_bca", "benchmarks", "examples", "tests")
    for path in sorted(ROOT.glob(f"{folder}/**/*.py"))
]

NAME = re.compile(r"\bdna_protein_bca(?:[./][A-Za-z_]\w*)*(?:\.py)?")
"""A module, something in a module, or the path of either."""

SHORT = re.compile(r"`([a-z]\w*(?:\.(?!(?:fa|tsv|meme|safetensors)\b)[A-Za-z_]\w*)+)`")
"""The same without the name of the package, such as `motifs.votes`; no files' names."""

PACKAGES = {path.parent.name for path in ROOT.glob("dna_protein_bca/*/__init__.py")}

NO_MODULES = (
    "dna_protein_bca/_data",
    "dna_protein_bca._data",
    "dna_protein_bca.dataset",
    "dna_protein_bca.relatives",
    "dna_protein_bca/variant.py",
)
"""The data of an installed package, which a checkout has elsewhere, names of file formats, and the
module that CONTRIBUTING takes as its example of one to be added."""


def run(script: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / script), *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize(
    ("script", "page", "name"),
    [
        ("families.py", "docs/families.md", "families"),
        ("sources.py", "models/LICENSE.md", "sources"),
    ],
)
def test_a_page_shows_what_its_command_prints(script: str, page: str, name: str) -> None:
    done = run(script)
    assert done.returncode == 0, done.stderr
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = text.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0]
    assert done.stdout.strip() == shown.strip(), f"run: benchmarks/{script} --write {page}"


def test_every_family_is_listed_once() -> None:
    lines = (ROOT / "docs" / "families.md").read_text(encoding="utf-8").splitlines()
    listed = [line.split("|")[1].strip() for line in lines if "/entry/pfam/" in line]
    assert sorted(listed) == sorted(families()) and len(listed) == 88


def test_the_readme_shows_the_result_of_its_first_command() -> None:
    done = run("example.py", "--smoke")
    assert done.returncode == 0, done.stderr
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    (command,) = [line for line in lines if "dna-protein-bca predict --proteins data/" in line]
    shown = lines[lines.index("<!-- example -->") + 2 : lines.index("<!-- /example -->") - 1]
    assert command.endswith("-o example.tsv && head example.tsv | cut -f 1-7")
    assert len(shown) == 10 and max(map(len, shown)) < 80


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/**/*.md")]:
        for part in page.read_text(encoding="utf-8").split("](")[1:]:
            target = part.split(")")[0].split("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def _names(pages: list[Path]) -> Iterator[tuple[str, str]]:
    """Where a page or module names something of the package, and the name in full."""
    for page in pages:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            short = (name for name in SHORT.findall(line) if name.split(".")[0] in PACKAGES)
            for name in (*NAME.findall(line), *(f"dna_protein_bca.{name}" for name in short)):
                yield f"{page.relative_to(ROOT)}:{number}", name


def _exists(name: str) -> bool:
    """Whether a path is there, or a module can be imported and has what is named in it."""
    if "/" in name:
        return (ROOT / name).exists()
    module, rest = name, ""
    while True:
        try:
            found = importlib.import_module(module)
            # What lies below a class may be there only in its objects.
            return not rest or hasattr(found, rest)
        except ModuleNotFoundError:
            module, _, rest = module.rpartition(".")
            if not module:
                return False


def test_modules_and_paths_that_pages_name_are_there() -> None:
    named = [(at, name) for at, name in _names(PAGES) if name not in NO_MODULES]
    assert len(named) > 20
    assert [f"{at}: {name}" for at, name in named if not _exists(name)] == []


def test_modules_and_paths_that_sources_name_are_there() -> None:
    """In comments, docstrings and messages as well as in imports."""
    package = [path for path in SOURCES if ROOT / "tests" not in path.parents]
    named = [(at, name) for at, name in _names(package) if name not in NO_MODULES]
    assert [f"{at}: {name}" for at, name in named if not _exists(name)] == []


def test_scripts_that_pages_name_are_there() -> None:
    script = re.compile(r"\b((?:benchmarks|examples|tests)/[\w/.]+\.py)\b")
    for page in [*PAGES, *SOURCES]:
        for path in script.findall(page.read_text(encoding="utf-8")):
            assert (ROOT / path).is_file(), f"{page.relative_to(ROOT)}: {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_compile_and_import_what_is_there(page: Path) -> None:
    for block in re.findall(r"(?ms)^```python\n(.*?)^```", page.read_text(encoding="utf-8")):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "dna_protein_bca"
            ):
                module = importlib.import_module(str(node.module))
                for alias in node.names:
                    assert hasattr(module, alias.name), f"{page.name}: {alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.startswith("dna_protein_bca"):
                        importlib.import_module(alias.name)
