"""The documentation's site: what its pages say can be typed is run, and every page is found."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"<!-- run -->\n```(sh|python)\n(.*?)```", re.DOTALL)
"""A block that the page marks as one to run; those of a page follow on each other."""

PAGES = [page for page in sorted(DOCS.glob("**/*.md")) if BLOCK.search(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(DOCS)) for page in PAGES])
def test_what_a_page_says_can_be_typed(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    program = f"'{sys.executable}' '{ROOT / 'cli.py'}'"
    shell = "".join(text for kind, text in blocks if kind == "sh")
    python = "".join(text for kind, text in blocks if kind == "python")
    script = f'dna-protein-bca() {{ {program} "$@"; }}\n{shell}'
    for command in (["bash", "-euo", "pipefail", "-c", script], [sys.executable, "-c", python]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_site_lists_every_page() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r": ([\w/]+\.md)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in DOCS.glob("**/*.md"))
    assert yaml.safe_load(text)["strict"]
