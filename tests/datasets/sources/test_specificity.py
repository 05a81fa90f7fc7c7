"""The data set of binding specificities in the project's own format."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import numpy as np

from dna_protein_bca.datasets.sources.specificity import (
    HELIX_POSITIONS,
    read_fingers,
    read_pbm,
    read_proteins,
    read_training_set,
    relatives_motifs,
)
from dna_protein_bca.io.meme import Motif, write_meme

SPLITS = ["train", "validation", "validation-pbm"]


def test_every_row_has_its_place(specificity_dir: Path) -> None:
    data = read_training_set(specificity_dir, SPLITS)
    table = read_proteins(specificity_dir, SPLITS)
    assert list(data.proteins) == list(table.index) == sorted(table.index)
    assert len(table) == 4115 + 82 + 9
    sides = Counter(data.motif_splits[id] for id in table.index[table.split != "validation-pbm"])
    assert sides == {"train": 4115, "validation": 82}
    assert data.counts()["motifs_by_side"] == {"train": 8614, "validation": 122, "test": 0}
    assert data.pairs is not None and len(data.pairs) == 9 * 32_896
    scores = read_pbm(specificity_dir)
    rows = data.pairs[data.pairs.protein_id == "PBM_Six1"]
    np.testing.assert_array_equal(rows.affinity, scores["PBM_Six1"])
    assert set(data.pairs["split"]) == {"test"}


def test_motifs_from_cells_are_copied_where_there_is_no_other(tmp_path: Path) -> None:
    sources = {"a@P1": "JASPAR 2026", "b@P1": "HOCOMOCO v13", "c@P2": "HOCOMOCO v13"}
    matrix = np.full((5, 4), 0.25, dtype=np.float32)
    write_meme(tmp_path / "motifs.meme.gz", [Motif(name, matrix) for name in sources])
    rows = [f"{name}\t{name[2:]}\t{source}\n" for name, source in sources.items()]
    with gzip.open(tmp_path / "motifs.tsv.gz", "wt") as table:
        table.writelines(["motif_id\tprotein_id\tsource\n", *rows])
    assert [motif.name for motif in relatives_motifs(tmp_path)] == ["a@P1", "c@P2"]


def test_blanks_in_sequences_are_removed(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "proteins.tsv.gz", "wt") as table:
        table.write("protein_id\tsource\tsplit\tsequence\nP1\tJASPAR 2026\ttrain\tMKR RWS\n")
    assert list(read_proteins(tmp_path, ["train"]).sequence) == ["MKRRWS"]


def test_what_is_held_out_stays_out(specificity_dir: Path) -> None:
    data = read_training_set(specificity_dir, ["train"])
    assert data.pairs is None and set(data.motif_splits.values()) == {"train"}
    kept = {motif.name.split("@")[1] for motif in data.motifs}
    assert kept <= set(read_proteins(specificity_dir, ["train"]).index)


def test_single_fingers_are_read(specificity_dir: Path) -> None:
    fingers = read_fingers(specificity_dir)
    assert fingers.bases.shape == (len(fingers.helix), 4, 4) == (3559, 4, 4)
    assert {len(helix) for helix in fingers.helix} == {len(HELIX_POSITIONS)}
    np.testing.assert_allclose(fingers.bases[:, :3].sum(2), 1, atol=1e-3)
