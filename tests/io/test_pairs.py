"""Tables of pairs are checked row by row."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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


def _ids(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(table[IDS].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.tsv", "protein_id\tdna_id\na\tone\nb\ttwo, or 2\n"),
        ("x.csv", 'protein_id,dna_id\na,one\nb,"two, or 2"\n'),
        ("x.csv", "dna_id;x;protein_id\none;7;a\ntwo, or 2;8;b\n"),
        ("x", "protein_id\tdna_id\na\tone\nb\ttwo, or 2\n"),
        ("x.tsv", "\ufeffprotein_id\tdna_id\r\na\tone\r\nb\ttwo, or 2\r\n\r\n"),
        ("x.csv", ' protein_id , dna_id \n a ,one\nb,"two, or 2"'),
        ("x.csv", '"dna_id","protein_id"\n"one","a"\n"two, or 2","b"\n'),
        ("misnamed.csv", "protein_id\tdna_id\tnote, long\na\tone\t\nb\ttwo, or 2\t\n"),
    ],
)
@pytest.mark.parametrize("packer", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_text(name: str, content: str, packer: Callable, write: Write) -> None:
    table = read_pairs(write(packer(content.encode()), name))
    assert _ids(table) == [("a", "one"), ("b", "two, or 2")]
    assert table["line"].tolist() == [2, 3]


def test_where_the_rows_stand(write: Write) -> None:
    path = write('protein_id\tdna_id\textra\n\na\tone\t"1\t2"\n\nb\ttwo\t2\n')
    table = read_pairs(path)
    assert list(table.columns) == [*IDS, "path", "line"]
    assert table["line"].tolist() == [3, 5]
    assert table["path"].tolist() == [str(path)] * 2


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    content = gzip.compress(b"protein_id,dna_id\na,one\n", mtime=0)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    table = read_pairs("-")
    assert _ids(table) == [("a", "one")]
    assert table["path"].tolist() == ["-"]


def test_long_field(write: Write) -> None:
    path = write("protein_id\tdna_id\tsequence\na\tone\t" + "A" * 300_000 + "\n")
    assert _ids(read_pairs(path)) == [("a", "one")]


NO_ROWS = "no rows under the header: give a row for each pair"


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.tsv.gz", "x.parquet"])
@pytest.mark.parametrize("asked", [{}, TRAINING])
def test_a_header_alone_is_an_error(name: str, compact: bool, asked: dict, write: Write) -> None:
    path = write(b"", name)
    frame = pd.DataFrame({"protein_id": [], "dna_id": [], "label": [], "split": []})
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep="," if "csv" in name else "\t", index=False)
    with pytest.raises(InputError) as caught:
        read_pairs(path, **asked, compact=compact)
    assert str(caught.value) == f"{path}: {NO_ROWS}"


def test_blank_rows_are_no_rows(write: Write) -> None:
    with pytest.raises(InputError, match=NO_ROWS):
        read_pairs(write("protein_id,dna_id\n,\n\n , \n", "x.csv"))
    with pytest.raises(InputError, match=f"^pairs: {NO_ROWS}"):
        read_pairs(pd.DataFrame({"protein_id": [], "dna_id": [], "label": []}), **TRAINING)


@pytest.mark.parametrize(
    "content",
    [
        "protein_id,dna_id,,\na,one,,\nb,two,,\n",
        "protein_id,dna_id,,\na,one,,\nb,two\n",
        "protein_id,dna_id,,\na,one,,\nb,two,,a remark\n",
        "protein_id,dna_id\na,one\nb,two\n,\n,\n",
        "protein_id,dna_id\na,one\nb,two\n,,\n  \n",
        ",,protein_id,dna_id\n0,0,a,one\n1,1,b,two\n",
        ",protein_id,,dna_id,\n0,a,,one,\n1,b,,two,\n",
    ],
)
def test_columns_without_a_name_and_blank_rows_of_spreadsheets(content: str, write: Write) -> None:
    for mark, name in ((",", "x.csv"), ("\t", "x.tsv"), (";", "x.csv")):
        table = read_pairs(write(content.replace(",", mark), name))
        assert _ids(table) == [("a", "one"), ("b", "two")]
        assert table["line"].tolist() == [2, 3]


UNCLOSED = "a quotation mark opens a field that is not closed on this line"


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('a\td1\t"half open\nb\td2\tplain\na\td2\tends"\nb\td1\tlast\n', 2),
        ('a\td1\tplain\nb\td2\t"half open\na\td2\tplain\n', 3),
        ('a\td1\tplain\nb\td2\t"half open', 3),
        ('a\t"d1\tx\na\td2"\tx\n', 2),
        ('"a\td1\tx\n\n"\td2\tx\n', 2),
        ('a\td1\t"two ""lines""\nof one note"\nb\td2\tx\n', 2),
    ],
)
@pytest.mark.parametrize("mark", ["\t", ",", ";"])
def test_a_field_does_not_run_over_a_line_end(
    rows: str, line: int, mark: str, write: Write
) -> None:
    for end in ("\n", "\r\n"):
        content = ("protein_id\tdna_id\tnote\n" + rows).replace("\t", mark).replace("\n", end)
        path = write(content, "x.csv" if mark != "\t" else "x.tsv")
        with pytest.raises(InputError) as caught:
            read_pairs(path)
        assert str(caught.value).startswith(f"{path}:{line}: {UNCLOSED}")


def test_quotation_marks_that_are_right(write: Write) -> None:
    rows = 'a\tone\t5" gel\n"a"\t"two"\t"say ""yes"""\n'
    table = read_pairs(write("protein_id\tdna_id\tnote\n" + rows))
    assert _ids(table) == [("a", "one"), ("a", "two")]
    path = write('protein_id\tdna_id\tnote\na\tone\t"x" and y\n')
    with pytest.raises(InputError, match=":2: text follows the quotation mark that closes"):
        read_pairs(path)


