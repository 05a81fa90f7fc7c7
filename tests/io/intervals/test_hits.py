"""Hits as BED and as tables."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.intervals.hits import hit_writer

TABLE = pd.DataFrame(
    {"chrom": ["chr1", "chrX"], "start": [0, 7], "score": [1.25, -3.5], "p_value": [1e-5, 2e-9]}
)
NOTES = {"weights": "release-v1", "background": "uniform"}


def write(path: object, *tables: pd.DataFrame) -> None:
    with hit_writer(path, list(TABLE.columns), NOTES) as writer:
        for table in tables:
            writer.write(table)


HEAD = "# weights: release-v1\n# background: uniform\n# chrom start score p_value\n"
ROWS = "chr1\t0\t1.25\t1e-05\nchrX\t7\t-3.5\t2e-09\n"


def test_bed_has_its_notes_as_comments(tmp_path: Path, capsysbinary: pytest.CaptureFixture) -> None:
    write(tmp_path / "x.bed", TABLE[:1], TABLE[1:])
    assert (tmp_path / "x.bed").read_text() == HEAD + ROWS
    write(tmp_path / "x.bed.gz", TABLE)
    assert gzip.decompress((tmp_path / "x.bed.gz").read_bytes()).decode() == HEAD + ROWS
    write(tmp_path / "plain", TABLE)
    assert (tmp_path / "plain").read_text() == HEAD + ROWS
    write("-", TABLE)
    assert capsysbinary.readouterr().out.decode() == HEAD + ROWS
    write(tmp_path / "none.bed")
    assert (tmp_path / "none.bed").read_text() == HEAD


def test_tables_say_it_in_no_line(tmp_path: Path) -> None:
    write(tmp_path / "x.tsv", TABLE)
    assert (tmp_path / "x.tsv").read_text() == "chrom\tstart\tscore\tp_value\n" + ROWS
    write(tmp_path / "x.jsonl.gz", TABLE)
    lines = gzip.decompress((tmp_path / "x.jsonl.gz").read_bytes()).splitlines()
    assert [json.loads(line)["start"] for line in lines] == [0, 7]
    for tables in ([TABLE], [TABLE[:0], TABLE], []):
        write(tmp_path / "x.parquet", *tables)
        noted = pq.read_schema(tmp_path / "x.parquet").metadata
        assert noted[b"background"] == b"uniform" and noted[b"weights"] == b"release-v1"
        assert len(pd.read_parquet(tmp_path / "x.parquet")) == sum(map(len, tables))


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the ending \.gff is not a format of hits: use \.bed"):
        hit_writer(tmp_path / "x.gff", ["chrom"], {})


@pytest.mark.parametrize("name", ["x.bed", "x.bed.gz", "x.parquet"])
def test_nothing_is_left_where_the_block_fails(name: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), hit_writer(tmp_path / name, ["chrom"], {}) as writer:
        writer.write(TABLE)
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(InputError, match=r"^/dev/full: cannot be written: No space left"):
        write("/dev/full", *[TABLE] * 9)
