"""Bad input: one line with file and line number, exit 1, and nothing half-written."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

PROTEIN = ">max a comment\nMSDNDDIEVESDEEQPRFQSAADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQIL\n"
DNA = ">one\nACGTACGTCACGTGACGTACGT\n"

Change = Callable[[Path], list[object]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Good input, to be spoiled."""
    (tmp_path / "p.fa").write_text(PROTEIN)
    (tmp_path / "d.fa").write_text(DNA)
    (tmp_path / "pairs.tsv").write_text("protein_id\tdna_id\nmax\tone\n")
    return tmp_path


def _write(name: str, content: str | bytes) -> Change:
    def change(folder: Path) -> list[object]:
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
        return []

    return change


def _remove(folder: Path) -> list[object]:
    (folder / "d.fa").unlink()
    return []


def _folder(folder: Path) -> list[object]:
    (folder / "d.fa").unlink()
    (folder / "d.fa").mkdir()
    return []


def _dangling(folder: Path) -> list[object]:
    (folder / "d.fa").unlink()
    (folder / "d.fa").symlink_to(folder / "nowhere.fa")
    return []


def _truncated(folder: Path) -> list[object]:
    content = gzip.compress((DNA * 1000).replace("one", "x").encode(), mtime=0)
    (folder / "d.fa").write_bytes(content[: len(content) // 2])
    return []


def _pairs(text: str) -> Change:
    def change(folder: Path) -> list[object]:
        (folder / "pairs.tsv").write_text(text)
        return ["--pairs", folder / "pairs.tsv"]

    return change


def _options(*options: object) -> Change:
    return lambda folder: [o(folder) if callable(o) else o for o in options]


def _no_weights(folder: Path) -> list[object]:
    weights = folder / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    (weights / "model.safetensors").write_bytes(b"junk")
    return ["--model", weights]


CASES: dict[str, tuple[Change, str]] = {
    "missing file": (_remove, r"d\.fa"),
    "empty file": (_write("d.fa", ""), r"d\.fa"),
    "not FASTA": (_write("d.fa", "chr1\t5\t10\n"), r"d\.fa:1: "),
    "duplicate ids": (_write("d.fa", DNA + ">two\nACGTACGT\n" + DNA), r"d\.fa:5: .*one"),
    "duplicate protein ids": (_write("p.fa", PROTEIN + PROTEIN), r"p\.fa:3: .*max"),
    "empty sequence": (_write("d.fa", ">one\n>two\nACGTACGT\n"), r"d\.fa:1: .*one"),
    "protein as DNA": (_write("d.fa", PROTEIN), r"d\.fa:1: .*protein"),
    "DNA as protein": (_write("p.fa", ">one\n" + "ACGT" * 10 + "\n"), r"p\.fa:1: .*DNA"),
    "text as protein": (_write("p.fa", PROTEIN + ">x\nNo hits found\n"), r"p\.fa:4: .*text"),
    "text as DNA": (_write("d.fa", DNA + ">x\nSequence unavailable\n"), r"d\.fa:4: .*text"),
    "PIR": (_write("p.fa", PROTEIN.replace(">max", ">P1;max")), r"p\.fa:1: .*PIR"),
    "gap in DNA": (_write("d.fa", DNA + ">two\nACGTAC\nACG-TACGT\n"), r"d\.fa:\d: "),
    "digit in DNA": (_write("d.fa", ">one\nACGTACGT1ACGT\n"), r"d\.fa:\d: "),
    "gap in protein": (_write("p.fa", PROTEIN.replace("RDHIK", "RD-IK")), r"p\.fa:\d: "),
    "digit in protein": (_write("p.fa", PROTEIN.replace("RDHIK", "RD7IK")), r"p\.fa:\d: "),
    "inner stop": (_write("p.fa", PROTEIN.replace("RDHIK", "RD*IK")), r"p\.fa:\d: .*\*"),
    "blank id": (_write("d.fa", ">\nACGTACGT\n"), r"d\.fa:1: "),
    "folder": (_folder, r"d\.fa"),
    "dangling link": (_dangling, r"d\.fa"),
    "UTF-16": (_write("d.fa", DNA.encode("utf-16")), r"d\.fa.*UTF-16"),
    "binary": (_write("d.fa", b"\x00\x01\x02\xff" * 100), r"d\.fa"),
    "truncated gzip": (_truncated, r"d\.fa"),
    "long protein": (_write("p.fa", ">titin\n" + "MSDNDDIEVE" * 501 + "\n"), r"p\.fa:1: .*titin"),
    "pairs, protein": (_pairs("protein_id\tdna_id\nmax\tone\nmyc\tone\n"), r"pairs\.tsv:3: .*myc"),
    "pairs, DNA": (_pairs("protein_id\tdna_id\nmax\ttwo\n"), r"pairs\.tsv:2: .*two"),
    "pairs, no header": (_pairs("max\tone\n"), r"pairs\.tsv.*protein_id"),
    "pairs, empty": (_pairs(""), r"pairs\.tsv"),
    "pairs, no rows": (_pairs("protein_id\tdna_id\n"), r"pairs\.tsv: no rows"),
    "pairs, open quote": (
        _pairs('protein_id\tdna_id\tx\nmax\tone\t"\nmax\tone\t"\n'),
        r"pairs\.tsv:2: .*quotation mark",
    ),
    "no GPU": (_options("--device", "cuda:77"), r"cuda:77"),
    "unknown device": (_options("--device", "gpu"), r"'gpu'"),
    "no threads": (_options("--threads", "0"), r"--threads 0"),
    "negative seed": (_options("--seed", "-1"), r"--seed -1"),
    "junk for weights": (_no_weights, r"config\.json"),
    "no weights": (_options("--model", lambda f: f / "absent"), r"absent"),
    "pickled weights": (_options("--model", lambda f: f / "p.fa"), r"p\.fa.*never loaded"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ending", ["tsv", "parquet"])
def test_one_line_and_nothing_written(
    case: str, ending: str, folder: Path, tiny_weights: Path, run: Callable
) -> None:
    change, message = CASES[case]
    more = change(folder)
    model = [] if "--model" in more else ["--model", tiny_weights]
    before = sorted(folder.rglob("*"))
    inputs = ["--proteins", folder / "p.fa", "--dna", folder / "d.fa", *model]
    done = run("predict", *inputs, "-o", folder / f"out.{ending}", *more)
    assert done.exit_code == 1
    assert done.stdout == ""
    _is_one_line(done.stderr, message)
    assert sorted(folder.rglob("*")) == before


def _is_one_line(text: str, message: str) -> None:
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("Error: ")
    assert "Traceback" not in text
    assert re.search(message, lines[0]), lines[0]


@pytest.mark.parametrize("output", ["absent/out.tsv", "", "out.xlsx"])
def test_unwritable_output(output: str, folder: Path, tiny_weights: Path, run: Callable) -> None:
    before = sorted(folder.rglob("*"))
    inputs = ["--proteins", folder / "p.fa", "--dna", folder / "d.fa", "--model", tiny_weights]
    done = run("predict", *inputs, "-o", f"{folder}/{output}")
    assert done.exit_code == 1
    _is_one_line(done.stderr, "")
    assert sorted(folder.rglob("*")) == before


def test_result_that_stands_already_survives_an_error(
    folder: Path, tiny_weights: Path, run: Callable
) -> None:
    out = folder / "out.tsv"
    out.write_text("precious\n")
    (folder / "d.fa").write_text(DNA + ">two\nACGT!ACGT\n")
    inputs = ["--proteins", folder / "p.fa", "--dna", folder / "d.fa", "--model", tiny_weights]
    assert run("predict", *inputs, "-o", out).exit_code == 1
    assert out.read_text() == "precious\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict"], "Missing option '--proteins'"),
        (["predict", "--batch-size", "many"], "--batch-size"),
        (["predict", "--batch-size", "0"], "'--batch-size': 0: give 'auto', or 1 or more"),
        (["train", "--batch-size", "-1"], "'--batch-size': -1: give 'auto', or 1 or more"),
        (["predict", "--nonsense"], "--nonsense"),
        (["predict", "--proteins", "-", "--dna", "-"], "only one input"),
        (["forecast"], "forecast"),
        (["models", "describe"], "describe"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(
    arguments: list[str], message: str, run: Callable
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    _is_one_line(done.stderr, message)


def test_a_short_dna_among_the_proteins_is_named_and_has_no_score(
    folder: Path, tiny_weights: Path, shell: Callable
) -> None:
    (folder / "p.fa").write_text(PROTEIN + ">chain C\nCACCACGTGGTG\n")
    inputs = ["--proteins", "p.fa", "--dna", "d.fa", "--model", tiny_weights]
    done = shell("predict", *inputs, "--any-protein", "--quiet")
    assert done.returncode == 0
    first, second = (line.split("\t") for line in done.stdout.decode().splitlines()[1:])
    assert first[2] and second[:3] == ["chain", "one", ""]
    (said,) = done.stderr.decode().splitlines()
    assert "p.fa: 1 protein of the letters of DNA alone: 'chain' (line 3)." in said


def test_skip_lists_and_counts(folder: Path, tiny_weights: Path, run: Callable) -> None:
    (folder / "d.fa").write_text(DNA + ">two\nACGT!ACGT\n" + ">three\nACGTTTACGT\n")
    inputs = ["--proteins", folder / "p.fa", "--dna", folder / "d.fa", "--model", tiny_weights]
    done = run("predict", *inputs, "--on-error", "skip")
    assert done.exit_code == 0
    assert [line.split("\t")[1] for line in done.stdout.splitlines()] == ["dna_id", "one", "three"]
    listed, counted = done.stderr.splitlines()
    assert "d.fa:" in listed and "two" in listed
    assert counted == "1 left out"


def test_skip_in_pairs(folder: Path, tiny_weights: Path, run: Callable) -> None:
    more = _pairs("protein_id\tdna_id\nmyc\tone\nmax\tone\n")(folder)
    inputs = ["--proteins", folder / "p.fa", "--dna", folder / "d.fa", "--model", tiny_weights]
    done = run("predict", *inputs, *more, "--on-error", "skip")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    assert "pairs.tsv:2:" in done.stderr and "'myc'" in done.stderr


@pytest.mark.parametrize("models", [1, 2])
def test_pairs_of_skipped_records_are_listed_as_such(
    models: int, folder: Path, tiny_weights: Path, run: Callable
) -> None:
    (folder / "p.fa").write_text(PROTEIN + ">bad\nMK-V\n>long\n" + "MSDNDDIEVE" * 501 + "\n")
    (folder / "d.fa").write_text(DNA + ">two\nACGT!ACGT\n")
    more = _pairs("protein_id\tdna_id\nmax\tone\nbad\tone\nmax\ttwo\nlong\tone\nmyc\tone\n")(folder)
    inputs = ["--proteins", folder / "p.fa", "--dna", folder / "d.fa"]
    done = run("predict", *inputs, *more, *["--model", tiny_weights] * models, "--on-error", "skip")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    said = done.stderr.splitlines()
    left_out = "is of a record that was left out of the"
    for line, fault in (
        (3, f"protein_id 'bad' {left_out} protein file"),
        (4, f"dna_id 'two' {left_out} dna file"),
        (5, f"protein_id 'long' {left_out} protein file"),
        (6, "protein_id 'myc' is not in the protein file"),
    ):
        (one,) = [text for text in said if f"pairs.tsv:{line}: " in text]
        assert fault in one
    assert said[-1] == "7 left out"


def test_reader_that_leaves_is_no_error(folder: Path, tiny_weights: Path, shell: Callable) -> None:
    with open(folder / "d.fa", "w") as file:
        for index in range(40):
            file.write(f">d{index}\nACGTACACGTGT\n")
    reading, writing = os.pipe()
    os.close(reading)
    inputs = ["--proteins", "p.fa", "--dna", "d.fa", "--model", tiny_weights]
    done = shell("predict", *inputs, stdout=writing, stderr=-1, capture_output=False)
    os.close(writing)
    assert b"Traceback" not in done.stderr
    assert b"Broken" not in done.stderr


def test_every_command_shows_the_id_that_nearly_matches(
    data_dir: Path, tiny_weights: Path, tmp_path: Path, run: Callable
) -> None:
    proteins, dna, pairs = (tmp_path / name for name in ("p.fa", "d.fa", "pairs.tsv"))
    text = (data_dir / "example_proteins.fa").read_text()
    proteins.write_text(text.replace(">MAX", ">sp|P61244|MAX_HUMAN max"))
    dna.write_text(">chr1:5-45 peak\n" + "ACGTCACGTG" * 4 + "\n")
    pairs.write_text("protein_id\tdna_id\tlabel\nP61244\tchr1:5-45\t1\n")
    files = ["--proteins", proteins, "--dna", dna, "--pairs", pairs]
    for command in (
        ["predict", *files, "--model", tiny_weights],
        ["evaluate", *files, "--model", tiny_weights],
        ["train", *files, "--init", tiny_weights, "-o", tmp_path / "run", "--dry-run"],
        ["data", "split", *files, "--by", "random", "-o", tmp_path / "set"],
    ):
        done = run(*command)
        assert done.exit_code == 1
        (line,) = [line for line in done.stderr.splitlines() if not line.startswith("Warning")]
        assert f"{pairs}:2: protein_id 'P61244' is not in the protein file" in line
        assert "'sp|P61244|MAX_HUMAN'" in line


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """The content of a file as a named pipe, which can be read once."""
    writers = []

    def feed(source: Path) -> Path:
        place = tmp_path / f"pipe_{source.name}"
        os.mkfifo(place)

        def write() -> None:
            with suppress(BrokenPipeError):
                place.write_bytes(source.read_bytes())

        writers.append((place, threading.Thread(target=write, daemon=True)))
        writers[-1][1].start()
        return place

    yield feed
    for place, writer in writers:
        # One that no reader came for waits for one.
        with suppress(OSError):
            os.close(os.open(place, os.O_RDONLY | os.O_NONBLOCK))
        writer.join(5)


def test_pipes_are_read_once(
    folder: Path, tiny_weights: Path, run: Callable, pipe: Callable
) -> None:
    names = ("p.fa", "d.fa", "pairs.tsv")
    ends = ("AAA", "AAC", "ACA", "ACC", "CAA", "CAC", "CCA", "CCC")
    dna = "".join(f">d{n}\nACGTACGTCACGTGA{end}\n" for n, end in enumerate(ends))
    (folder / "d.fa").write_text(dna)
    rows = "".join(f"max\td{n}\t{n % 2}\n" for n in range(8))
    (folder / "pairs.tsv").write_text("protein_id\tdna_id\tlabel\n" + rows)
    for command in (
        ["predict", "--model", tiny_weights],
        ["evaluate", "--model", tiny_weights],
        ["train", "--init", tiny_weights, "--steps", "1", "-o", folder / "run"],
    ):
        done = []
        for way in (lambda path: path, pipe):
            proteins, dna, pairs = (way(folder / name) for name in names)
            files = ["--proteins", proteins, "--dna", dna, "--pairs", pairs]
            done.append(run(*command, *files, "--device", "cpu"))
            for path in folder.glob("pipe_*"):
                path.unlink()
            if (folder / "run").exists():
                shutil.rmtree(folder / "run")
        assert [one.exit_code for one in done] == [0, 0], done[1].output
        if command[0] != "train":
            assert done[0].stdout == done[1].stdout


ONCE = r"a pipe can be read only once, and this input is read twice: save it to a file first"


@pytest.mark.parametrize("which", ["proteins", "file"])
def test_pipes_that_would_be_read_twice(
    which: str, folder: Path, run: Callable, pipe: Callable
) -> None:
    counts = ">MA0058.1 max\n" + "A [ 1 20 ]\nC [ 20 1 ]\nG [ 1 1 ]\nT [ 1 1 ]\n"
    (folder / "m.jaspar").write_text(counts)
    paths = {"proteins": folder / "p.fa", "file": folder / "m.jaspar"}
    paths[which] = pipe(paths[which])
    options = [part for name, path in paths.items() for part in (f"--{name}", path)]
    done = run("data", "jaspar", *options, "-o", folder / "set")
    assert done.exit_code == 1
    _is_one_line(done.stderr, f"{paths[which]}: {ONCE}")
    assert not (folder / "set").exists()


def test_stdin_that_would_be_read_twice(folder: Path, run: Callable) -> None:
    done = run("data", "jaspar", "--proteins", "-", "-o", folder / "set", input=PROTEIN)
    assert done.exit_code == 1
    _is_one_line(done.stderr, "stdin: standard input can be read only once")
    files = ["--proteins", folder / "p.fa", "--dna", "-", "--pairs", folder / "pairs.tsv"]
    done = run("data", "split", *files, "--by", "random", "-o", folder / "set", input=DNA)
    assert done.exit_code == 1
    _is_one_line(done.stderr, "stdin: standard input can be read only once")
