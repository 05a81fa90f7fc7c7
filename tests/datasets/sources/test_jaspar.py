"""JASPAR's database and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.datasets.motif_sets import SourceMotif
from dna_protein_bca.datasets.sources import jaspar
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import read_meme
from dna_protein_bca.motifs.pwm import motif_correlation

Write = Callable[[str, str], Path]

PFM = """\
>MA0002.3\tRunx1
A  [   123     57      0 ]
C  [   207    176      1 ]
G  [    79      0      0 ]
T  [   121    297    529 ]
>MA0099.4\tFOS::JUN
A  [ 1 2 ]
C  [ 1 2 ]
G  [ 1 2 ]
T  [ 1 2 ]
"""

TRANSFAC = """\
AC MA0002.3
XX
ID Runx1
XX
DE MA0002.3 Runx1 ; From JASPAR
PO\tA\tC\tG\tT
01\t123.0\t207.0\t79.0\t121.0
02\t57.0\t176.0\t0.0\t297.0
XX
CC tax_group:vertebrates
CC uniprot_ids:Q03347
CC data_type:ChIP-seq
XX
//
AC MA0006.1
XX
ID Ahr::Arnt
XX
DE MA0006.1 Ahr::Arnt ; From JASPAR
PO\tA\tC\tG\tT
01\t3.0\t8.0\t2.0\t11.0
XX
CC uniprot_ids:P30561; P53762
XX
//
"""


def test_jaspar_files_in_both_forms(write: Write) -> None:
    """Written by JASPAR's own description of its two forms."""
    pfm = list(jaspar.read_file(write("x.jaspar", PFM)))
    transfac = list(jaspar.read_file(write("x.transfac", TRANSFAC)))
    assert [(one.name, one.proteins) for one in pfm] == [
        ("MA0002.3", (("Runx1",),)),
        ("MA0099.4", (("FOS",), ("JUN",))),
    ]
    assert [(one.name, one.proteins) for one in transfac] == [
        ("MA0002.3", (("Q03347",),)),
        ("MA0006.1", (("P30561",), ("P53762",))),
    ]
    np.testing.assert_allclose(pfm[0].matrix[:2], transfac[0].matrix)
    np.testing.assert_allclose(pfm[0].matrix[0], np.array([123, 207, 79, 121]) / 530, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MEME version 4\n", "neither JASPAR's own form"),
        ("MEME version 4\n", "a MEME file, which `train --motifs` takes"),
        (">MA0002.3 Runx1\nA [ 1 2 ]\nC [ 1 ]\n", r"x\.txt:1: motif MA0002.3 has 2 rows"),
        (TRANSFAC[:-90], r"x\.txt:15: motif MA0006.1 does not end in a line '//'"),
        (TRANSFAC.replace("//\n", "", 1), r"x\.txt:1: motif MA0002.3 does not end in a line '//'"),
        (TRANSFAC.replace("AC MA0006.1\n", ""), r"x\.txt:16: .* without a line AC"),
        (TRANSFAC.replace("AC MA0002.3\n", ""), r"x\.txt:2: .* without a line AC"),
        (TRANSFAC.replace("PO\tA\tC\tG\tT\n", "", 1), r"x\.txt:1: motif MA0002.3 has no line 'P0"),
        (TRANSFAC.replace("79.0", "7_9"), r"x\.txt:7: .* is not a row of counts"),
        (TRANSFAC.replace("79.0", "1e308"), r"x\.txt:1: motif MA0002.3 has a number above 1e\+12"),
        (
            TRANSFAC.replace("123.0\t207.0\t79.0\t121.0", "12300\t20700\t7900\t12100"),
            r"x\.txt:1: the positions of motif MA0002.3 sum to 530 to 53000",
        ),
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("ACC foo\n", "neither JASPAR's own form"),
        ("Pos\tA\tC\tG\tT\n1\t0.25\t0.25\t0.25\t0.25\n", "a file of CIS-BP, which `data cisbp`"),
        ("TF\tT1\nTF Name\tx\n", "a file of CIS-BP, which `data cisbp` takes"),
        (PFM.replace("[ 1 2 ]\nT", "[ 1 2_0 ]\nT"), r"x\.txt:9: .* is not a row of counts"),
        (PFM.replace("[ 1 2 ]", "[ 1 1e308 ]"), r"x\.txt:6: motif MA0099.4 has a number above 1e"),
        (">M MAX\n0,1 0,7\n0,7 0,1\n0,1 0,1\n0,1 0,1\n", r"x\.txt:2: .* commas and blanks"),
        (">M MAX\n0,1, 0,7\n0,7, 0,1\n0,1, 0,1\n0,1, 0,1\n", r"x\.txt:2: .* commas and blanks"),
        (">M MAX\n0,1,0,7\n0,7,0,1\n0,1,0,1\n0,1,0,1\n", r"x\.txt:1: every second position"),
        (
            ">M MAX\n10 200 10 10\n210 10 10 10\n10 205 10 10\n10 10 200 10\n",
            r"x\.txt:1: motif M has a position in each row",
        ),
        (
            ">M MAX\n10 190 20 10\n160 5 10 5\n5 95 10 10\n10 300 10 10\n",
            r"x\.txt:1: motif M has a position in each row",
        ),
        (
            ">M MAX\n1 1 20 1 1\n2 20 1 1 1\n3 1 20 1 1\n4 1 1 20 1\n",
            r"x\.txt:1: the rows of motif M seem to begin with their numbers, 1 to 4",
        ),
        (
            ">M MAX\n01 1 20 1 1\n02 20 1 1 1\n03 1 20 1 1\n",
            r"x\.txt:1: motif M has a position in each row",
        ),
        (TRANSFAC.replace("\t79.0", "\t-79.0"), r"x\.txt:1: motif MA0002.3 has negative numbers"),
        (TRANSFAC.replace("\t8.0", "\tnan"), r"x\.txt:15: motif MA0006.1 has a number that is not"),
        (PFM.replace("[ 1 2 ]\nT", "[ 1 ]\nT"), r"x\.txt:9: a row of 1 numbers, .* MA0099.4 has 2"),
        (PFM.replace("[ 1 2 ]\nT", "[ 1 -2 ]\nT"), r"x\.txt:6: motif MA0099.4 has negative"),
        (PFM.replace("[ 1 2 ]\nT", "[ 1 nan ]\nT"), r"x\.txt:9: .* not finite"),
        (PFM.replace("[ 1 2 ]\nT", "[ 1 inf ]\nT"), r"x\.txt:9: .* not finite"),
        (PFM.replace("[ 1 2 ]\nT", "[ 1 x ]\nT"), r"x\.txt:9: .* is not a row of counts"),
        (PFM.replace("[ 1 2 ]\nT", "[ 1 999 ]\nT"), r"x\.txt:6: the positions .* sum to 4 to 1005"),
        (PFM.replace("\nC  [ 1", "\nA  [ 1").replace("\nC [", "\nA ["), r"are labelled A, A, G, T"),
        (
            PFM.replace("\nC  [ 1 2 ]", "").replace("\nC [ 1 2 ]", ""),
            r"x\.txt:6: motif MA0099.4 has 3 rows",
        ),
        (PFM.replace(">MA0099.4\tFOS::JUN", ">"), r"x\.txt:6: a motif without a name"),
        (PFM.replace(" 1 2 ", " 0 0 "), r"x\.txt:6: motif MA0099.4 has no counts at all"),
    ],
)
def test_what_is_no_jaspar_file(text: str, message: str, write: Write) -> None:
    with pytest.raises(InputError, match=message):
        list(jaspar.read_file(write("x.txt", text)))


