"""Peaks, and windows around them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from dna_protein_bca.datasets.sources.peaks import Peak, Window, windows_around
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.genome import Genome

# Genomes and names of chromosomes


def test_a_genome_is_read_by_place(genome: Genome, real_dna: list[str]) -> None:
    assert genome.lengths == {"chr1": 300 * 101, "chr2": 200 * 101}
    assert genome.fetch("chr1", 101, 202) == real_dna[1]


def test_a_genome_compressed_with_gzip_is_refused(genome_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.fa.gz"
    path.write_bytes(gzip.compress(genome_path.read_bytes(), mtime=0))
    with pytest.raises(InputError, match="unpack it"):
        Genome(path)
    assert [one.name for one in tmp_path.iterdir()] == ["g.fa.gz"]


def test_windows_past_an_end_are_dropped_or_clipped_and_counted(genome: Genome) -> None:
    end = genome.lengths["chr1"]
    peaks = [
        Peak("chr1", 0, 20, 10, 1),
        Peak("chr1", 500, 600, 550, 3),
        Peak("chr1", end - 9, end, end - 5, 4),
    ]
    kept, _, counts, lines = windows_around([*peaks, peaks[1]], genome, width=101)
    assert kept == [Window("chr1", 500, 601)]
    assert counts == {"clipped": 0, "dropped_at_ends": 2, "duplicate": 1}
    assert lines == [1, 4]
    kept, covered, counts, _ = windows_around(peaks, genome, width=101, at_ends="clip")
    assert kept == [Window("chr1", 0, 61), Window("chr1", 500, 601), Window("chr1", end - 55, end)]
    assert counts["clipped"] == 2 and covered[1] == Window("chr1", 500, 600)
    with pytest.raises(InputError, match=r"^x\.bed:5: a peak at chr1:5.* is it the assembly"):
        windows_around([*peaks, Peak("chr1", 5, end + 1, 7, 5)], genome, path="x.bed")
