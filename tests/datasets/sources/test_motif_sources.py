"""JASPAR, HOCOMOCO and CIS-BP: their files as they distribute them, their proteins by any name."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.datasets.sources import cisbp, hocomoco, jaspar
from dna_protein_bca.datasets.sources.motif_sets import SourceMotif, link, probabilities
from dna_protein_bca.datasets.sources.protein_names import ProteinNames
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.meme import read_meme
from dna_protein_bca.motifs.pwm import motif_correlation

Write = Callable[[str, str], Path]

UNIPROT = """\
>sp|Q9Y2X9|ZN281_HUMAN Zinc finger protein 281 OS=Homo sapiens OX=9606 GN=ZNF281 PE=1 SV=1
MKIGSGFLSG
>sp|Q01196|RUNX1_HUMAN Runt-related OS=Homo sapiens OX=9606 GN=RUNX1 PE=1 SV=3
MRIPVDASTS
>sp|Q03347|RUNX1_MOUSE Runt-related OS=Mus musculus OX=10090 GN=Runx1 PE=1 SV=1
MRIPVDASTT
>tr|A0A060CV13|A0A060CV13_MAIZE SBP8 OS=Zea mays GN=SBP8
MDWDLKMPVS
>plain with a comment
MKVA
"""


@pytest.fixture
def names(write: Write) -> ProteinNames:
    return ProteinNames.read(write("p.fa", UNIPROT))


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("sp|Q9Y2X9|ZN281_HUMAN", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("Q9Y2X9", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("ZN281_HUMAN", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("ZN281", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("ZNF281", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("znf281", ["sp|Q9Y2X9|ZN281_HUMAN"]),
        ("RUNX1_MOUSE", ["sp|Q03347|RUNX1_MOUSE"]),
        ("Runx1", ["sp|Q03347|RUNX1_MOUSE"]),  # the case tells the species
        ("RUNX1", ["sp|Q01196|RUNX1_HUMAN"]),
        ("runx1", ["sp|Q01196|RUNX1_HUMAN", "sp|Q03347|RUNX1_MOUSE"]),
        ("SBP8", ["tr|A0A060CV13|A0A060CV13_MAIZE"]),
        ("plain", ["plain"]),
        ("nobody", []),
    ],
)
def test_names_of_a_protein(name: str, ids: list[str], names: ProteinNames) -> None:
    assert names.find(name) == ids


def source(name: str, *proteins: str, width: int = 6) -> SourceMotif:
    matrix = np.full((width, 4), 0.25, np.float32)
    return SourceMotif(name, tuple((one,) for one in proteins), matrix)


def test_what_cannot_be_linked_is_counted(names: ProteinNames) -> None:
    motifs = [
        source("a", "Q9Y2X9"),
        source("b", "Q9Y2X9", "Q01196"),
        source("c", "P00000"),
        source("d", "runx1"),
        source("e", "Q01196", width=0),
    ]
    linked = link(motifs, names)
    assert [motif.name for motif in linked.data.motifs] == ["a@sp|Q9Y2X9|ZN281_HUMAN"]
    assert list(linked.data.proteins) == ["sp|Q9Y2X9|ZN281_HUMAN"]
    left = {"complexes": 1, "without_sequence": 1, "ambiguous": 1, "empty": 1}
    assert linked.counts == left and linked.unknown == ["P00000"]
    assert linked.ambiguous == ["runx1: sp|Q01196|RUNX1_HUMAN, sp|Q03347|RUNX1_MOUSE"]
    each = link(motifs, names, complexes="each")
    assert [motif.name for motif in each.data.motifs] == [
        "a@sp|Q9Y2X9|ZN281_HUMAN",
        "b@sp|Q9Y2X9|ZN281_HUMAN",
        "b@sp|Q01196|RUNX1_HUMAN",
    ]
    with pytest.raises(InputError, match="the only motif has no protein in the FASTA file"):
        link([source("c", "P00000")], names)


@pytest.mark.parametrize(
    ("motif", "reason"),
    [
        (source("a", "runx1"), r"1 whose name several records have; .*runx1: sp\|Q01196.*_MOUSE$"),
        (
            source("a", "P0"),
            r"1 of proteins that the file does not have; .*P0, .* sp\|Q9Y2X9",
        ),
        (source("a", "Q9Y2X9", "Q01196"), r"1 of several proteins \(.*--complexes each\)$"),
        (source("a", "Q9Y2X9", width=0), r"1 without a matrix$"),
    ],
)
def test_why_no_motif_has_a_protein(motif: SourceMotif, reason: str, names: ProteinNames) -> None:
    with pytest.raises(InputError, match=f"the only motif has no protein .*: {reason}"):
        link([motif], names)


def test_a_motif_whose_own_name_has_an_at_sign(names: ProteinNames) -> None:
    (motif,) = link([source("MA 1@x", "Q9Y2X9")], names).data.motifs
    assert motif.name == "MA_1_x@sp|Q9Y2X9|ZN281_HUMAN"


def test_positions_without_counts_are_uniform() -> None:
    found = probabilities(np.array([[3, 1, 0, 0], [0, 0, 0, 0]]))
    np.testing.assert_array_equal(found, [[0.75, 0.25, 0, 0], [0.25] * 4])


# JASPAR

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


# HOCOMOCO


def meme(*names: str) -> str:
    head = "MEME version 4\n\nALPHABET= ACGT\n\n"
    rows = "letter-probability matrix: alength= 4 w= 2 nsites= 100\n0.1 0.2 0.3 0.4\n1 0 0 0\n\n"
    return head + "".join(f"MOTIF {name}\n{rows}" for name in names)


def test_hocomoco_names(write: Write, names: ProteinNames) -> None:
    """Named as release 13 and release 11 name them."""
    path = write(
        "h.meme", meme("ZN281.H13CORE.0.P.B", "RUNX1_HUMAN.H11MO.0.A", "NONE.H13CORE.0.P.B")
    )
    linked = link(hocomoco.read_file(path), names)
    assert [motif.name for motif in linked.data.motifs] == [
        "ZN281.H13CORE.0.P.B@sp|Q9Y2X9|ZN281_HUMAN",
        "RUNX1_HUMAN.H11MO.0.A@sp|Q01196|RUNX1_HUMAN",
    ]
    assert linked.unknown == ["NONE_HUMAN"]
    path = write("m.meme", meme("RUNX1.H13CORE.0.P.B"))
    mouse = link(hocomoco.read_file(path, "MOUSE"), names)
    assert mouse.data.motifs[0].name == "RUNX1.H13CORE.0.P.B@sp|Q03347|RUNX1_MOUSE"


def test_real_motifs_of_hocomoco(specificity_dir: Path, tmp_path: Path) -> None:
    with gzip.open(specificity_dir / "motifs.meme.gz", "rt") as file:
        blocks = file.read().split("MOTIF ")
    head, real = blocks[0], [one for one in blocks[1:] if ".H13CORE." in one.split("@")[0]]
    bare = [one.partition("@")[0] + "\n" + one.partition("\n")[2] for one in real]
    (tmp_path / "h.meme").write_text(head + "".join(f"MOTIF {one}" for one in bare))
    owners = {one.partition("@")[0]: one.partition("@")[2].split()[0] for one in real}
    with gzip.open(specificity_dir / "proteins.tsv.gz", "rt") as file:
        rows = {row["protein_id"]: row for row in csv.DictReader(file, delimiter="\t")}
    called: dict[str, list[str]] = {}
    for name, id in owners.items():
        called.setdefault(id, []).append(name.partition(".")[0])
    # Most motifs are named by entry, which has five letters at most, and some by gene.
    fasta = [
        f">sp|{id}|{some[0]}_HUMAN GN={some[-1]}\n{rows[id]['sequence']}\n"
        for id, some in ((id, sorted({*some}, key=len)) for id, some in called.items())
    ]
    (tmp_path / "p.fa").write_text("".join(fasta))
    linked = link(hocomoco.read_file(tmp_path / "h.meme"), ProteinNames.read(tmp_path / "p.fa"))
    assert len(linked.data.motifs) == len(real) > 1000
    for motif in linked.data.motifs:
        name, _, id = motif.name.partition("@")
        assert id.split("|")[1] == owners[name]


# CIS-BP

BULK = """\
TF_ID\tFamily_ID\tTSource_ID\tMotif_ID\tMSource_ID\tDBID\tTF_Name\tTF_Species\tTF_Status
T1_2.00\tF1\tTS1\tM1_2.00\tMS1\tG1\tone\tHomo_sapiens\tD
T1_2.00\tF1\tTS1\tM2_2.00\tMS1\tG1\tone\tHomo_sapiens\tI
T2_2.00\tF1\tTS1\tM3_2.00\tMS1\tG2\ttwo\tMus_musculus\tD
T3_2.00\tF1\tTS1\t.\t.\tG3\tthree\tHomo_sapiens\tN
"""

CART = """\
TF_ID\tTF_Name\tSpecies_Name\tStatus\tGene_ID\tFamily\tMotif_ID
T1_2.00\tone\tHomo_sapiens\tD\tG1\tHomeodomain\tM1_2.00,\tM3_2.00,
T2_2.00\ttwo\tMus_musculus\tD\tG2\tHomeodomain\tM3_2.00,
"""

PROT_SEQ = """\
TF_ID\tSpecies\tTF_Name\tGene_ID\tProtein_ID\tPfam_DBDs\tPfam_froms\tPfam_tos\tDBD_seqs\tProtein_seq
T1_2.00\tHomo_sapiens\tone\tG1\tG1.1\tHomeobox\t1\t2\tMK\tMKV
T1_2.00\tHomo_sapiens\tone\tG1\tG1.2\tHomeobox\t1\t2\tMK\tMKVAL
T2_2.00\tMus_musculus\ttwo\tG2\tG2.1\tPou,Homeobox\t1,3\t2,4\tMS,TV\tMSTV
"""

PWM = "Pos\tA\tC\tG\tT\n1\t0.25\t0.25\t0.25\t0.25\n2\t0.97\t0.01\t0.01\t0.01\n"

BLOCKS = f"""\
TF\tT1_2.00
TF Name\tone
Gene\tG1
Motif\tM1_2.00
Family\tHomeodomain
Species\tHomo_sapiens
{PWM}

