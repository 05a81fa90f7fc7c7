"""What others install the package with: a conda recipe, a workflow's module and a container."""

from __future__ import annotations

import configparser
import gzip
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

import dna_protein_bca

ROOT = Path(__file__).resolve().parents[1]
MODULE = ROOT / "modules" / "dnaproteinbca" / "predict"
VERSION = dna_protein_bca.__version__
RECORDS = 2
"""Of proteins and of DNA that the module is run on."""

CONDA_NAMES = {"torch": "pytorch"}


@pytest.fixture(scope="module")
def metadata() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def recipe() -> Any:
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(
        (ROOT / "recipes" / "meta.yaml").read_text(encoding="utf-8")
    )
    text = template.render(PYTHON="python", pin_subpackage=lambda name, max_pin: name)
    return yaml.safe_load(text)


def test_recipe_asks_for_what_the_package_asks_for(
    recipe: Any, metadata: configparser.ConfigParser
) -> None:
    asked = metadata["options"]["install_requires"].split()
    expected = {f"python {metadata['options']['python_requires']}"}
    for requirement in asked:
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
        expected.add(f"{CONDA_NAMES.get(name, name)} {bounds}".strip())
    assert set(recipe["requirements"]["run"]) == expected
    assert recipe["package"] == {"name": "dna-protein-bca", "version": VERSION}
    script = metadata["options.entry_points"]["console_scripts"].strip()
    assert recipe["build"]["entry_points"] == [script]
    for name in recipe["about"]["license_file"]:
        assert (ROOT / name).is_file()


@pytest.mark.parametrize("command", ["--version", "predict --help", "models show release"])
def test_commands_of_the_recipe_work(recipe: Any, command: str) -> None:
    assert f"dna-protein-bca {command}" in recipe["test"]["commands"]
    run = [sys.executable, ROOT / "cli.py", *command.split()]
    assert subprocess.run(run, capture_output=True).returncode == 0


def blocks() -> dict[str, str]:
    """The bash of the module's sections `script` and `stub`, as Groovy would hand it on."""
    text = (MODULE / "main.nf").read_text(encoding="utf-8")
    found = re.findall(r'(script|stub):\n.*?"""\n(.*?)"""', text, re.DOTALL)
    return {name: textwrap.dedent(block).replace("\\\\", "\\") for name, block in found}


@pytest.mark.parametrize("section", ["script", "stub"])
def test_module_makes_what_it_promises(section: str, tmp_path: Path) -> None:
    for name in ("proteins", "dna"):
        text = (ROOT / "data" / f"example_{name}.fa").read_text(encoding="utf-8")
        records = text.split("\n>")[:RECORDS]
        (tmp_path / f"{name}.fa").write_text("\n>".join(records) + "\n", encoding="utf-8")
    program = tmp_path / "bin" / "dna-protein-bca"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{ROOT / 'cli.py'}' \"$@\"\n")
    program.chmod(0o755)
    given = {
        "proteins": "proteins.fa",
        "dna": "dna.fa",
        "args": "--no-p-values",
        "${prefix}": "sample",
        "$task.cpus": "1",
        "${task.process}": "PREDICT",
    }
    block = blocks()[section].replace("\\$", "\0")
    for name, value in given.items():
        block = block.replace(name if name.startswith("$") else f"${name}", value)
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    run = ["bash", "-euo", "pipefail", "-c", block.replace("\0", "$")]
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with gzip.open(tmp_path / "sample.tsv.gz", "rt", encoding="utf-8") as file:
        rows = file.read().splitlines()
    assert len(rows) == (1 + RECORDS * RECORDS if section == "script" else 1)
    versions = yaml.safe_load((tmp_path / "versions.yml").read_text(encoding="utf-8"))
    assert versions == {"PREDICT": {"dna-protein-bca": VERSION}}


def test_module_describes_its_channels() -> None:
    text = (MODULE / "main.nf").read_text(encoding="utf-8")
    meta = yaml.safe_load((MODULE / "meta.yml").read_text(encoding="utf-8"))
    described = [next(iter(each)) for each in (*meta["input"][0], *meta["input"][1:])]
    declared = re.findall(r"(?:val|path)\(?\s*\(?(\w+)\)?", text.split("output:")[0])
    assert described == declared
    emitted = re.findall(r"emit: (\w+)", text)
    assert list(meta["output"]) == emitted
    environment = yaml.safe_load((MODULE / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"] == [f"bioconda::dna-protein-bca={VERSION}"]


def test_container_runs_without_rights_and_without_a_network() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    last = text.rpartition("\nFROM ")[2].splitlines()
    words = [line.split(maxsplit=1) for line in last if line and not line.startswith("#")]
    instructions = dict(words[1:])
    assert instructions["USER"] not in ("root", "0")
    assert instructions["ENTRYPOINT"] == '["dna-protein-bca"]'
    assert "DNA_PROTEIN_BCA_OFFLINE=1" in instructions["ENV"]