POSITIONS = [[3, 91, 3, 3], [91, 3, 3, 3], [3, 91, 3, 3], [3, 3, 91, 3], [3, 3, 3, 91]]


def rows_of(positions: list[list[float]]) -> str:
    return "".join("\t".join(map(str, row)) + "\n" for row in positions)


@pytest.mark.parametrize("header", [">M1 MAX\n", ">MAX\n", ">CACGTG\tMAX\t6.0\t-100\n"])
@pytest.mark.parametrize("scale", [1, 0.01])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_positions_in_rows_are_refused(header: str, scale: float, width: int, write: Write) -> None:
    positions = [[scale * value for value in row] for row in POSITIONS[:width]]
    path = write("x.pfm", header + rows_of(positions))
    with pytest.raises(InputError, match=r"x\.pfm:1: motif \w+ (has a position in|seems .*HOMER)"):
        list(jaspar.read_file(path))


def test_four_rows_of_four_numbers_are_told_apart(write: Write) -> None:
    each_base_once = [[91, 3, 3, 3], [3, 3, 91, 3], [3, 3, 3, 91], [3, 91, 3, 3]]
    with pytest.raises(InputError, match="write A, C, G and T before its rows"):
        list(jaspar.read_file(write("x.pfm", ">M1 MAX\n" + rows_of(each_base_once))))
    labelled = [f"{base} {row}" for base, row in zip("ACGT", each_base_once, strict=True)]
    (found,) = jaspar.read_file(
        write("x.pfm", ">M1 MAX\n" + "\n".join(labelled).translate(str.maketrans("[],", "   ")))
    )
    np.testing.assert_allclose(found.matrix.T * 100, each_base_once, rtol=1e-6)
    bases = np.array(POSITIONS[:4]).T.tolist()
    (found,) = jaspar.read_file(write("x.pfm", ">M1 MAX\n" + rows_of(bases)))
    np.testing.assert_allclose(found.matrix * 100, POSITIONS[:4], rtol=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        ">M1 MAX\n3 91 3\n91 3 91\n3 3 3\n3 3 3\n",
        "\n# mine\n>M1\tMAX\r\nA [3 91 3]\r\nC [91 3 91]\r\nG [3 3 3]\r\nT [3 3 3]",
        "\ufeff>M1 MAX my own\n\nT [ 3 3 3 ]\nG [ 3 3 3 ]\nC [ 91 3 91 ]\nA [ 3 91 3 ]\n\n",
        ">M1 MAX(var.2)\na | .03 9.1e-1 .03\nc | .91 .03 .91\ng | .03 .03 .03\nt | .03 .03 .03\n",
        ">M1 MAX\nA: 3 91 3\nC: 91 3 91\nG: 3 3 3\nU: 3 3 3\n",
        ">M1 MAX\n3,91,3\n91,3,91\n3,3,3\n3,3,3\n",
        ">M1 MAX\n[3, 91,  3]\n[91, 3, 91]\n[3, 3, 3]\n[3, 3, 3]\n",
    ],
)
def test_variants_of_jaspars_form(text: str, write: Write) -> None:
    (found,) = jaspar.read_file(write("x.jaspar", text))
    assert (found.name, found.proteins) == ("M1", (("MAX",),))
    np.testing.assert_allclose(found.matrix * 100, POSITIONS[:1] + POSITIONS[1:2] + POSITIONS[:1])


