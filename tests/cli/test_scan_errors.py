"""`scan` with what is wrong: one line each, nothing half-written, whatever stops it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.io.fasta import read_fasta

BAD_REGIONS = {
    "chromosome": ("chr1\t0\t50\nchr7\t0\t50\n", ":2: chromosome 'chr7' is not in "),
    "end": ("chr1\t0\t50\nchr1\t900\t1001\n", ":2: a region at chr1:900-1001, but chr1 of "),
    "empty": ("# none\n", ": no region in it: give a BED or narrowPeak file"),
    "columns": ("chr1\t0\t50\nchr1 7\n", ":2: 2 columns: give every row"),
    "reversed": ("chr1\t50\t0\n", ":1: 50..0 is not an interval"),
}


@pytest.fixture
def inputs(data_dir: Path, tiny_weights: Path, tmp_path: Path) -> list[object]:
    genome = tmp_path / "g.fa"
    genome.write_text(f">chr1\n{'ACGTTGCAAG' * 100}\n>short\nACGTACGTAC\n")
    proteins = tmp_path / "p.fa"
    record = next(read_fasta(data_dir / "example_proteins.fa", "protein"))
    proteins.write_text(f">{record.id}\n{record.sequence}\n")
    given = {"--proteins": proteins, "--genome": genome, "--model": tiny_weights, "--device": "cpu"}
    return [part for option in given.items() for part in option]


def one_line(done: object, code: int = 1) -> str:
    """The error; checks that it is one line, and that nothing else was written."""
    assert done.exit_code == code and done.stdout == "", done.output
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("Error: "), done.stderr
    return str(lines[0])


@pytest.mark.parametrize("fault", BAD_REGIONS)
def test_regions(fault: str, run: Callable, inputs: list[object], tmp_path: Path) -> None:
    text, message = BAD_REGIONS[fault]
    bed = tmp_path / "r.bed"
    bed.write_text(text)
    out = tmp_path / "hits.bed"
    before = {path.name for path in tmp_path.iterdir()}
    error = one_line(run("scan", *inputs, "--bed", bed, "-o", out, "--track", tmp_path / "x.bw"))
    assert error.startswith(f"Error: {bed}{message}")
    assert {path.name for path in tmp_path.iterdir()} - before <= {"g.fa.fai"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max-p", "0"], "--max-p"),
        (["--max-p", "2"], "--max-p"),
        (["--around", "5"], "--around is for the regions of --bed"),
        (["--chrom-aliases", "auto"], "--chrom-aliases is for the chromosomes of --bed"),
        (["--bed", "-", "--genome", "-"], "only one input can be -"),
    ],
)
def test_usage(options: list[str], message: str, run: Callable, inputs: list[object]) -> None:
    assert message in one_line(run("scan", *inputs, *options), code=2)


def test_outputs_that_cannot_be(run: Callable, inputs: list[object], tmp_path: Path) -> None:
    assert "the ending .gff is not a format of hits" in one_line(
        run("scan", *inputs, "-o", tmp_path / "x.gff")
    )
    assert "give a name that ends in .bw" in one_line(
        run("scan", *inputs, "--track", tmp_path / "x.wig")
    )
    for option in ("-o", "--track"):
        assert "is also an input" in one_line(run("scan", *inputs, option, inputs[3]))
    assert "there is no folder" in one_line(
        run("scan", *inputs, "-o", tmp_path / "x.bed", "--track", tmp_path / "no" / "x.bw")
    )
    assert not (tmp_path / "x.bed").exists()


def test_several_models(run: Callable, inputs: list[object]) -> None:
    assert "takes one --model" in one_line(run("scan", *inputs, "--model", "release"), code=2)


def test_no_protein_has_a_domain(run: Callable, inputs: list[object], data_dir: Path) -> None:
    inputs[1] = data_dir / "non_binders.fa"
    assert "none of the 10 proteins has a known DNA-binding domain" in one_line(
        run("scan", *inputs)
    )


def test_genomes(run: Callable, inputs: list[object], tmp_path: Path) -> None:
    genome = Path(str(inputs[3]))
    genome.write_text(">chr1\nACGTACGTAC\nAC\nACGTACGTAC\n")
    assert f"Error: {genome}:4: the lines of 'chr1' differ" in one_line(run("scan", *inputs))
    genome.write_text(">chr1\nACGTACGTAC\nACGT-ACGTA\n")
    assert "'-' at chr1:14-15 is not a base" in one_line(run("scan", *inputs))
    genome.write_text("")
    assert "holds no sequence" in one_line(run("scan", *inputs))
    inputs[3] = tmp_path / "none.fa"
    assert "none.fa: no such file" in one_line(run("scan", *inputs))


def test_contigs_shorter_than_a_window_are_scanned(run: Callable, inputs: list[object]) -> None:
    done = run("scan", *inputs, "--max-p", "1")
    assert done.exit_code == 0
    assert {"chr1", "short"} == {line.split("\t")[0] for line in done.stdout.splitlines()[5:]}


@pytest.fixture
def long_run(inputs: list[object], tmp_path: Path) -> list[str]:
    """A scan that takes long, as a command line; it writes a table and a track."""
    genome = Path(str(inputs[3]))
    genome.write_text(f">chr1\n{'ACGTTGCAAGGATCCGA' * 1_000_000}\n")
    options = ["-o", tmp_path / "hits.tsv", "--track", tmp_path / "hits.bw"]
    given = [str(part) for part in (*inputs, *options)]
    return [sys.executable, "-m", "dna_protein_bca", "scan", *given]


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    while not ready():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def test_an_interrupt_leaves_nothing(long_run: list[str], tmp_path: Path) -> None:
    process = subprocess.Popen(
        long_run, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=tmp_path
    )
    # The track is opened when all else is ready, and the scan has begun.
    _wait_for(lambda: any(".hits.bw" in path.name for path in tmp_path.iterdir()), process)
    time.sleep(1)
    # As a terminal does it: to all processes of the command.
    os.killpg(process.pid, signal.SIGINT)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and error.split() == ["Stopped."]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g.fa", "g.fa.fai", "p.fa"]


def test_an_interrupt_leaves_what_was_there(long_run: list[str], tmp_path: Path) -> None:
    """Before the scan begins as well, and with an index that is whole or not there."""
    (tmp_path / "hits.tsv").write_text("as it was")
    process = subprocess.Popen(
        long_run, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=tmp_path
    )
    _wait_for(lambda: any(".hits.tsv" in path.name for path in tmp_path.iterdir()), process)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert (tmp_path / "hits.tsv").read_text() == "as it was"
    left = {path.name for path in tmp_path.iterdir()} - {"g.fa", "p.fa", "hits.tsv"}
    assert left <= {"g.fa.fai"}


@pytest.mark.parametrize("option", ["-o", "--track"])
def test_a_full_disk(option: str, inputs: list[object], tmp_path: Path) -> None:
    """Files that may not grow beyond a few bytes, as on a disk that is full."""
    out = tmp_path / ("x.bw" if option == "--track" else "x.bed")
    genome = Path(str(inputs[3]))
    genome.write_text(f">chr1\n{'ACGTTGCAAGGATCCGA' * 2000}\n")
    Path(f"{genome}.fai").write_text("chr1\t34000\t6\t34000\t34001\n")
    given = [*inputs, "--max-p", "0.5", option, out]
    done = subprocess.run(
        [sys.executable, "-m", "dna_protein_bca", "scan", *map(str, given)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {out}: cannot be written: "), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g.fa", "g.fa.fai", "p.fa"]


def test_a_reader_that_leaves(inputs: list[object]) -> None:
    given = " ".join(map(str, inputs))
    command = f"{sys.executable} -m dna_protein_bca scan {given} --max-p 1 | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("# dna-protein-bca") and "Traceback" not in done.stderr
