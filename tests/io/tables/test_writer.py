"""Tables of results: written whole or not at all, in every format."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.tables import TableWriter
from dna_protein_bca.io.tables import parquet as parquet_module
from dna_protein_bca.io.tables import writer as writer_module


def _results() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "extra": [1, 2, 3],
            "dna_id": ["one", "two, or\t2", 'dr"ei é'],
            "score": np.array([12.3456789, np.nan, -1e-10], dtype=np.float32),
            "start": pd.array([3, None, 5], dtype="Int64"),
            "strand": ["+", None, "-"],
            "identity": [0.25, np.nan, 1.0],
            "count": [1, 2, 3],
            "known": [True, False, True],
        }
    )


COLUMNS = ["dna_id", "score", "start", "strand", "identity", "count", "known"]

AS_TSV = (
    "dna_id\tscore\tstart\tstrand\tidentity\tcount\tknown\n"
    "one\t12.34568\t3\t+\t0.25\t1\tTrue\n"
    '"two, or\t2"\t\t\t\t\t2\tFalse\n'
    '"dr""ei é"\t-1e-10\t5\t-\t1\t3\tTrue\n'
)

AS_JSON = [
    dict(zip(COLUMNS, row, strict=True))
    for row in (
        ("one", 12.34568, 3, "+", 0.25, 1, True),
        ("two, or\t2", None, None, None, None, 2, False),
        ('dr"ei é', -1e-10, 5, "-", 1, 3, True),
    )
]


def _write_in_two(path: Path | str) -> None:
    table = _results()
    with TableWriter(path, COLUMNS) as writer:
        writer.write(table[:1])
        writer.write(table[1:1])
        writer.write(table[1:])


OPENERS: dict[str, Callable] = {"": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@pytest.mark.parametrize("packing", OPENERS)
@pytest.mark.parametrize("name", ["x.tsv", "x.TSV", "x", "x.txt", "x.csv", "x.jsonl"])
def test_text_formats(name: str, packing: str, tmp_path: Path) -> None:
    path = tmp_path / (name + packing)
    _write_in_two(path)
    with OPENERS[packing](path, "rt", encoding="utf-8", newline="") as file:
        text = file.read()
    if name == "x.jsonl":
        assert [json.loads(line) for line in text.splitlines()] == AS_JSON
    elif name == "x.csv":
        assert text == AS_TSV.replace("\t", ",").replace("or,2", "or\t2")
    else:
        assert text == AS_TSV
    assert os.listdir(tmp_path) == [path.name]


def test_parquet_results(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    _write_in_two(path)
    schema = pq.read_schema(path)
    assert [str(kind) for kind in schema.types] == (
        ["string", "float", "int64", "string", "double", "int64", "bool"]
    )
    expected = _results()[COLUMNS]
    pd.testing.assert_frame_equal(pd.read_parquet(path), expected, check_dtype=False)
    np.testing.assert_array_equal(pd.read_parquet(path)["score"], expected["score"])


def test_types_in_parquet_do_not_hang_on_the_first_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    columns = ["score", "start", "strand"]
    with TableWriter(path, columns) as writer:
        writer.write(pd.DataFrame({name: [None] for name in columns}))
        writer.write(pd.DataFrame({"score": [1.5], "start": [7], "strand": ["+"]}))
    assert [str(kind) for kind in pq.read_schema(path).types] == ["float", "int64", "string"]
    assert pq.read_table(path).to_pylist() == [
        {"score": None, "start": None, "strand": None},
        {"score": 1.5, "start": 7, "strand": "+"},
    ]


@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.jsonl", "x.parquet", "x.tsv.gz"])
def test_no_rows(name: str, tmp_path: Path) -> None:
    with TableWriter(tmp_path / name, ["dna_id", "score"]):
        pass
    if name == "x.jsonl":
        assert (tmp_path / name).read_bytes() == b""
    elif name == "x.parquet":
        assert pq.read_schema(tmp_path / name).names == ["dna_id", "score"]
        assert len(pq.read_table(tmp_path / name)) == 0
    else:
        found = pd.read_csv(tmp_path / name, sep=None, engine="python")
        assert list(found.columns) == ["dna_id", "score"]
        assert found.empty


@pytest.mark.parametrize("name", ["x.tsv", "x.parquet", "x.jsonl"])
def test_many_rows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "ROWS", 100)
    monkeypatch.setattr(parquet_module, "ROWS", 100)
    table = pd.DataFrame({"dna_id": [f"d{i}" for i in range(1234)], "score": np.arange(1234) / 8})
    with TableWriter(tmp_path / name, ["dna_id", "score"]) as writer:
        for first in range(0, 1234, 470):
            writer.write(table[first : first + 470])
    if name == "x.parquet":
        assert pq.ParquetFile(tmp_path / name).num_row_groups == 11
        found = pd.read_parquet(tmp_path / name)
    elif name == "x.jsonl":
        found = pd.read_json(tmp_path / name, lines=True)
    else:
        found = pd.read_csv(tmp_path / name, sep="\t")
    pd.testing.assert_frame_equal(found, table, check_dtype=False)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"])),
            st.floats(width=32) | st.none(),
            st.integers(-(2**63), 2**63 - 1) | st.none(),
        ),
        min_size=1,
    )
)
def test_json_is_json(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    table = pd.DataFrame(rows, columns=['%s "id"', "score", "start"])
    table["score"] = table["score"].astype(np.float32)
    table["start"] = pd.array([row[2] for row in rows], dtype="Int64")
    with TableWriter(path, list(table.columns)) as writer:
        writer.write(table)
    found = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    assert [list(row) for row in found] == [list(table.columns)] * len(rows)
    for (text, score, start), row in zip(rows, found, strict=True):
        assert (row['%s "id"'], row["start"]) == (text, start)
        if score is None or not np.isfinite(score):
            assert row["score"] is None
        else:
            assert row["score"] == pytest.approx(score, rel=1e-6, abs=0)


def test_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("a.tsv.gz", "b.tsv.gz"):
        _write_in_two(tmp_path / name)
    assert (tmp_path / "a.tsv.gz").read_bytes() == (tmp_path / "b.tsv.gz").read_bytes()


def test_standard_output(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    _write_in_two("-")
    assert capsysbinary.readouterr().out.decode() == AS_TSV


def test_standard_output_of_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    _write_in_two("-")
    assert out.getvalue() == AS_TSV


def test_standard_output_streams(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(KeyboardInterrupt), TableWriter("-", COLUMNS) as writer:
        assert capsysbinary.readouterr().out == b""
        writer.write(_results()[:1])
        assert len(capsysbinary.readouterr().out.splitlines()) == 2
        raise KeyboardInterrupt
    assert capsysbinary.readouterr().out == b""


NAMES = ["x.tsv", "x.tsv.gz", "x.csv.bz2", "x.jsonl.xz", "x.parquet"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError, OSError])
def test_failure_leaves_nothing(name: str, error: type, tmp_path: Path) -> None:
    for before in (None, b"precious"):
        if before is not None:
            (tmp_path / name).write_bytes(before)
        with pytest.raises(error, match=r"^stop$"), TableWriter(tmp_path / name, COLUMNS) as writer:
            writer.write(_results().sample(9000, replace=True, random_state=0))
            raise error("stop")
        assert os.listdir(tmp_path) == ([] if before is None else [name])
    assert (tmp_path / name).read_bytes() == b"precious"


@pytest.mark.parametrize("name", NAMES)
def test_column_that_is_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(KeyError), TableWriter(tmp_path / name, [*COLUMNS, "absent"]) as writer:
        writer.write(_results())
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_full_disk(name: str, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        full = tmp_path / "folder" / "absent"
    link = tmp_path / name
    link.symlink_to(full)
    with pytest.raises(InputError, match=f"{link}: cannot be written: "):
        _write_in_two(link)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.xlsx", r"x\.xlsx: the ending \.xlsx is not a format of tables"),
        ("x.json.gz", r"the ending \.json is not a format of tables"),
        ("x.parquet.gz", "compressed in itself"),
        ("absent/x.tsv", "there is no folder"),
        ("folder.tsv", "is a folder"),
        ("", "is a folder"),
    ],
)
def test_unwritable(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(InputError, match=message), TableWriter(f"{tmp_path}/{name}", COLUMNS):
        raise AssertionError("work began")
    assert os.listdir(tmp_path) == ["folder.tsv"]


def test_reader_that_leaves_is_not_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, text: str) -> None:
            raise BrokenPipeError(32, "Broken pipe")

        def flush(self) -> None: ...

    monkeypatch.setattr("sys.stdout", Closed())
    with pytest.raises(BrokenPipeError):
        _write_in_two("-")


@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.jsonl"])
def test_no_number_that_is_not_finite_is_written(name: str, tmp_path: Path) -> None:
    values = [np.nan, np.inf, -np.inf]
    with TableWriter(tmp_path / name, ["a", "b"]) as writer:
        writer.write(pd.DataFrame({"a": values, "b": np.array(values, np.float32)}))
    rows = (tmp_path / name).read_text().splitlines()[-3:]
    assert len({*rows}) == 1 and not re.search("inf|nan", rows[0].lower())