TF\tT2_2.00
TF Name\ttwo
Motif\tM3_2.00
Pos\tA\tC\tG\tT

"""


def cisbp_names(linked: object) -> list[str]:
    return [motif.name for motif in linked.data.motifs]  # type: ignore[attr-defined]


def test_cisbp_bulk_files(write: Write) -> None:
    """Written by the columns of CIS-BP's bulk download."""
    information, proteins = write("TF_Information.txt", BULK), write("prot_seq.txt", PROT_SEQ)
    for name in ("M1_2.00", "M2_2.00"):
        write(f"pwms/{name}.txt", PWM)
    pwms = write("pwms/M3_2.00.txt", "Pos\tA\tC\tG\tT\n").parent  # one that may not be distributed
    known = cisbp.read_proteins(proteins)
    assert known.sequences == {"T1_2.00": "MKVAL", "T2_2.00": "MSTV"}
    direct = link(cisbp.read_motifs(information, pwms), known)
    assert cisbp_names(direct) == ["M1_2.00@T1_2.00"] and direct.counts == {"empty": 1}
    np.testing.assert_allclose(direct.data.motifs[0].matrix[1], [0.97, 0.01, 0.01, 0.01])
    both = link(cisbp.read_motifs(information, pwms, inferred=True), known)
    assert cisbp_names(both) == ["M1_2.00@T1_2.00", "M2_2.00@T1_2.00"]
    (mouse,) = cisbp.read_motifs(information, pwms, species="Mus_musculus")
    assert mouse.name == "M3_2.00"


