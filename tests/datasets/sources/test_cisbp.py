"""CIS-BP's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.datasets.motif_sets import link
from dna_protein_bca.datasets.sources import cisbp
from dna_protein_bca.errors import InputError

Write = Callable[[str, str], Path]

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
