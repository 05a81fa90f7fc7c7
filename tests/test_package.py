"""The package as a user gets it: built, installed into an empty environment, run from elsewhere."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import dna_protein_bca

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("dna_protein_bca", "data", "models")
FILES = ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "NOTICE")


def _run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    run = [str(part) for part in command]
    done = subprocess.run(run, cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the checkout, so that nothing of the build stays here."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    source.mkdir()
    ignore = shutil.ignore_patterns("__pycache__")
    for name in SOURCES:
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index"]
    _run(*pip, "--no-build-isolation", "-w", folder / "dist", source)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel, and sees this one's dependencies."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps"]
    _run(*pip, "--no-index", wheel)
    where = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    # Read after the environment's own packages, so that the wheel's is the one that is imported.
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    paths = Path(where.stdout.strip(), "dependencies.pth")
    paths.write_text("\n".join(sorted(dependencies)), encoding="utf-8")
    return folder / "bin"


def test_wheel_installs_one_name(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"dna_protein_bca"}


def test_wheel_holds_data_weights_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "dna_protein_bca/py.typed" in names
    for folder, inside in (("data", "_data"), ("models", "_models")):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert files
        for path in files:
            place = f"dna_protein_bca/{inside}/{path.relative_to(ROOT / folder).as_posix()}"
            # What a benchmark is measured on serves a checkout, not an installed package.
            assert (place in names) == (path.parent != ROOT / "data" / "validation")


def test_every_package_is_in_the_metadata() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    parts = {path.parent.relative_to(ROOT).parts for path in ROOT.glob("dna_protein_bca/**/*.py")}
    found = {".".join(folder) for folder in parts}
    assert listed == found | {"dna_protein_bca._data", "dna_protein_bca._models"}


def test_installed_command_predicts_from_another_folder(installed: Path, tmp_path: Path) -> None:
    script = "import dna_protein_bca as p; print(p.__file__)"
    where = _run(installed / "python", "-c", script, cwd=tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(installed.parent)
    for name in ("example_proteins.fa", "example_dna.fa"):
        shutil.copy(ROOT / "data" / name, tmp_path)
    inputs = ["--proteins", "example_proteins.fa", "--dna", "example_dna.fa"]
    _run(installed / "dna-protein-bca", "predict", *inputs, "-o", "out.tsv", cwd=tmp_path)
    table = pd.read_csv(tmp_path / "out.tsv", sep="\t")
    assert len(table) == 7 * 45
    assert table["score"].notna().all()


def test_launcher_of_the_checkout_is_the_command(tmp_path: Path) -> None:
    version = f"dna-protein-bca, version {dna_protein_bca.__version__}"
    said = _run(sys.executable, ROOT / "cli.py", "--version", cwd=tmp_path).stdout
    assert said.splitlines()[0] == version


def test_import_is_lazy() -> None:
    script = (
        "import sys, dna_protein_bca; heavy = {'torch', 'numpy', 'pandas', 'pyhmmer', 'click'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert _run(sys.executable, "-c", script).stdout == "[]\n"


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from dna_protein_bca.commands import main\n"
        "for command in ([], ['predict'], ['scan'], ['models'], ['models', 'list'],\n"
        "                ['data'], ['data', 'jaspar'], ['data', 'peaks'], ['data', 'split'],\n"
        "                ['embed'], ['train'], ['tune']):\n"
        "    main([*command, '--help'], standalone_mode=False)\n"
        "heavy = {'torch', 'numpy', 'pandas', 'pyhmmer', 'scipy', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert _run(sys.executable, "-c", script).stdout.endswith("\n[]\n")


@pytest.mark.parametrize("name", [n for n in dna_protein_bca.__all__ if n != "__version__"])
def test_names_of_the_package(name: str) -> None:
    value = getattr(dna_protein_bca, name)
    assert value.__name__ == name
    assert name in dir(dna_protein_bca)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dna_protein_bca.nothing  # noqa: B018


def test_ci_runs_the_commands_of_the_readme() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    finder = re.search(r"^readme_command\(\) .*$", ci, re.M)
    assert finder is not None
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    for variable, part in (("example", "dna-protein-bca predict"), ("tests", "pytest")):
        # The script looks the command up in the README, and runs what it found there.
        assert f"{variable}=$(readme_command '{part}')" in ci
        assert f'bash -euo pipefail -c "${variable}"' in ci
        script = f"{finder.group()}; readme_command '{part}'"
        command = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.strip()
        assert command in readme and part in command and "-c constraints.txt" in command
