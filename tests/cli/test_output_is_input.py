"""No command writes over what it reads, under whatever name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

LINKS: dict[str, Callable[[Path, Path], object]] = {
    "itself": lambda source, link: None,
    "symbolic": lambda source, link: link.symlink_to(source),
    "hard": lambda source, link: link.hardlink_to(source),
}


@pytest.fixture
def mine(tmp_path: Path, data_dir: Path) -> Path:
    """A folder of copies of the examples."""
    for name in ("example_proteins.fa", "example_dna.fa", "example_pairs.tsv"):
        shutil.copy(data_dir / name, tmp_path / name)
    return tmp_path


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def refused(run: Callable, mine: Path) -> Callable[..., str]:
    """Run a command that is to be refused; gives its one line, and checks that all is as it was."""

    def call(*arguments: object) -> str:
        before = _contents(mine)
        done = run(*arguments)
        assert done.exit_code == 1 and done.stdout == "", done.output
        assert _contents(mine) == before
        assert len(done.stderr.splitlines()) == 1
        assert "give another name for the output" in done.stderr
        return str(done.stderr)

    return call


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("which", ["proteins", "dna", "pairs"])
def test_predict(which: str, kind: str, refused: Callable, mine: Path, tiny_weights: Path) -> None:
    files = {
        "proteins": mine / "example_proteins.fa",
        "dna": mine / "example_dna.fa",
        "pairs": mine / "example_pairs.tsv",
    }
    out = files[which] if kind == "itself" else mine / "out.tsv"
    LINKS[kind](files[which], out)
    given = [part for name, path in files.items() for part in (f"--{name}", path)]
    error = refused("predict", *given, "--model", tiny_weights, "-o", out)
    assert error.startswith(f"Error: {out}: the output is ")
    assert kind == "itself" or str(files[which]) in error


def test_a_path_that_is_written_otherwise(
    refused: Callable, mine: Path, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mine)
    given = ["--proteins", "example_proteins.fa", "--dna", "example_dna.fa"]
    again = Path("..") / mine.name / "example_dna.fa"
    refused("predict", *given, "--model", tiny_weights, "-o", again)


def test_nothing_is_read_before(run: Callable, mine: Path) -> None:
    (mine / "example_dna.fa").write_bytes(b"\0 no FASTA file")
    dna = mine / "example_dna.fa"
    done = run("predict", "--proteins", mine / "example_proteins.fa", "--dna", dna, "-o", dna)
    assert done.stderr.startswith(f"Error: {dna}: the output is also an input")


def test_weights_are_no_output(refused: Callable, mine: Path, tiny_weights: Path) -> None:
    weights = shutil.copytree(tiny_weights, mine / "weights")
    given = ["--proteins", mine / "example_proteins.fa", "--model", weights]
    dna = ["--dna", mine / "example_dna.fa"]
    refused("predict", *given, *dna, "-o", weights / "model.safetensors")
    refused("motif", *given, "--format", "meme", "-o", weights / "config.json")


@pytest.mark.parametrize("kind", LINKS)
def test_motif(kind: str, refused: Callable, mine: Path, tiny_weights: Path) -> None:
    proteins = mine / "example_proteins.fa"
    out = proteins if kind == "itself" else mine / "out.meme"
    LINKS[kind](proteins, out)
    refused("motif", "--proteins", proteins, "--model", tiny_weights, "--format", "meme", "-o", out)


@pytest.mark.parametrize("kind", LINKS)
def test_a_file_of_the_report(kind: str, refused: Callable, mine: Path, tiny_weights: Path) -> None:
    report = mine / "report"
    report.mkdir()
    pairs = mine / "example_pairs.tsv"
    if kind == "itself":
        pairs = pairs.rename(report / "predictions.tsv")
    LINKS[kind](pairs, report / "predictions.tsv")
    given = ["--proteins", mine / "example_proteins.fa", "--dna", mine / "example_dna.fa"]
    given += ["--pairs", pairs, "--model", tiny_weights]
    error = refused("evaluate", *given, "-o", report)
    assert error.startswith(f"Error: {report / 'predictions.tsv'}: ")
    refused("evaluate", *given, "-o", pairs)


def test_a_report_into_the_weights(refused: Callable, mine: Path, tiny_weights: Path) -> None:
    weights = shutil.copytree(tiny_weights, mine / "weights")
    given = ["--proteins", mine / "example_proteins.fa", "--dna", mine / "example_dna.fa"]
    given += ["--pairs", mine / "example_pairs.tsv", "--model", weights]
    refused("evaluate", *given, "-o", weights)


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize(
    ("option", "name", "written"),
    [
        ("--proteins", "example_proteins.fa", "proteins.fa"),
        ("--pairs", "example_pairs.tsv", "pairs.tsv"),
        ("--dna", "example_dna.fa", "best/config.json"),
        ("--dna", "example_dna.fa", "evaluation/deeper/any"),
    ],
)
def test_a_file_of_the_run(
    option: str, name: str, written: str, kind: str, refused: Callable, mine: Path
) -> None:
    given = {
        "--proteins": mine / "example_proteins.fa",
        "--dna": mine / "example_dna.fa",
        "--pairs": mine / "example_pairs.tsv",
    }
    place = mine / "run" / written
    place.parent.mkdir(parents=True)
    if kind == "itself":
        given[option] = given[option].rename(place)
    LINKS[kind](given[option], place)
    arguments = [part for pair in given.items() for part in pair]
    assert refused("train", *arguments, "-o", mine / "run").startswith(f"Error: {place}: ")


def test_a_run_into_its_first_weights(refused: Callable, mine: Path, tiny_weights: Path) -> None:
    begun = shutil.copytree(tiny_weights, mine / "run" / "best")
    given = ["--proteins", mine / "example_proteins.fa", "--dna", mine / "example_dna.fa"]
    given += ["--pairs", mine / "example_pairs.tsv", "--init", begun]
    refused("train", *given, "-o", mine / "run")
    refused("train", *given, "-o", begun)


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize(
    "arguments",
    [
        ["jaspar", "--proteins", "{proteins}", "--file", "{one}"],
        ["jaspar", "--proteins", "{one}", "--file", "{proteins}"],
        ["hocomoco", "--proteins", "{proteins}", "--motifs", "{one}"],
        ["cisbp", "--proteins", "{one}", "--information", "{proteins}", "--pwms", "{proteins}"],
        ["cisbp", "--proteins", "{proteins}", "--information", "{proteins}", "--pwms", "{one}"],
        ["uniprobe", "MAX={one}", "--proteins", "{proteins}"],
        ["peaks", "MAX={one}", "--proteins", "{proteins}", "--genome", "{proteins}"],
        ["peaks", "MAX={proteins}", "--proteins", "{proteins}", "--genome", "{one}"],
        ["negatives", "--proteins", "{proteins}", "--pairs", "{one}", "--negatives", "shuffle"],
        ["split", "--by", "random", "--proteins", "{proteins}", "--dna", "{one}"],
        ["split", "{set}", "--by", "random"],
        ["negatives", "{set}", "--negatives", "others"],
        ["specificity", "{set}"],
    ],
    ids=" ".join,
)
def test_data(arguments: list[str], kind: str, refused: Callable, mine: Path) -> None:
    (mine / "set").mkdir()
    (mine / "set" / "kept").write_text("as it was\n")
    files = {
        "proteins": mine / "example_proteins.fa",
        "one": mine / "example_pairs.tsv",
        "set": mine / "set",
    }
    source = files["set" if "{set}" in arguments else "one"]
    if kind == "hard" and source.is_dir():
        pytest.skip("a folder has no hard links")
    out = source if kind == "itself" else mine / "out"
    LINKS[kind](source, out)
    refused("data", *(part.format(**files) for part in arguments), "-o", out)


def test_standard_input_and_output(mine: Path, tiny_weights: Path) -> None:
    """Redirected by the shell, where no name is seen."""
    command = [sys.executable, "-m", "dna_protein_bca", "predict", "--model", str(tiny_weights)]
    command += ["--proteins", "example_proteins.fa", "--dna"]
    dna = mine / "example_dna.fa"
    before = dna.read_bytes()
    with open(dna, "rb") as stdin:
        read = subprocess.run(
            [*command, "-", "-o", dna.name], cwd=mine, stdin=stdin, capture_output=True
        )
    with open(dna, "ab") as stdout:
        written = subprocess.run(
            [*command, dna.name], cwd=mine, stdout=stdout, stderr=subprocess.PIPE
        )
    for done in (read, written):
        assert done.returncode == 1 and b"give another name for the output" in done.stderr
    assert dna.read_bytes() == before


def test_devices_are_read_and_written(shell: Callable, mine: Path, tiny_weights: Path) -> None:
    """A terminal may be both."""
    given = ["--proteins", mine / "example_proteins.fa", "--model", tiny_weights]
    done = shell("predict", *given, "--dna", os.devnull, "-o", os.devnull)
    assert b"give another name" not in done.stderr


def test_another_file_beside_the_inputs(run: Callable, mine: Path, tiny_weights: Path) -> None:
    given = ["--proteins", mine / "example_proteins.fa", "--model", tiny_weights]
    out = mine / "out.meme"
    for _ in range(2):  # What an earlier run wrote may be written again.
        assert run("motif", *given, "-o", out).exit_code == 0
    assert out.is_file()
