"""HOCOMOCO's files."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

from dna_protein_bca.datasets.motif_sets import link
from dna_protein_bca.datasets.protein_names import ProteinNames
from dna_protein_bca.datasets.sources import hocomoco

Write = Callable[[str, str], Path]


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
