"""UniPROBE's tables: the E-score wherever it stands, and never another column in its place."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.datasets.sources.specificity import read_pbm
from dna_protein_bca.datasets.sources.uniprobe import (
    pairs_of,
    protein_names,
    read_table,
    read_tables,
    table_name,
)
from dna_protein_bca.errors import InputError

Write = Callable[[str, str], Path]

COMPLEMENT = str.maketrans("ACGT", "TGCA")


def reverse(kmer: str) -> str:
    return kmer[::-1].translate(COMPLEMENT)


KMERS = sorted({min(k, reverse(k)) for k in map("".join, product("ACGT", repeat=4))})
KMERS = [kmer * 2 for kmer in KMERS]
KMERS = sorted({min(kmer, reverse(kmer)) for kmer in KMERS})
SCORES = dict(zip(KMERS, np.linspace(-0.45, 0.49, len(KMERS)).round(4), strict=True))


def table(layout: str, header: str | None, scores: dict[str, float] | None = None) -> str:
    """Rows in a layout: e E-score, m median intensity, z Z-score, p probability."""
    rows = []
    for place, (kmer, score) in enumerate((scores or SCORES).items()):
        value = {"e": score, "m": 1000.5 + 37 * place, "z": 20 * score, "p": (place % 50) / 100}
        rows.append("\t".join([kmer, reverse(kmer), *(str(value[one]) for one in layout)]))
    return "\n".join([*([header] if header else []), *rows]) + "\n"


@pytest.mark.parametrize(
    ("layout", "header", "column"),
    [
        ("emz", "8-mer\t8-mer\tE-score\tMedian\tZ-score", 3),
        ("emz", None, 3),
        ("mez", None, 4),
        ("mezp", None, 4),
        ("emzpp", "8-mer\t8-mer\tenrichment score\tmedian\tz\tp\tq", 3),
        ("mze", "8-mer\t8-mer\tMedian\tZ-score\tE-score", 5),
    ],
)
def test_the_column_is_found(layout: str, header: str | None, column: int, write: Write) -> None:
    """Layouts of BAR15A, EMBO10, GR09, SCI09 and Cell08."""
    found = read_table(write("Lhx1_2240_contig8mers.txt", table(layout, header)))
    assert found.column == column
    assert found.scores == SCORES
    assert found.name == "Lhx1_2240"


@pytest.mark.parametrize(
    ("layout", "header"),
    [
        ("mz", "8-mer\t8-mer\tMedian\tZ-score"),  # RAD13A
        ("mz", None),
        ("mzp", None),
    ],
)
def test_no_escore_is_refused(layout: str, header: str | None, write: Write) -> None:
    with pytest.raises(InputError, match="no E-score in it"):
        read_table(write("x_8mers.txt", table(layout, header)))


def test_several_arrays_in_one_table_are_refused(write: Write) -> None:
    with pytest.raises(InputError, match="columns 3, 6 are all E-scores"):
        read_table(write("x_8mers.txt", table("emze", None)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lhx1_8mers.txt", "Lhx1"),
        ("Lhx1_8mers_11111111.txt", "Lhx1"),
        ("Gata6_3769_contig8mers.txt", "Gata6_3769"),
        ("folder/ARX_L343Q_R1_8mers.txt", "ARX_L343Q_R1"),
        ("other.txt", "other.txt"),
    ],
)
def test_names_of_tables(name: str, expected: str) -> None:
    assert table_name(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lhx1", ["Lhx1"]),
        ("Gata6_3769", ["Gata6_3769", "Gata6"]),
        ("ARX_REF_R1", ["ARX_REF_R1", "ARX_REF", "ARX"]),
        ("Gli1_v015681", ["Gli1_v015681", "Gli1"]),
        ("ARX_L343Q_R1", ["ARX_L343Q_R1", "ARX_L343Q"]),
    ],
)
def test_a_mutant_is_not_the_wild_type(name: str, expected: list[str]) -> None:
    assert protein_names(name) == expected


def test_gapped_8mers_are_left_out(write: Write) -> None:
    text = table("emz", None) + "AC.GTACGT\tAC.GTACGT\t0.4\t1000\t3\n"
    assert read_table(write("x_8mers.txt", text)).scores == SCORES


FIRST = KMERS[0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{FIRST}\t{reverse(FIRST)}\tnan\t1\t1", "the E-score of"),
        (f"{FIRST}\t{reverse(FIRST)}\t0.7\t1\t1", "is '0.7': give a number between -0.5 and 0.5"),
        (f"{FIRST}\t{reverse(FIRST)}\t\t1\t1", "is ''"),
        (f"{reverse(FIRST)}\t{FIRST}\t0.1\t1\t1", "has two E-scores"),
        (f"{FIRST}\t0.1", "2 columns, but the first line has 5"),
        ("HELLO\tx\t0.1\t1\t1", "'HELLO' is not an 8-mer"),
    ],
)
def test_broken_rows(line: str, message: str, write: Write) -> None:
    text = table("emz", "8-mer\t8-mer\tE-score\tMedian\tZ-score") + line + "\n"
    with pytest.raises(InputError) as caught:
        read_table(write("x_8mers.txt", text))
    assert message in str(caught.value)
    assert f"x_8mers.txt:{len(KMERS) + 2}" in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "0.7", "-0.51", "x", "", "inf"])
def test_one_wrong_escore_without_a_header(value: str, write: Write) -> None:
    """The column is found by the range of all the others, and the line is named."""
    text = table("mez", None) + f"{FIRST}\t{reverse(FIRST)}\t1000\t{value}\t1\n"
    with pytest.raises(InputError, match=rf"x_8mers\.txt:{len(KMERS) + 1}: the E-score of"):
        read_table(write("x_8mers.txt", text))


def test_damaged_archives(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A_8mers.txt", table("emz", None))
    data = path.read_bytes()
    middle = len(data) // 2
    changed = data[:middle] + bytes(byte ^ 255 for byte in data[middle : middle + 8])
    for broken in (data[:middle], changed + data[len(changed) :]):
        path.write_bytes(broken)
        with pytest.raises(InputError, match=r"x\.zip: a damaged zip archive: download it again"):
            list(read_tables([path]))


def test_an_archive_as_it_is_distributed(write: Write, tmp_path: Path) -> None:
    path = tmp_path / "BAR15A_contig8mers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ARX/ARX_REF/ARX_REF_R1/ARX_REF_R1_8mers.txt", table("emz", None))
        archive.writestr("ARX/ARX_REF/ARX_REF_R2/ARX_REF_R2_8mers_11111111.txt", table("mez", None))
        archive.writestr("ARX/readme.txt", "hello")
    assert [one.name for one in read_tables([path])] == ["ARX_REF_R1", "ARX_REF_R2"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match="no 8-mer table"):
        list(read_tables([path]))


def test_replicates_are_averaged(write: Write) -> None:
    shifted = {kmer: round(max(-0.5, score - 0.02), 4) for kmer, score in SCORES.items()}
    one = read_table(write("A_1_8mers.txt", table("emz", None)))
    two = read_table(write("A_2_8mers.txt", table("mez", None, shifted)))
    owner = {one.path: "a", two.path: "a"}
    data, counts = pairs_of([one, two], {"a": "MK", "b": "MV"}, owner)
    assert list(data.proteins) == ["a"] and counts["replicates"] == {"a": 2}
    assert counts["lowest_correlation"]["a"] > 0.99
    assert data.pairs is not None
    mean = {kmer: (SCORES[kmer] + shifted[kmer]) / 2 for kmer in SCORES}
    for row in data.pairs.itertuples():
        assert row.affinity == pytest.approx(mean[row.dna_id], abs=1e-6)
        assert row.label == (row.affinity >= 0.45)
        assert not 0.3 <= row.affinity < 0.45
    assert len(data.pairs) + counts["between"] == len(SCORES)


def test_real_arrays(specificity_dir: Path, write: Write) -> None:
    """Real E-scores, laid out as studies of UniPROBE lay them out."""
    arrays = read_pbm(specificity_dir)
    for column, (layout, header) in zip(
        arrays, [("emz", "8-mer\t8-mer\tE-score\tMedian\tZ-score"), ("mez", None)], strict=False
    ):
        scores = arrays[column].to_dict()
        found = read_table(write(f"{column}_8mers.txt", table(layout, header, scores)))
        pd.testing.assert_series_equal(pd.Series(found.scores), pd.Series(scores))
