"""Arrays of all proteins on all DNA in one file."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.tables import MatrixWriter


def test_numpy_reads_what_came_in_parts(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    score, other = rng.normal(size=(2, 3, 7)).astype(np.float32)
    score[1, 2] = np.nan
    path = tmp_path / "out.npz"
    with MatrixWriter(path, ["score", "other"]) as writer:
        for part in (slice(0, 4), slice(4, 5), slice(5, 7)):
            ids = [f"dna {n}" for n in range(7)][part]
            values = {"score": score[:, part].T, "other": other[:, part].T}
            writer.write(["a", "bé", "c"], ids, values)
        assert not path.exists()
    with np.load(path, allow_pickle=False) as found:
        assert found["protein_id"].tolist() == ["a", "bé", "c"]
        assert found["dna_id"].tolist() == [f"dna {n}" for n in range(7)]
        np.testing.assert_array_equal(found["score"], score)
        np.testing.assert_array_equal(found["other"], other)
        assert found["score"].dtype == np.float32
    assert [file.name for file in tmp_path.iterdir()] == ["out.npz"]


def test_no_dna_is_an_empty_matrix(tmp_path: Path) -> None:
    with MatrixWriter(tmp_path / "out.npz", ["score"]):
        pass
    with np.load(tmp_path / "out.npz") as found:
        assert found["score"].shape == (0, 0) and len(found["dna_id"]) == 0


def test_a_failure_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.npz"
    path.write_text("before")
    with pytest.raises(KeyError), MatrixWriter(path, ["score"]) as writer:
        writer.write(["a"], ["x"], {})
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["out.npz"]


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end its name in \.npz"):
        MatrixWriter(tmp_path / "out.npy", ["score"])
    with pytest.raises(InputError, match="no folder"), MatrixWriter(tmp_path / "a/b.npz", ["s"]):
        pass


def test_memory_does_not_grow_with_the_matrix(tmp_path: Path) -> None:
    block = np.zeros((1000, 1000), np.float32)
    proteins = [f"p{n}" for n in range(1000)]
    tracemalloc.start()
    with MatrixWriter(tmp_path / "out.npz", ["score"]) as writer:
        for _ in range(10):
            writer.write(proteins, ["d"] * 1000, {"score": block})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Ten blocks are 40 MB; one and its copy are 8 MB.
    assert peak < 15e6
