"""Tables are made once, kept, and made again where they are damaged."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.kmer_tables import KmerTable, find, kmer_tables, store
from dna_protein_bca.resources import CACHE_VARIABLE


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    return tmp_path / "kmer-tables"


def same(ours: KmerTable, theirs: KmerTable) -> bool:
    pairs = zip(ours.readings, theirs.readings, strict=True)
    alike = all(
        one.first == other.first
        and np.array_equal(one.values, other.values)
        and np.array_equal(one.limits, other.limits)
        for one, other in pairs
    )
    return (
        alike
        and np.array_equal(ours.scores, theirs.scores)
        and all(map(np.array_equal, ours.site, theirs.site))
        and (ours.width, ours.name) == (theirs.width, theirs.name)
    )


def test_they_are_kept(
    predictor: BindingPredictor,
    proteins: EncodedProteins,
    tables: list[KmerTable | None],
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[int] = []

    def build(*arguments: object) -> KmerTable:
        built.append(len(built))
        known = [table for table in tables if table is not None]
        return known[len(built) - 1]

    monkeypatch.setattr(find, "build_table", build)
    first = kmer_tables(predictor.scorer, proteins)
    assert first[1] is None and len(built) == 2 == len(list(cache.iterdir()))
    for ours, theirs in zip(kmer_tables(predictor.scorer, proteins), tables, strict=True):
        assert (ours is None and theirs is None) or same(ours, theirs)  # type: ignore[arg-type]
    assert len(built) == 2
    path = min(cache.iterdir())
    path.write_bytes(path.read_bytes()[:5000])
    built.clear()
    kmer_tables(predictor.scorer, proteins)
    assert len(built) == 1
    built.clear()
    kmer_tables(predictor.scorer, proteins, cache=False)
    assert len(built) == 2
    built.clear()
    kmer_tables(predictor.scorer, proteins, "0.3,0.2,0.2,0.3")
    assert len(built) == 2 and len(list(cache.iterdir())) == 4


WRITER = """
import pickle, sys
from dna_protein_bca.inference.kmer_tables import store

with open(sys.argv[1], "rb") as file:
    table = pickle.load(file)
for number in range(8):
    store.save_table(f"{number % 2}", table)
    read = store.load_table(f"{number % 2}", table.name)
    assert read is not None and (read.scores == table.scores).all()
"""


def test_several_programs_may_write_at_once(
    tables: list[KmerTable | None], cache: Path, tmp_path: Path
) -> None:
    table = tables[0]
    assert table is not None
    (tmp_path / "table.pickle").write_bytes(pickle.dumps(table))
    command = [sys.executable, "-c", WRITER, tmp_path / "table.pickle"]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(list(cache.iterdir())) == 2
    read = store.load_table("0", table.name)
    assert read is not None and same(read, table)


def test_the_oldest_give_way(tmp_path: Path) -> None:
    for number in range(5):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(bytes(100))
        os.utime(path, (1000 + number, 1000 + number))
    os.utime(tmp_path / "0.npz", (5000, 5000))  # used again
    partial, left = tmp_path / ".new.npz", tmp_path / ".left.npz"
    partial.write_bytes(bytes(900))
    left.write_bytes(bytes(900))
    os.utime(left, (1000, 1000))
    store.make_room(tmp_path, 250)
    assert {path.name for path in tmp_path.iterdir()} == {"0.npz", "4.npz", ".new.npz"}


def test_a_cache_that_cannot_be_written(
    predictor: BindingPredictor,
    proteins: EncodedProteins,
    tables: list[KmerTable | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    monkeypatch.setattr(find, "build_table", lambda *_: tables[0])
    found = kmer_tables(predictor.scorer, proteins)
    assert found[0] is tables[0]
    assert "tables of k-mers are not kept for later calls" in caplog.text
