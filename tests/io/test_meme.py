"""Motif files: MEME's minimal format, read and written."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from Bio import motifs as biopython
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import Motif, motif_name, motif_protein, read_meme, write_meme

HEADER = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
BACKGROUND = "Background letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n\n"
MATRIX = "letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0\n"
ROWS = "0.1 0.2 0.3 0.4\n1 0 0 0\n"
MINIMAL = HEADER + BACKGROUND + "MOTIF one@P1 alias\n" + MATRIX + ROWS


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def read(path: Path, text: str) -> list[Motif]:
    return list(read_meme(written(path / "motifs.meme", text)))


def test_minimal_file(tmp_path: Path) -> None:
    (motif,) = read(tmp_path, MINIMAL)
    assert motif.name == "one@P1" and motif.alias == "alias"
    assert motif.matrix.dtype == np.float32
    np.testing.assert_allclose(motif.matrix, [[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0]])


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL.replace("\n", "\r\n"),
        "\ufeff" + MINIMAL,
        MINIMAL.replace(" alength= 4 w= 2 nsites= 20 E= 0", "") + "\nURL http://x\n",
        MINIMAL.replace(HEADER, "MEME version 5.5.2\n"),
        MINIMAL.replace("0.1 0.2", "  0.1\t 0.2"),
        MINIMAL.replace("ALPHABET= ACGT", 'ALPHABET "DNA" DNA-LIKE\nA ~ T\nC ~ G\nEND ALPHABET'),
        MINIMAL.replace(MATRIX, "log-odds matrix: alength= 4 w= 2\n1 2 3 4\n1 2 3 4\n\n" + MATRIX),
        MINIMAL.replace(MATRIX, "\n" + MATRIX + "\n"),
        MINIMAL.replace("0.4\n1", "0.4\n\n1"),
        MINIMAL.replace(MATRIX, MATRIX.replace("w= 2", "") + "\n").replace("0.4\n1", "0.4\n\n1"),
        MINIMAL.replace("letter-p", "Letter-p"),
        "# mine\n" + MINIMAL,
        MINIMAL.replace("alength= 4 w= 2 nsites= 20", "alength=4.0 w=2.0 nsites=20.5"),
        MINIMAL.rstrip("\n"),
        MINIMAL.replace("MOTIF one@P1", "MOTIF\tone@P1\t"),
    ],
    ids=[
        *("windows", "bom", "no width", "short header", "blanks", "long alphabet", "log-odds"),
        *("blank lines around", "blank line within", "blank line within, no width", "capital"),
        *("comment", "decimal numbers", "no end of the last line", "tabs"),
    ],
)
def test_variants_of_the_format_are_read(tmp_path: Path, text: str) -> None:
    (motif,) = read(tmp_path, text)
    np.testing.assert_allclose(motif.matrix, [[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0]])


def test_several_motifs_without_width(tmp_path: Path) -> None:
    plain = MATRIX.split(":")[0] + ":\n"
    text = HEADER + f"MOTIF a\n{plain}{ROWS}\nMOTIF b\n{plain}{ROWS}{ROWS}"
    assert [(m.name, len(m.matrix)) for m in read(tmp_path, text)] == [("a", 2), ("b", 4)]


def test_a_matrix_without_width_ends_at_the_next_motif(tmp_path: Path) -> None:
    plain = MATRIX.replace("w= 2 ", "")
    text = (
        HEADER + f"MOTIF a\n{plain}{ROWS}MOTIF b\n{plain}{ROWS}URL http://x\nMOTIF c\n{plain}{ROWS}"
    )
    assert [(m.name, len(m.matrix)) for m in read(tmp_path, text)] == [("a", 2), ("b", 2), ("c", 2)]


@pytest.mark.parametrize(
    ("row", "fine"),
    [
        ("0.34 0.34 0.31 0.03", True),
        ("0.33 0.33 0.30 0.02", True),
        ("0.9 0.05 0.02 0.01", True),
        ("1.0000001 0 0 0", True),
        ("0.34 0.34 0.31 0.035", False),
        ("0.33 0.33 0.30 0.015", False),
    ],
)
def test_sums_as_far_off_as_two_decimals_allow(tmp_path: Path, row: str, fine: bool) -> None:
    text = MINIMAL.replace("0.1 0.2 0.3 0.4", row)
    if fine:
        assert len(read(tmp_path, text)) == 1
    else:
        with pytest.raises(InputError, match=r"motifs\.meme:12: .* not to 1"):
            read(tmp_path, text)


def test_reading_is_streamed(tmp_path: Path) -> None:
    path = written(tmp_path / "motifs.meme", MINIMAL + "\nMOTIF broken\n")
    assert [motif.name for motif in islice(read_meme(path), 1)] == ["one@P1"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "the file is empty"),
        ("\n\n", 0, "the file is empty"),
        (">seq\nACGT\n", 1, "MEME version"),
        (HEADER, None, "no motif"),
        (MINIMAL.replace("0.4\n", "0.9\n"), 12, "sums to 1.5"),
        (MINIMAL.replace("0.1 0.2", "-0.1 0.4"), 12, "outside 0 to 1"),
        (MINIMAL.replace("0.1", "nan"), 12, "outside 0 to 1"),
        (MINIMAL.replace(" 0.4\n", "\n"), 12, "row 1 of 2 of motif one@P1"),
        (MINIMAL.replace("1 0 0 0\n", ""), 12, "ends within motif one@P1"),
        (MINIMAL.replace("1 0 0 0\n", "MOTIF two\n"), 13, "row 2 of 2"),
        (MINIMAL + "0.1 0.2 0.3 0.4\n", 14, "more rows than the 2 that w= names"),
        (MINIMAL + "\n0.1 x\n", 15, "more rows than the 2 that w= names"),
        (MINIMAL.replace("w= 2", "").replace("1 0 0 0", "1 0 x 0"), 13, "row 2 of motif one@P1"),
        (MINIMAL.replace("w= 2", "").replace("1 0 0 0", "1 0 0"), 13, "row 2 of motif one@P1"),
        (MINIMAL.replace("w= 2", "w= many"), 11, "w= many is not a whole number"),
        (MINIMAL.replace("w= 2", "w= -2"), 11, "w= -2 is not a whole number"),
        (MINIMAL.replace("w= 2", "w= 2.5"), 11, "w= 2.5 is not a whole number"),
        (MINIMAL.replace("w= 2", "w= nan"), 11, "w= nan is not a whole number"),
        (MINIMAL.replace("0.1 0.2 0.3 0.4", "91 3 3 3"), 12, "Divide each row by its sum (100)"),
        (">CACGTG\tMAX/bHLH\t6.0\t-100\n0.03\t0.91\t0.03\t0.03\n", 1, "HOMER's format"),
        ("\n>MA0058.3 MAX\nA [ 1 2 ]\n", 2, "JASPAR's format"),
        (MINIMAL.replace("0.1 0.2", "0.1_0 0.2"), 12, "should be four probabilities"),
        (MINIMAL.replace("w= 2", "w= 0_2"), 11, "w= 0_2 is not a whole number"),
        ("AC MA0058.3\nXX\n", 1, "TRANSFAC's format"),
        (MINIMAL.replace("alength= 4", "alength= 20"), 11, "20 letters"),
        (MINIMAL.replace("w= 2", "w= 0"), 11, "no positions"),
        (MINIMAL.replace("ALPHABET= ACGT", "ALPHABET= ACDEFGHIKLMNPQRSTVWY"), 3, "alphabet"),
        (MINIMAL.replace("MOTIF one@P1 alias", "MOTIF "), 10, "without a name"),
        (MINIMAL.replace("MOTIF one@P1 alias\n", ""), 10, "without a 'MOTIF name' line"),
        (MINIMAL + "MOTIF two\n", 14, "ends before"),
        (MINIMAL.replace(MATRIX, "MOTIF two\n" + MATRIX), 11, "motif one@P1 before this line"),
    ],
)
def test_broken_files_name_the_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(InputError, match=r"motifs\.meme") as raised:
        read(tmp_path, text)
    assert says in str(raised.value)
    assert (raised.value.line or None) == (line or None)
    assert "\n" not in str(raised.value)


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "motifs.meme"
    path.write_bytes(MINIMAL.replace("one@P1", "\xc4").encode("latin-1"))
    with pytest.raises(InputError, match=r"motifs\.meme:10: .* is not UTF-8: save the file"):
        list(read_meme(path))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_meme(tmp_path / "absent.meme"))


@pytest.mark.parametrize("name", ["motifs.meme", "motifs.meme.gz", "motifs.meme.xz"])
def test_round_trip(tmp_path: Path, name: str) -> None:
    generator = np.random.default_rng(0)
    given = [Motif(f"{i}@P{i}", generator.dirichlet(np.ones(4), 5 + i)) for i in range(3)]
    write_meme(tmp_path / name, given)
    for before, after in zip(given, read_meme(tmp_path / name), strict=True):
        assert before.name == after.name
        np.testing.assert_allclose(before.matrix, after.matrix, atol=1e-6)


def test_gz_is_compressed_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_meme(tmp_path / "motifs.meme.gz", [Motif("a", np.full((5, 4), 0.25))])
    with gzip.open(tmp_path / "motifs.meme.gz", "rt") as file:
        assert file.readline() == "MEME version 4\n"
    assert [path.name for path in tmp_path.iterdir()] == ["motifs.meme.gz"]


def test_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    write_meme("-", [Motif("a", np.full((5, 4), 0.25))])
    assert "MOTIF a\n" in capsys.readouterr().out


@given(
    arrays(np.float64, st.tuples(st.integers(1, 12), st.just(4)), elements=st.floats(0.001, 1.0))
)
def test_any_matrix_survives_and_its_rows_sum_to_one(
    tmp_path_factory: pytest.TempPathFactory, matrix: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("motifs") / "any.meme"
    write_meme(path, [Motif("any", matrix)])
    (motif,) = read_meme(path)
    np.testing.assert_allclose(motif.matrix, matrix / matrix.sum(1, keepdims=True), atol=2e-6)


def test_biopython_reads_what_we_write(tmp_path: Path) -> None:
    matrix = np.random.default_rng(1).dirichlet(np.ones(4), 9)
    write_meme(tmp_path / "motifs.meme", [Motif("P1", matrix), Motif("2@P1", matrix[:5])])
    with open(tmp_path / "motifs.meme") as file:
        parsed = biopython.parse(file, "minimal")
    assert [motif.name for motif in parsed] == ["P1", "2@P1"]
    counts = np.array([parsed[0].counts[base] for base in "ACGT"]).T
    # Without a number of sites it counts in twentieths.
    np.testing.assert_allclose(counts / 20, matrix, atol=0.025)


def test_only_what_is_known_is_written(tmp_path: Path) -> None:
    path = tmp_path / "motifs.meme"
    write_meme(path, [Motif("P1", np.full((5, 4), 0.25), "share=0.50")])
    assert "\nMOTIF P1 share=0.50\nletter-probability matrix: alength= 4 w= 5\n" in path.read_text()
    assert next(read_meme(path)).alias == "share=0.50"


@pytest.mark.parametrize(
    "motif",
    [
        Motif("", np.full((5, 4), 0.25)),
        Motif("two words", np.full((5, 4), 0.25)),
        Motif("alias", np.full((5, 4), 0.25), "two words"),
        Motif("flat", np.full(4, 0.25)),
        Motif("empty", np.empty((0, 4))),
        Motif("negative", np.array([[-0.1, 0.5, 0.3, 0.3]])),
        Motif("nan", np.array([[np.nan, 0.5, 0.3, 0.3]])),
        Motif("zeros", np.zeros((2, 4))),
    ],
    ids=lambda motif: motif.name or "nameless",
)
def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, motif: Motif) -> None:
    path = written(tmp_path / "motifs.meme", "old")
    with pytest.raises(InputError, match="motif"):
        write_meme(path, [Motif("fine", np.full((5, 4), 0.25)), motif])
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["motifs.meme"]


@pytest.mark.parametrize(
    ("name", "protein"),
    [("P1", "P1"), ("2@P1", "P1"), ("MA0001.1@sp|P1|X", "sp|P1|X"), ("P1@", "P1")],
)
def test_protein_of_a_motif(name: str, protein: str) -> None:
    assert motif_protein(name) == protein


def test_names_read_back(tmp_path: Path) -> None:
    ids = ["MAX", "MAX@v1", "@MAX", "MAX@", "a@b@c", "1@MAX", "sp|P61244|MAX_HUMAN"]
    ids.append("MAX\xa0\u03b1")
    flat = np.full((5, 4), 0.25)
    for which in ("", "1", "2", "MA0058.3", "of@another one"):
        names = [motif_name(id, which) for id in ids]
        write_meme(tmp_path / "m.meme", [Motif(name, flat) for name in names])
        assert [motif_protein(one.name) for one in read_meme(tmp_path / "m.meme")] == ids
    assert motif_name("MAX") == "MAX" and motif_name("MAX", "2") == "2@MAX"
    assert motif_name("MAX@v1") == "1@MAX@v1"


def test_nothing_is_printed_of_motifs_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flat = np.full((5, 4), 0.25)
    with pytest.raises(InputError, match="has a blank in it"):
        write_meme("-", [Motif("fine", flat), Motif("two words", flat)])
    assert capsys.readouterr().out == ""


def test_data_set_is_read(specificity_dir: Path) -> None:
    motifs = list(read_meme(specificity_dir / "motifs.meme.gz"))
    assert len(motifs) == 12_847
    assert motifs[0].name == "MA0001@P29383"
    np.testing.assert_allclose(motifs[0].matrix[0], [0.0227, 0.9031, 0.0227, 0.0514])