@pytest.mark.parametrize("packer", [bytes, gzip.compress])
def test_parquet(packer: Callable, write: Write) -> None:
    frame = pd.DataFrame(
        {"dna_id": ["one", "two"], "x": [1, 2], "protein_id": [7, 8], "label": [True, False]}
    )
    out = io.BytesIO()
    frame.to_parquet(out)
    table = read_pairs(write(packer(out.getvalue()), "x.parquet"), **TRAINING)
    assert _ids(table) == [("7", "one"), ("8", "two")]
    assert table["label"].tolist() == [1, 0]
    assert table["line"].tolist() == [1, 2]
    with pytest.raises(InputError, match=r"no column group: .* 'dna_id, x, protein_id, label'"):
        read_pairs(write(out.getvalue()), need=[*IDS, "group"])
    with pytest.raises(InputError, match=r"pairs\.tsv: damaged, or not a Parquet file"):
        read_pairs(write(out.getvalue()[:300]))
    frame.loc[1, "dna_id"] = None
    out = io.BytesIO()
    frame.to_parquet(out)
    with pytest.raises(InputError, match=r"pairs\.tsv:2: a blank dna_id"):
        read_pairs(write(out.getvalue()))


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("index", ["protein_id", ["protein_id", "dna_id"]])
def test_an_index_of_pandas_is_a_column(
    index: str | list[str], compact: bool, write: Write
) -> None:
    frame = pd.DataFrame({"protein_id": ["a", "b"], "dna_id": ["one", "two"], "label": [1, 0]})
    path = write(b"", "x.parquet")
    frame.set_index(index).to_parquet(path)
    table = read_pairs(path, **TRAINING, compact=compact)
    assert _ids(table) == [("a", "one"), ("b", "two")]


@pytest.mark.parametrize("compact", [False, True])
def test_ids_of_bytes_are_texts(compact: bool, write: Write) -> None:
    frame = pd.DataFrame({"protein_id": [b"MAX", b"MAX"], "dna_id": [b"one", b"two"], "label": 1})
    path = write(b"", "x.parquet")
    frame.to_parquet(path)
    assert _ids(read_pairs(path, **TRAINING, compact=compact)) == [("MAX", "one"), ("MAX", "two")]
    frame.loc[1, "dna_id"] = b"\xc4"
    frame.to_parquet(path)
    with pytest.raises(InputError, match=r"x\.parquet:2: the dna_id .* is not UTF-8"):
        read_pairs(path, **TRAINING, compact=compact)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        pd.to_datetime(["2020-01-01", "2020-01-02"]),
        pd.to_datetime(["2020-01-01", "2020-01-02"], utc=True),
        pd.to_timedelta([1, 2], unit="D"),
        [pd.Timestamp("2020-01-01").date()] * 2,
    ],
)
def test_dates_are_no_numbers(values: object, compact: bool, write: Write) -> None:
    frame = pd.DataFrame({"protein_id": ["a", "b"], "dna_id": ["one", "two"], "affinity": values})
    path = write(b"", "x.parquet")
    frame.to_parquet(path)
    with pytest.raises(InputError, match=r"x\.parquet:1: the affinity is .*: give a finite"):
        read_pairs(path, **TRAINING, compact=compact)


def test_pairs_from_python() -> None:
    pairs = [("a", "one"), ("b", "two")]
    frame = pd.DataFrame(pairs, columns=IDS, index=[9, 9]).assign(label=[1.0, 0.0])
    for source in (pairs, iter(pairs), frame, frame.astype("category")):
        table = read_pairs(source)
        assert _ids(table) == pairs
        assert table["line"].tolist() == [1, 2]
    assert read_pairs(frame, **TRAINING)["label"].tolist() == [1, 0]
    assert _ids(read_pairs([])) == []
    with pytest.raises(InputError, match="pairs:2: a blank dna_id"):
        read_pairs([("a", "one"), ("b", None)])  # type: ignore[list-item]
    for wrong in ([("a", "one", 1)], ["ab"]):
        with pytest.raises(TypeError, match="tuples"):
            read_pairs(wrong)  # type: ignore[arg-type]


