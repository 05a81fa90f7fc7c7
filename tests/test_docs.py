"""The pages that are made by commands show what these print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dna_protein_bca.proteins.domains import families

ROOT = Path(__file__).resolve().parents[1]


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
