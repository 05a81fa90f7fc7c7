"""No NaN and no infinity leaves a command: what is missing is empty, whatever the input."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dna_protein_bca.io.fasta import read_fasta

WORD = re.compile(r"(?<![\w.])[-+]?(nan|inf|infinity|null|<na>)(?![\w.])", re.IGNORECASE)

REAL = "".join(random.Random(3).choices("ACGT", k=400))
DNA = {
    "one": "A",
    "short": "ACGT",
    "unknown": "N" * 60,
    "mostly_unknown": "N" * 40 + "CACGTG" + "N" * 40,
    "repeat": "A" * 300,
    "real": REAL,
}
CONTIGS = {"n": "N" * 90, "one": "C", "real": REAL + "N" * 30 + REAL[::-1], "repeat": "G" * 200}


@pytest.fixture
def inputs(data_dir: Path, tmp_path: Path, tiny_weights: Path) -> list[object]:
    """MAX, MAX cut after its first half, and a protein without a known domain."""
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    (protein,) = (r.sequence for r in records if r.id == "MAX")
    proteins = {"MAX": protein, "part": protein[: len(protein) // 3], "none": "MSGGG" * 9}
    for name, given in (("p", proteins), ("d", DNA), ("g", CONTIGS)):
        text = "".join(f">{key}\n{value}\n" for key, value in given.items())
        (tmp_path / f"{name}.fa").write_text(text)
    model = ("--model", tiny_weights, "--device", "cpu", "--threads", 1)
    return ["--proteins", tmp_path / "p.fa", *model]


def check(path: Path) -> None:
    """Fail where a file holds what is no number."""
    if path.suffix == ".parquet":
        for column in pq.read_table(path).columns:
            if pa.types.is_floating(column.type):
                assert np.isfinite(column.drop_null().to_numpy()).all(), path
    elif path.suffix == ".bw":
        import pybigtools

        with pybigtools.open(str(path)) as track:
            for name in track.chroms():
                values = [value for *_, value in track.records(name)]
                assert np.isfinite(values).all(), (path, name)
    else:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        rows = [line for line in text.splitlines() if not line.startswith("#")]
        assert rows and not [row for row in rows if WORD.search(row)], path


@pytest.mark.parametrize("name", ["out.tsv", "out.csv", "out.parquet", "out.tsv.gz"])
def test_predict(run: Callable, inputs: list, tmp_path: Path, name: str) -> None:
    given = ["predict", *inputs, "--dna", tmp_path / "d.fa", "-o", tmp_path / name]
    assert run(*given).exit_code == 0
    check(tmp_path / name)


@pytest.mark.parametrize("name", ["out.bed", "out.tsv", "out.parquet"])
def test_scan(run: Callable, inputs: list, tmp_path: Path, name: str) -> None:
    given = ["scan", *inputs, "--genome", tmp_path / "g.fa", "--max-p", 0.5, "--q"]
    result = run(*given, "-o", tmp_path / name, "--track", tmp_path / "track.bw")
    assert result.exit_code == 0, result.output
    for path in (tmp_path / name, *tmp_path.glob("track*.bw")):
        check(path)
    assert len(list(tmp_path.glob("track*.bw"))) == 2


@pytest.mark.parametrize("name", ["out.vcf", "out.tsv", "out.parquet"])
def test_variant_dna(run: Callable, inputs: list, tmp_path: Path, name: str) -> None:
    bases = CONTIGS["real"]
    rows = [
        ("real", 200, bases[199], "ACGT"[("ACGT".index(bases[199]) + 1) % 4]),
        ("real", 400, bases[399], bases[399] + "ACG"),
        ("real", 401, "N", "A"),
        ("one", 1, "C", "T"),
        ("n", 50, "N", "G"),
        ("repeat", 100, "G" * 60, "G"),
    ]
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    lines = [f"{c}\t{pos}\t.\t{ref}\t{alt}\t.\t.\t.\n" for c, pos, ref, alt in rows]
    (tmp_path / "v.vcf").write_text(head + "".join(lines))
    given = ["variant", "dna", *inputs, "--genome", tmp_path / "g.fa", "--vcf", tmp_path / "v.vcf"]
    result = run(*given, "-o", tmp_path / name)
    assert result.exit_code == 0, result.output
    check(tmp_path / name)


def test_variant_protein(run: Callable, inputs: list, tmp_path: Path) -> None:
    changes = ["MAX:R36*", "MAX:R36W", "MAX:R36del", "none:G4W"]
    given = [part for change in changes for part in ("--mutation", change)]
    given += ["--dna", tmp_path / "d.fa", "-o", tmp_path / "m.tsv"]
    # Weights with relatives, as every mutation is judged by its family.
    given += [*inputs[:2], "--device", "cpu", "--pairs-out", tmp_path / "pairs.tsv"]
    result = run("variant", "protein", *given)
    assert result.exit_code == 0, result.output
    check(tmp_path / "m.tsv")
    check(tmp_path / "pairs.tsv")


@pytest.mark.parametrize("command", [("domains",), ("motif", "--format", "tsv")])
def test_proteins_alone(run: Callable, inputs: list, tmp_path: Path, command: tuple) -> None:
    given = inputs[:2] if command == ("domains",) else inputs
    result = run(*command, *given, "-o", tmp_path / "out.tsv")
    assert result.exit_code == 0, result.output
    check(tmp_path / "out.tsv")
