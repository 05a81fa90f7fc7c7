"""bigWig tracks hold what was written, appear whole, and say what is wrong in one line."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.intervals import bigwig
from dna_protein_bca.io.intervals.bigwig import BigWig, check_track, track_paths

LENGTHS = {"chr2": 1000, "chr10": 5000, "chr1": 40}


def test_values_are_read_back(tmp_path: Path) -> None:
    import pybigtools

    path = tmp_path / "x.bw"
    first = np.random.default_rng(0).gamma(1, 1, 600)
    first[10:20], first[100:130] = np.nan, 1.5
    with BigWig(path, LENGTHS) as track:
        track.write("chr2", 0, first[:400])
        track.write("chr2", 400, first[400:])
        track.write("chr10", 4990, np.arange(10.0))
        track.write("chr1", 0, np.full(40, np.nan))
        assert not path.exists()
    assert [one.name for one in tmp_path.iterdir()] == ["x.bw"]
    found = pybigtools.open(str(path))
    assert found.chroms()["chr2"] == 1000
    np.testing.assert_allclose(found.values("chr2", 0, 600, fillna=None), first, atol=6e-4)
    np.testing.assert_allclose(found.values("chr10", 4990, 5000, fillna=None), np.arange(10))
    assert np.isnan(found.values("chr10", 0, 4990, fillna=None)).all()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_nothing_is_left_where_the_block_fails(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "x.bw"
    path.write_bytes(b"as it was")
    with pytest.raises(error), BigWig(path, LENGTHS) as track:
        track.write("chr2", 0, np.arange(100.0))
        process = track._process
        raise error
    assert process.poll() is not None
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"as it was"]


def test_a_track_without_a_value_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="no position has a score"),
        BigWig(tmp_path / "x.bw", LENGTHS) as track,
    ):
        track.write("chr2", 0, np.full(9, np.nan))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """Files that may not grow: what a full disk does to the process that writes."""
    script = (
        "import numpy as np\n"
        "from dna_protein_bca.io.intervals.bigwig import BigWig\n"
        "from dna_protein_bca.errors import InputError\n"
        "try:\n"
        "    with BigWig('x.bw', {'chr1': 10**7}) as track:\n"
        "        for start in range(0, 10**6, 10**4):\n"
        "            track.write('chr1', start, np.random.rand(10**4))\n"
        "except InputError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)),
    )
    assert done.stdout.startswith("x.bw: cannot be written: ") and done.stderr == ""
    assert not list(tmp_path.iterdir())


def test_names_of_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert track_paths("out/x.bw", ["sp|P1|A/B"]) == ["out/x.bw"]
    paths = track_paths("out/x.bw", ["sp|P1|A/B", "sp|P1|A_B", "MAX"])
    assert [os.path.dirname(path) for path in paths] == ["out"] * 3
    assert len(set(paths)) == 3 and paths[2] == "out/x.MAX.bw"
    check_track("x.bigWig")
    with pytest.raises(InputError, match=r"x\.wig: a track is a bigWig file"):
        check_track("x.wig")
    monkeypatch.setattr(bigwig, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'dna-protein-bca\[tracks\]'"):
        check_track("x.bw")
