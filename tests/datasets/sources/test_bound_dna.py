"""Reads, genomic sites and arrays, as the shared data hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca.datasets.sources.bound_dna import (
    cut_windows,
    read_arrays,
    read_selex,
    read_sites,
    shuffle_sites,
)

SITE = "CACGTGA"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bound")
    (made / "sequences").mkdir()
    (made / "arrays").mkdir()
    rng = np.random.default_rng(0)

    def bases(count: int) -> str:
        return "".join(rng.choice(list("ACGT"), count))

    reads = [("A", bases(20), 1), ("A", bases(20), 0), ("A", bases(14), 1), ("B", bases(30), 1)]
    pd.DataFrame(reads, columns=["protein_id", "sequence", "selected"]).to_csv(
        made / "sequences/htselex_reads.tsv.gz", sep="\t", index=False
    )
    sites = [("A", "M", bases(50) + SITE + bases(50), 50, 57) for _ in range(40)]
    sites += [("A", "M", SITE + bases(100), 0, 7), ("A", "M", bases(60), 50, 57)]
    columns = ["protein_id", "matrix", "sequence", "site_start", "site_end"]
    pd.DataFrame(sites, columns=columns).to_csv(
        made / "sequences/genomic_sites.tsv.gz", sep="\t", index=False
    )
    arrays = [("one", "A", "train"), ("two", "B", "excluded")]
    pd.DataFrame(arrays, columns=["array", "protein_id", "split"]).to_csv(
        made / "arrays/arrays.tsv", sep="\t", index=False
    )
    scores = pd.DataFrame({"one": [0.1, np.nan, 0.46], "two": [0.0, 0.1, 0.2]})
    scores.index = pd.Index(["AAAAAAAA", "AAAAAAAC", "AAAAAAAG"], name="kmer")
    scores.to_csv(made / "arrays/escores.tsv.gz", sep="\t")
    return made


def test_reads_of_a_protein_have_one_length(folder: Path) -> None:
    table = read_selex(folder)
    assert table.protein_id.tolist() == ["A", "A", "B"]
    assert table.groupby("protein_id").sequence.agg(lambda s: s.str.len().nunique()).eq(1).all()


def test_windows_are_cut_anywhere_around_the_whole_site_and_turned(folder: Path) -> None:
    sites = read_sites(folder)
    assert len(sites) == 41  # one window is short
    windows = cut_windows(sites, 30, np.random.default_rng(0))
    assert len(windows.sequences) == 41
    complement = str.maketrans("ACGT", "TGCA")
    turned = SITE[::-1].translate(complement)
    found = [s[a:b] for s, a, b in zip(*windows, strict=True)]
    assert {len(s) for s in windows.sequences} == {30}
    assert set(found) == {SITE, turned} and 5 < found.count(turned) < 36
    assert len(set(windows.start.tolist())) > 10
    for sequence, cut, start in zip(sites.sequence, windows.sequences, windows.start, strict=True):
        assert cut in sequence or cut[::-1].translate(complement) in sequence
        assert 0 <= start <= 23


def test_windows_that_cannot_hold_the_site_are_left_out(folder: Path) -> None:
    assert not cut_windows(read_sites(folder), 6, np.random.default_rng(0)).sequences


def test_shuffling_changes_the_order_of_the_site_alone(folder: Path) -> None:
    rng = np.random.default_rng(0)
    windows = cut_windows(read_sites(folder), 40, rng)
    shuffled = shuffle_sites(windows, rng)
    pairs = list(zip(windows.sequences, shuffled, windows.start, windows.end, strict=True))
    for old, new, start, end in pairs:
        assert old[:start] == new[:start] and old[end:] == new[end:]
        assert sorted(old[start:end]) == sorted(new[start:end])
    assert sum(old != new for old, new, *_ in pairs) > 30


def test_arrays_of_a_split_have_their_known_scores(folder: Path) -> None:
    (array,) = read_arrays(folder, "train")
    assert (array.name, array.protein_id) == ("one", "A")
    assert array.kmers == ["AAAAAAAA", "AAAAAAAG"]
    assert array.escores.tolist() == [0.1, 0.46]
