"""Tables of pairs that are wrong, and compact ones: what is said of them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.pairs import read_pairs

IDS = ["protein_id", "dna_id"]
TRAINING: dict[str, Any] = {
    "one_of": ("label", "affinity"),
    "optional": ("weight", "group", "assay", "split"),
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: str | bytes, name: str = "pairs.tsv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


BOTH = "protein_id\tdna_id\tlabel\taffinity\n"
LABELLED = "protein_id\tdna_id\tlabel\n"
MEASURED = "protein_id\tdna_id\taffinity\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty"),
        ("\n" + LABELLED, ":1: the first line is blank"),
        ("\t\t\n" + LABELLED, ":1: the first line is blank"),
        (
            "a\tone\t1\n",
            r":1: no column protein_id, dna_id, label or affinity: .*\(it is 'a, one, 1'",
        ),
        ("protein_id\tlabel\na\t1\n", ":1: no column dna_id: "),
        ("protein_id\tdna_id\na\tone\n", ":1: no column label or affinity: "),
        ("protein_id dna_id label\n", ":1: no column"),
        ("protein_id\tdna_id\tlabel\tlabel\n", ":1: two columns are named 'label'"),
        (LABELLED + "a\tone\t1\nb\tone\n", ":3: 2 columns, but the header has 3"),
        (LABELLED + "\na\tone\t1\t\n", ":3: 4 columns, but the header has 3"),
        (LABELLED + "a\tone\t1\nb\n", ":3: 1 column, but"),
        (LABELLED + "a\tone\t1\n\tone\t1\n", ":3: a blank protein_id"),
        (LABELLED + "a\t  \t1\n", ":2: a blank dna_id"),
        (LABELLED + "a\tone\t1\na\ttwo\t2\n", ":3: the label is '2': give 0 or 1"),
        (LABELLED + "a\tone\t\n", ":2: the label is '': "),
        (LABELLED + "a\tone\ttrue\n", ":2: the label is 'true'"),
        (MEASURED + "a\tone\t1\na\ttwo\tnan\n", ":3: the affinity is 'nan': give a finite number"),
        (MEASURED + "a\tone\t-inf\n", ":2: the affinity is '-inf'"),
        (MEASURED + "a\tone\t\n", ":2: the affinity is ''"),
        (MEASURED + "a\tone\t1_5\n", ":2: the affinity is '1_5'"),
        (MEASURED + "a\tone\t1,5\n", ":2: the affinity is '1,5'"),
        (BOTH + "a\tone\t1\t\na\ttwo\t\t \n", ":3: no label and no affinity: give one of them"),
        (
            BOTH + "a\tone\t\t2\na\ttwo\t2\t1\n",
            ":3: the label is '2': give 0 or 1, or leave it",
        ),
        (BOTH + "a\tone\t1\t\na\ttwo\t0\tx\n", ":3: the affinity is 'x': give a finite number, or"),
        (LABELLED.replace("label", "label\tweight") + "a\tone\t1\t-1\n", ":2: the weight is '-1'"),
        (LABELLED + 'a\tone\t1\na\t"two\t1\n', ":3: a quotation mark opens a field"),
        (LABELLED.encode() + b"a\tone\t1\nM\xfcller\tone\t1\n", ":3: the protein_id .* not UTF-8"),
        (LABELLED.encode("utf-16"), ": UTF-16"),
        (b"PK\x03\x04\x00\x00", ": binary"),
        (
            gzip.compress(LABELLED.encode() * 999, mtime=0)[:40],
            ": the compressed data end too early",
        ),
    ],
)
def test_broken_tables(content: str | bytes, message: str, write: Write) -> None:
    path = write(content)
    said = set()
    for compact in (False, True):
        with pytest.raises(InputError, match=message) as caught:
            read_pairs(path, **TRAINING, compact=compact)
        said.add(str(caught.value))
    assert len(said) == 1
    assert str(caught.value).startswith(f"{path}:")
    assert "\n" not in str(caught.value)


def test_missing_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_pairs(tmp_path / "absent.tsv")


def test_both_labels(write: Write) -> None:
    rows = "".join(f"a\td{i}\t1\n" for i in range(20)) + "a\td3\t1\n"
    read_pairs(write(LABELLED + rows), **TRAINING)
    content = LABELLED + rows + "a\td5\t0\na\td5\t0\nb\td6\t0\n"
    with pytest.raises(InputError) as caught:
        read_pairs(write(content), **TRAINING)
    text = str(caught.value)
    assert ":23: both labels for 1 pair: a d5 (lines 7, 23). Keep" in text
    content = LABELLED + rows + "".join(f"a\td{i}\t0\n" for i in range(1, 13))
    with pytest.raises(InputError) as caught:
        read_pairs(write(content), **TRAINING)
    text = str(caught.value)
    assert "both labels for 12 pairs, the first of them: a d1 (lines 3, 23); a d2" in text
    assert text.count("(lines ") == 10 and "d10 " in text and "d11" not in text


def test_both_labels_in_different_assays(write: Write) -> None:
    header = LABELLED.replace("label", "label\tassay")
    path = write(header + "a\tone\t1\tPBM\na\tone\t0\tSELEX\na\ttwo\t0\t\n")
    assert len(read_pairs(path, **TRAINING)) == 3
    path = write(header + "a\tone\t1\tPBM\na\ttwo\t0\t\na\ttwo\t1\t\n")
    with pytest.raises(InputError, match=r"a two \(lines 3, 4\)"):
        read_pairs(path, **TRAINING)
    with pytest.raises(InputError, match=r"a two \(lines 3, 4\)"):
        read_pairs(path, need=(*IDS, "label"))


def compact_frame(name: str, write: Write) -> Path:
    """3,000 rows in row groups with dictionaries of their own; ids with blanks around them."""
    rows = range(3000)
    frame = pd.DataFrame(
        {
            "protein_id": [f" p{row % 7}" if row % 2 else f"p{row % 7}" for row in rows],
            "dna_id": [f"d{row}" for row in rows],
            "label": [row % 3 == 0 for row in rows],
            "weight": [row / 4 for row in rows],
            "group": ["chr1" if row % 5 else None for row in rows],
        }
    ).astype({"label": "int8"})
    path = write(b"", name)
    if name.endswith("parquet"):
        frame.to_parquet(path, row_group_size=500)
    else:
        frame.to_csv(path, sep="\t", index=False)
    return path


@pytest.mark.parametrize("name", ["x.parquet", "x.tsv"])
def test_compact_tables_hold_the_same(name: str, write: Write) -> None:
    path = compact_frame(name, write)
    plain, compact = read_pairs(path, **TRAINING), read_pairs(path, **TRAINING, compact=True)
    assert {compact[name].dtype.name for name in (*IDS, "group")} == {"category"}
    assert list(compact["protein_id"].cat.categories) == [f"p{n}" for n in range(7)]
    for column in plain:
        assert compact[column].isna().equals(plain[column].isna())
        assert compact[column].dropna().tolist() == plain[column].dropna().tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dna_id": " "}, "x.parquet:2: a blank dna_id"),
        ({"protein_id": None}, "x.parquet:2: a blank protein_id"),
        ({"label": 2.0}, "x.parquet:2: the label is '2.0': give 0 or 1"),
        ({"weight": -1.0}, "x.parquet:2: the weight is '-1.0'"),
        ({"dna_id": "d0", "label": 1.0}, "both labels for 1 pair: p d0 (lines 1, 2)"),
    ],
)
def test_compact_tables_are_checked_alike(change: dict, message: str, write: Write) -> None:
    frame = pd.DataFrame(
        {"protein_id": ["p"] * 3, "dna_id": ["d0", "d1", "d2"], "label": 0.0, "weight": 1.0}
    )
    for column, value in change.items():
        frame.loc[1, column] = value
    path = write(b"", "x.parquet")
    frame.to_parquet(path)
    for compact in (False, True):
        with pytest.raises(InputError) as caught:
            read_pairs(path, **TRAINING, compact=compact)
        assert message in str(caught.value)