@pytest.mark.parametrize("name", ["x.jaspar", "x.transfac"])
def test_a_gene_name_that_is_not_utf_8(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    text = (
        PFM.replace("Runx1", "\xc4") if name == "x.jaspar" else TRANSFAC.replace("Q03347", "\xc4")
    )
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=rf"{name}:1: .* is not UTF-8: save the file as UTF-8"):
        list(jaspar.read_file(path))


def test_four_rows_of_four_numbers_whose_positions_are_more_even(write: Write) -> None:
    rows = ">M1 MAX\n5 5 190 10\n190 5 5 10\n5 195 5 170\n0 0 5 20\n"
    (motif,) = jaspar.read_file(write("x.pfm", rows))
    np.testing.assert_allclose(motif.matrix[0], [0.025, 0.95, 0.025, 0], atol=1e-6)


def test_the_further_motifs_of_a_gene_are_that_genes(write: Write) -> None:
    rows = "A [ 1 ]\nC [ 1 ]\nG [ 1 ]\nT [ 1 ]\n"
    names = ["RORA(var.2)", "FOS::JUN(var.2)", "E(spl)m8-HLH", "Su(H)"]
    text = "".join(f">MA{n} {name}\n{rows}" for n, name in enumerate(names))
    found = [one.proteins for one in jaspar.read_file(write("x.jaspar", text))]
    assert found == [(("RORA",),), (("FOS",), ("JUN",)), (("E(spl)m8-HLH",),), (("Su(H)",),)]


def test_a_position_without_counts_is_left(write: Write) -> None:
    path = write("x.jaspar", ">M1 MAX\nA [ 0 20 ]\nC [ 0 1 ]\nG [ 0 1 ]\nT [ 0 1 ]\n")
    (found,) = jaspar.read_file(path)
    np.testing.assert_array_equal(found.matrix[0], [0.25] * 4)


@pytest.fixture(scope="module")
def nematodes() -> dict[str, SourceMotif]:
    """The smallest tax group of the real database."""
    pytest.importorskip("pyjaspar")
    return {one.name: one for one in jaspar.read_database(tax_groups=["nematodes"])}


def test_the_real_database_of_jaspar(nematodes: dict[str, SourceMotif]) -> None:
    assert len(nematodes) > 30
    assert (("Q966L8",),) in [one.proteins for one in nematodes.values()]  # che-1
    assert (("G5EE86",), ("P41935",)) in [one.proteins for one in nematodes.values()]
    for one in nematodes.values():
        np.testing.assert_allclose(one.matrix.sum(1), 1, atol=1e-6)
    with pytest.raises(InputError, match="no release JASPAR1900"):
        list(jaspar.read_database("JASPAR1900"))


def test_jaspar_agrees_with_the_data_set(
    nematodes: dict[str, SourceMotif], specificity_dir: Path
) -> None:
    theirs = {one.name.split("@")[0]: one for one in read_meme(specificity_dir / "motifs.meme.gz")}
    compared = 0
    for mine in nematodes.values():
        other = theirs.get(mine.name.partition(".")[0])
        if other is not None and len(mine.proteins) == 1:
            assert motif_correlation(mine.matrix, other.matrix) > 0.9, mine.name
            assert other.name.split("@")[1] == mine.proteins[0][0]
            compared += 1
    assert compared > 15
