"""Outputs that cannot be written are one line, before anything is loaded, and leave nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dna_protein_bca.commands.options import Compute
from dna_protein_bca.commands.training import train, tune

MAX = "MSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQIL"
FILES = {
    "p.fa": f">max\n{MAX}\n",
    "d.fa": ">one\nACGTACGTCACGTGACGTACGT\n>two\nGGGGTTTTTTTTCCCC\n",
    "q.tsv": "protein_id\tdna_id\tlabel\nmax\tone\t1\nmax\ttwo\t0\n",
    "v.vcf": "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    "one\t9\t.\tC\tG\t.\t.\t.\n",
}
PAIRS = "--proteins p.fa --dna d.fa --pairs q.tsv"
GENOME = "--proteins p.fa --genome d.fa"

EACH = [
    f"predict {PAIRS} -o OUT/o.tsv",
    "predict --proteins p.fa --dna d.fa --matrix OUT/o.npz",
    f"predict {PAIRS} --report OUT/r",
    f"scan {GENOME} -o OUT/o.bed",
    f"scan {GENOME} --report OUT/r",
    f"variant dna {GENOME} --vcf v.vcf -o OUT/o.tsv",
    f"variant dna {GENOME} --vcf v.vcf --report OUT/r",
    "variant protein --proteins p.fa --scan -o OUT/o.tsv",
    "variant protein --proteins p.fa --scan --dna d.fa -o o.tsv --pairs-out OUT/o.tsv",
    "variant protein --proteins p.fa --scan --report OUT/r",
    "motif --proteins p.fa -o OUT/o.meme",
    "embed --proteins p.fa -o OUT/o.npz",
    f"explain {PAIRS} -o OUT/o --no-plots",
    f"evaluate {PAIRS} -o OUT/o",
    f"evaluate {PAIRS} -o OUT",
    f"train {PAIRS} -o OUT/o",
    f"train {PAIRS} -o OUT/o --folds 2",
    f"train {PAIRS} -o OUT/o/run",
    f"tune {PAIRS} -o OUT/o",
    "domains --proteins p.fa -o OUT/o.tsv",
    f"data split {PAIRS} --by random -o OUT/o",
    f"data negatives {PAIRS} --negatives shuffle -o OUT/o",
]
"""A command for each output, all of whose inputs are right."""

WITH_EXTRAS = [
    (f"scan {GENOME} -o o.bed --track OUT/o.bw", ["pybigtools"]),
    ("variant protein --proteins p.fa --scan -o o.tsv --plot OUT/h.png", ["matplotlib"]),
    ("motif --proteins p.fa --logo OUT/logos -o o.meme", ["matplotlib", "logomaker"]),
]


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of inputs, in which commands that load weights or train fail at once.

    When the test is over, nothing else is in it.
    """

    def load(*_: object, **__: object) -> None:
        raise AssertionError("something is loaded")

    monkeypatch.setattr(Compute, "_set_up", load)
    monkeypatch.setattr("dna_protein_bca.commands.data.options.Source.read", load)
    for module in (train, tune):
        monkeypatch.setattr(module, "told", load)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    yield
    left = {name for name in os.listdir(tmp_path) if not name.endswith(".fai")}
    assert left - {"locked", "link"} == FILES.keys()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nobody can write; of root, whom permissions do not bind, the kernel's."""
    if not os.geteuid():
        kernel = Path("/sys/kernel")
        if not kernel.is_dir():
            pytest.skip("the superuser may write everywhere here")
        yield kernel
        return
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    yield folder
    assert not os.listdir(folder)


def _refused(run: Callable, words: str, folder: Path) -> None:
    done = run(*words.replace("OUT", str(folder)).split())
    asked = next(word for word in words.split() if "OUT" in word).replace("OUT", str(folder))
    assert done.stderr == f"Error: {asked}: cannot be written: Permission denied\n", done.output
    assert done.exit_code == 1 and done.stdout == ""


@pytest.mark.parametrize("words", EACH)
def test_a_folder_that_is_locked(words: str, run: Callable, locked: Path) -> None:
    _refused(run, words, locked)


@pytest.mark.parametrize(("words", "extras"), WITH_EXTRAS)
def test_a_folder_that_is_locked_for_what_needs_an_extra(
    words: str, extras: list[str], run: Callable, locked: Path
) -> None:
    for extra in extras:
        pytest.importorskip(extra, reason="an extra is not installed")
    _refused(run, words, locked)


@pytest.mark.parametrize(
    "words",
    [
        f"predict {PAIRS} -o OUT/o.tsv",
        f"scan {GENOME} -o OUT/o.bed",
        f"variant dna {GENOME} --vcf v.vcf -o OUT/o.tsv",
    ],
)
@pytest.mark.parametrize("how", ["--shard 1/2", "--engine ray"])
def test_shards_in_a_folder_that_is_locked(
    words: str, how: str, run: Callable, locked: Path
) -> None:
    done = run(*f"{words} {how}".replace("OUT", str(locked)).split())
    why = "cannot be written: Permission denied"
    assert done.stderr == f"Error: {locked}/o.{words[-3:]}.shards: {why}\n", done.output
    assert done.exit_code == 1


FOLDERS = {
    f"train {PAIRS} -o link": "run",
    f"tune {PAIRS} -o link": "search",
    f"evaluate {PAIRS} -o link": "report",
    f"predict {PAIRS} --report link": "report",
}
"""A command for each kind of folder -> what the folder is for."""


@pytest.mark.parametrize("words", [*FOLDERS, f"explain {PAIRS} -o link --no-plots"])
def test_a_folder_that_is_a_link_to_nothing(words: str, run: Callable, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    done = run(*words.split())
    assert done.exit_code == 1 and done.stdout == ""
    why = "a link to nowhere, which is missing: make that folder, or give another"
    assert done.stderr == f"Error: link: {why}\n"


@pytest.mark.parametrize("words", FOLDERS)
@pytest.mark.parametrize("inside", ["", "/a/b"])
def test_a_folder_that_is_a_file(words: str, inside: str, run: Callable, tmp_path: Path) -> None:
    (tmp_path / "locked").write_text("a file")
    done = run(*words.replace("link", f"locked{inside}").split())
    assert done.exit_code == 1 and done.stdout == ""
    assert done.stderr == f"Error: locked: is a file: give a folder for the {FOLDERS[words]}\n"


@pytest.mark.parametrize("words", [f"train {PAIRS} -o OUT/o --dry-run", f"scan {GENOME}"])
def test_what_writes_nothing_there_is_not_refused(words: str, run: Callable, locked: Path) -> None:
    done = run(*words.replace("OUT", str(locked)).split())
    assert "cannot be written" not in done.output