def test_cisbp_cart_files(write: Write) -> None:
    """Written by a cart's files: motifs side by side in one row, and all matrices in one file."""
    information, pwms = write("TF_Information.txt", CART), write("PWM.txt", BLOCKS)
    found = list(cisbp.read_motifs(information, pwms))
    assert [(one.name, one.proteins[0][0], len(one.matrix)) for one in found] == [
        ("M1_2.00", "T1_2.00", 2),
        ("M3_2.00", "T1_2.00", 0),
        ("M3_2.00", "T2_2.00", 0),
    ]


@pytest.mark.parametrize(
    ("information", "pwm", "message"),
    [
        ("TF_ID\tMotif\n", PWM, "TF_Information.txt:1: no column Motif_ID"),
        ("", PWM, "the file is empty"),
        (BULK.splitlines()[0] + "\n", PWM, "TF_Information.txt: no rows under the header"),
        (BULK.replace("\tD\n", "\tN\n"), PWM, "no motif of direct evidence of any species"),
        (BULK + "T4\tF\n", PWM, "TF_Information.txt:6: 2 columns, but the header has 9"),
        (BULK.replace("M1_", "M9_"), PWM, "TF_Information.txt:2: motif M9_2.00 has no PWM"),
        (BULK, PWM.replace("0.97", "0.5"), "M1_2.00.txt:3: row 1 of motif M1_2.00 is not four"),
        (BULK, PWM.replace("0.97", "x"), "M1_2.00.txt:3: a row of a motif that is not of numbers"),
        (BULK, PWM.replace("\tT\n", "\tU\n"), "M1_2.00.txt:1: the columns of a DNA motif are"),
    ],
)
def test_broken_cisbp_files(information: str, pwm: str, message: str, write: Write) -> None:
    path = write("TF_Information.txt", information)
    folder = write("pwms/M1_2.00.txt", pwm).parent
    write("pwms/M3_2.00.txt", PWM)
    with pytest.raises(InputError) as caught:
        list(cisbp.read_motifs(path, folder))
    assert message in str(caught.value)


def test_broken_prot_seq(write: Write) -> None:
    with pytest.raises(InputError, match=r"prot_seq\.txt:5: 3 columns, but the header has 10"):
        cisbp.read_proteins(write("prot_seq.txt", PROT_SEQ + "T4\tx\ty\n"))
    with pytest.raises(InputError, match=r"prot_seq\.txt: no rows under the header"):
        cisbp.read_proteins(write("prot_seq.txt", PROT_SEQ.splitlines()[0] + "\n"))
    with pytest.raises(InputError, match="no column Protein_seq"):
        cisbp.read_proteins(write("p.txt", "TF_ID\tx\n"))