def test_columns_to_train_on(write: Write) -> None:
    path = write(
        "label\tprotein_id\tdna_id\taffinity\tweight\tgroup\tassay\tsplit\tother\n"
        "1\ta\tone\t-3.5\t0\tg 1\tPBM\ttrain\tx\n"
        "0.0\tb\tone\t1e-3\t2\t\t\ttest\t\n"
    )
    table = read_pairs(path, **TRAINING)
    assert table["label"].dtype == np.int8
    assert table["label"].tolist() == [1, 0]
    assert table["affinity"].tolist() == [-3.5, 1e-3]
    assert table["weight"].tolist() == [0, 2]
    assert table["group"].tolist()[0] == "g 1"
    assert table[["group", "assay"]].isna().to_numpy().tolist() == [[False] * 2, [True] * 2]
    assert table["split"].tolist() == ["train", "test"]
    assert "other" not in table


@pytest.mark.parametrize("compact", [False, True])
def test_sides_of_a_split(write: Write, compact: bool) -> None:
    head = "protein_id\tdna_id\tlabel\tsplit\n"
    blank = write(head + "a\tone\t1\t\na\ttwo\t0\t \n")
    assert "split" not in read_pairs(blank, **TRAINING, compact=compact)
    for value, shown in (("dev", "'dev'"), ("", "''")):
        path = write(head + f"a\tone\t1\ttrain\na\ttwo\t0\t{value}\n")
        with pytest.raises(InputError) as caught:
            read_pairs(path, **TRAINING, compact=compact)
        message = f"the split is {shown}: give train, validation or test"
        assert str(caught.value) == f"{path}:3: {message}"


def test_a_column_that_is_not_asked_for_is_not_checked(write: Write) -> None:
    path = write("protein_id\tdna_id\tlabel\taffinity\na\tone\tmaybe\tnan\n")
    assert _ids(read_pairs(path)) == [("a", "one")]


BOTH = "protein_id\tdna_id\tlabel\taffinity\n"


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("name", ["x.tsv", "x.csv.gz", "x.parquet"])
def test_rows_with_a_label_or_an_affinity(write: Write, name: str, compact: bool) -> None:
    frame = pd.read_csv(io.StringIO(BOTH + "a\tone\t1\t\na\ttwo\t\t-0.5\na\tsix\t0\t2\n"), sep="\t")
    path = write(b"", name)
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep="," if "csv" in name else "\t", index=False)
    for source in (path, frame):
        table = read_pairs(source, **TRAINING, compact=compact)
        np.testing.assert_array_equal(table["label"], [1, np.nan, 0])
        np.testing.assert_array_equal(table["affinity"], [np.nan, -0.5, 2])


def test_a_column_of_blanks_says_nothing(write: Write) -> None:
    labels = read_pairs(write(BOTH + "a\tone\t1\t\na\ttwo\t0\t \n"), **TRAINING)
    assert "affinity" not in labels and labels["label"].dtype == np.int8
    affinities = read_pairs(write(BOTH + "a\tone\t\t1\na\ttwo\t\t0\n"), **TRAINING)
    assert "label" not in affinities and affinities["affinity"].tolist() == [1, 0]


def test_a_pair_may_have_an_affinity_beside_its_label(write: Write) -> None:
    rows = "a\tone\t1\t\na\tone\t\t3\n"
    assert len(read_pairs(write(BOTH + rows), **TRAINING)) == 2
    with pytest.raises(InputError, match=r":4: both labels for 1 pair: a one \(lines 2, 4\)"):
        read_pairs(write(BOTH + rows + "a\tone\t0\t\n"), **TRAINING)


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("TF,probe,bound,label\nMAX,d1,1,x\nSP1,d2,0,y\n")
    columns = {"protein_id": "TF", "dna_id": "probe", "label": "bound"}
    for source in (path, pd.read_csv(path)):
        for compact in (False, True):
            table = read_pairs(
                source, one_of=("label", "affinity"), columns=columns, compact=compact
            )
            assert table["protein_id"].tolist() == ["MAX", "SP1"]
            assert table["dna_id"].tolist() == ["d1", "d2"] and table["label"].tolist() == [1, 0]
    with pytest.raises(
        InputError, match=r"t\.csv:1: no column 'dye', which is to be read as dna_id"
    ):
        read_pairs(path, columns=columns | {"dna_id": "dye"})
