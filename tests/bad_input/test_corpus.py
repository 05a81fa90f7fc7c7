"""Every bad input of the corpus: its exact message, its exit code, and nothing left behind.

A case is a table of `cases/*.toml` with these keys:

- name: unique in its file.
- run: the words of the command.
- files: what it changes in `GOOD` or adds to it. A name has a text; a table with `text` and
  `encoding`; a table with `hex`; a table with `gz`, a text that is compressed; or a table with
  `begin` and `long`, a text of which 17 million follow, or with `begin` and `bomb`, of which 70
  million follow, compressed. `false` takes the file away, and a name that ends in / is a folder.
- error: all that stands on standard error, without the newline at its end.
- exit: the exit code, 1 unless it is given.
"""

from __future__ import annotations

import gzip
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dna_protein_bca.commands import main
from dna_protein_bca.io.remote import OFFLINE_VARIABLE

FOLDER = Path(__file__).parent / "cases"

MAX = "MSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQIL"
GOOD = {
    "p.fa": f">max a comment\n{MAX}\n",
    "d.fa": ">one\nACGTACGTCACGTGACGTACGT\n>two\nGGGGTTTTTTTTCCCC\n",
    "g.fa": ">chr1\n" + "ACGTTGCAAC" * 30 + "\n>chr2\n" + "GGATCCATTA" * 20 + "\n",
    "r.bed": "chr1\t10\t80\n",
    "pairs.tsv": "protein_id\tdna_id\tlabel\nmax\tone\t1\nmax\ttwo\t0\n",
    "m.meme": "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF max\n"
    "letter-probability matrix: alength= 4 w= 2\n0.7 0.1 0.1 0.1\n0.1 0.7 0.1 0.1\n",
    "v.vcf": "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=300>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t100\t.\tC\tG\t.\t.\t.\n",
}
"""Files that every case has, and that are read without complaint."""


LONG, BOMB = 17_000_000, 70_000_000


@dataclass(frozen=True)
class Case:
    """One bad input, and what is said of it."""

    name: str
    run: str
    error: str
    files: Mapping[str, Any] = field(default_factory=dict)
    exit: int = 1

    def lay_out(self, folder: Path) -> None:
        """Write the files of the case."""
        for name, content in {**GOOD, **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
            elif content is not False:
                path.write_bytes(_bytes(content))


def _bytes(content: str | Mapping[str, str]) -> bytes:
    if isinstance(content, str):
        return content.encode()
    if "hex" in content:
        return bytes.fromhex(content["hex"])
    if "long" in content:
        return content["begin"].encode() + content["long"].encode() * LONG + b"\n"
    if "bomb" in content:
        return gzip.compress(
            content["begin"].encode() + content["bomb"].encode() * BOMB, 1, mtime=0
        )
    if "gz" in content:
        return gzip.compress(content["gz"].encode(), mtime=0)
    return content["text"].encode(content["encoding"])


def read_cases() -> list[tuple[str, Case]]:
    """All cases, each with a name that says which file it is from."""
    cases = []
    for path in sorted(FOLDER.glob("*.toml")):
        for values in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            cases.append((f"{path.stem}: {values['name']}", Case(**values)))
    return cases


CASES = read_cases()
NAMES = [name for name, _ in CASES]
EVERY = 12
"""Every twelfth case is run as a real command, too."""

MOST_MEMORY = 1 << 20
"""KiB that a command may take."""


PROGRAM = """
import atexit, pathlib, re, sys
peak, *words = sys.argv[1:]
status = pathlib.Path("/proc/self/status")
most = lambda: re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else "0"
atexit.register(lambda: pathlib.Path(peak).write_text(most()))
from dna_protein_bca.commands import main
main(words)
"""
"""A command that notes its own peak of memory in KiB; what `wait4` tells counts, on Linux, what the
tests took before it."""


def check(case: Case, folder: Path, before: set[Path], code: int, error: str) -> None:
    """Compare what was said and left with what the case says."""
    assert error.rstrip("\n").replace(str(folder), "{folder}") == case.error
    assert code == case.exit
    # An index of a genome is kept beside it, as other programs keep it.
    left = {path for path in set(folder.rglob("*")) - before if path.suffix != ".fai"}
    assert not left


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=NAMES)
def test_one_true_line(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(OFFLINE_VARIABLE, "")  # what --offline sets is undone after a test
    case.lay_out(tmp_path)
    before = set(tmp_path.rglob("*"))
    result = CliRunner().invoke(main, shlex.split(case.run), prog_name="dna-protein-bca")
    check(case, tmp_path, before, result.exit_code, result.stderr)
    assert "\n" not in case.error and case.error.startswith("Error: ")


@pytest.mark.parametrize("case", [case for _, case in CASES[::EVERY]], ids=NAMES[::EVERY])
def test_the_same_as_a_real_command(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    case.lay_out(folder)
    before = set(folder.rglob("*"))
    peak = tmp_path / "peak"
    command = [sys.executable, "-c", PROGRAM, str(peak), *shlex.split(case.run)]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    check(case, folder, before, done.returncode, done.stderr.decode())
    assert int(peak.read_text()) < MOST_MEMORY


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= 150
    assert len(CASES[::EVERY]) >= 15
    assert len(set(NAMES)) == len(NAMES)
