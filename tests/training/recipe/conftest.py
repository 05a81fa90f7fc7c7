"""A small data set, of the same files and columns as the real one."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.datasets.sources import bound_dna
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif, write_meme
from dna_protein_bca.motifs.kmers import canonical_kmers

PROTEINS = {
    "MAX": ("JASPAR 2026 / UniProt", ("JASPAR 2026", "HOCOMOCO v13")),
    "LHX2": ("CIS-BP 2.0", ("CIS-BP 2.0",)),
    "SP1": ("JASPAR 2026 / UniProt", ("CIS-BP 2.0 (domain only)", "JASPAR 2026")),
    "GATA1": ("UniProt; measured: reads", ("HOCOMOCO v13",)),
    "RUNX1": ("JASPAR 2026 / UniProt", ("JASPAR 2026",)),
}
SPLIT = {"RUNX1": "validation"}

DBD = {"LHX2": "Homeodomain:1-9", "SP1": "zf-C2H2:1-9", "GATA1": "GATA:1-9", "RUNX1": "Runt:1-9"}

NO_DOMAIN = "MKWVTFISLLFLFSSAYSRGVFRRDAHKSEVAHRFKDLGEENFKALVLIAFAQYLQQCPFEDHVKLVNEVTEFAKTCVAD"


@pytest.fixture(scope="module")
def data(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set, of the same files and columns as the real one."""
    shared = tmp_path_factory.mktemp("shared")
    folder = shared / "specificity"
    folder.mkdir()
    write_bound_dna(shared)
    sequence = {r.id: r.sequence for r in read_fasta(data_dir / "example_proteins.fa", "protein")}
    proteins = [
        (
            name,
            "Homo_sapiens",
            source,
            SPLIT.get(name, "train"),
            DBD.get(name, "HLH:1-9"),
            sequence[name],
        )
        for name, (source, _) in PROTEINS.items()
    ]
    proteins.append(("ALBU", "Homo_sapiens", "JASPAR 2026", "train", "none", NO_DOMAIN))
    columns = ["protein_id", "species", "source", "split", "dbd", "sequence"]
    pd.DataFrame(proteins, columns=columns).to_csv(
        folder / "proteins.tsv.gz", sep="\t", index=False
    )
    rng = np.random.default_rng(0)
    names = [
        (f"m{number}@{name}", name, source)
        for name, (_, sources) in PROTEINS.items()
        for number, source in enumerate(sources)
    ]
    names.append(("m0@ALBU", "ALBU", "JASPAR 2026"))
    pd.DataFrame(names, columns=["motif_id", "protein_id", "source"]).to_csv(
        folder / "motifs.tsv.gz", sep="\t", index=False
    )
    matrices = rng.dirichlet([0.3] * 4, size=(len(names), 8)).astype(np.float32)
    motifs = [Motif(row[0], matrix) for row, matrix in zip(names, matrices, strict=True)]
    write_meme(folder / "motifs.meme.gz", motifs)
    bases = [f"{base}{column}" for column in range(1, 5) for base in "ACGT"]
    with gzip.open(folder / "zinc_finger_helices.tsv.gz", "wt") as table:
        table.write("\t".join(["core", "helix", "source", *bases]) + "\n")
        table.write("\t".join(["REER", "RSDELTR", "B1H library", *["0.25"] * 16]) + "\n")
    return folder


def write_bound_dna(folder: Path) -> None:
    """Reads of MAX, genomic sites of MAX, LHX2 and RUNX1, and an array of SP1."""
    rng = np.random.default_rng(1)

    def dna(count: int, length: int) -> list[str]:
        return ["".join(row) for row in rng.choice(list("ACGT"), (count, length))]

    (folder / "sequences").mkdir()
    (folder / "arrays").mkdir()
    reads = pd.DataFrame({"protein_id": "MAX", "sequence": dna(40, 24), "selected": [0, 1] * 20})
    reads.to_csv(folder / bound_dna.READS, sep="\t", index=False)
    sites = pd.DataFrame(
        {
            "protein_id": ["MAX", "LHX2"] * 40 + ["RUNX1"] * 10,
            "matrix": "m",
            "sequence": dna(90, 100),
        }
    )
    sites = sites.assign(site_start=50, site_end=58)
    sites.to_csv(folder / bound_dna.SITES, sep="\t", index=False)
    arrays = pd.DataFrame({"array": ["A_SP1"], "protein_id": ["SP1"], "split": ["train"]})
    arrays.to_csv(folder / bound_dna.ARRAYS, sep="\t", index=False)
    kmers = canonical_kmers(8)[::13]
    scores = pd.DataFrame({"A_SP1": rng.uniform(-0.5, 0.5, len(kmers))}, index=list(kmers))
    scores.to_csv(folder / bound_dna.ESCORES, sep="\t")
