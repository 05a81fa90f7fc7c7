"""Regions on a genome: names, ends, summits, and their DNA."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.io.intervals.bed import as_regions, read_bed
from dna_protein_bca.io.intervals.regions import cut_regions, merge, place_regions

Write = Callable[[str, str], Path]


@pytest.fixture
def genome(write: Write) -> Path:
    return write("g.fa", ">chr2\nACGTACGTAC\nGGGGGTTTTT\n>chr1\nAAAAACCCCC\n")


def placed(genome: Path, rows: list[tuple], **options: object) -> list[tuple[str, int, int]]:
    found = place_regions(as_regions(rows), Genome(genome), **options)
    names = [found.names[at] for at in found.chrom]
    return list(zip(names, found.start.tolist(), found.end.tolist(), strict=True))


def test_regions_keep_their_order_and_take_the_names_of_the_genome(genome: Path) -> None:
    rows = [("chr1", 2, 5), ("chr2", 0, 20), ("chr1", 0, 10)]
    assert placed(genome, rows) == rows
    bare = [(name.removeprefix("chr"), start, end) for name, start, end in rows]
    assert placed(genome, bare, aliases={}) == rows
    with pytest.raises(InputError, match=r"chromosome '1' is not in .*g\.fa.*--chrom-aliases auto"):
        placed(genome, bare)


def test_around_summits_is_cut_at_the_ends(genome: Path, write: Write) -> None:
    peaks = write(
        "p.narrowPeak",
        "".join(f"chr2\t2\t18\tx\t0\t.\t1\t1\t1\t{offset}\n" for offset in (0, 7, 15)),
    )
    found = place_regions(read_bed(peaks), Genome(genome), around=4)
    assert found.start.tolist() == [0, 5, 13]
    assert found.end.tolist() == [7, 14, 20]
    assert placed(genome, [("chr1", 2, 9)], around=0) == [("chr1", 5, 6)]
    with pytest.raises(InputError, match="around -1"):
        placed(genome, [("chr1", 2, 9)], around=-1)


def test_a_region_past_the_end_is_named_with_its_line(genome: Path, write: Write) -> None:
    bed = write("r.bed", "# mine\nchr2\t0\t20\nchr1\t5\t11\n")
    with pytest.raises(InputError, match=r"r\.bed:3: a region at chr1:5-11, but chr1 of .* 10 bp"):
        place_regions(read_bed(bed), Genome(genome))


def test_a_chromosome_that_is_missing_is_named_with_its_line(genome: Path, write: Write) -> None:
    bed = write("r.bed", "chr2\t0\t20\nchr1\t5\t6\nchr9\t5\t6\nchr9\t5\t8\n")
    with pytest.raises(InputError, match=r"r\.bed:3: chromosome 'chr9' is not in .*chr2, chr1"):
        place_regions(read_bed(bed), Genome(genome))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=30))
def test_merged_intervals_cover_the_same_and_do_not_touch(rows: list[tuple[int, int]]) -> None:
    start, size = np.array(rows, np.int64).reshape(-1, 2).T
    covered = np.zeros(80, bool)
    for one, other in zip(start, start + size, strict=True):
        covered[one:other] = True
    merged = merge(start, start + size)
    again = np.zeros(80, bool)
    for one, other in zip(*merged, strict=True):
        assert not again[max(0, one - 1) : other + 1].any()
        again[one:other] = True
    np.testing.assert_array_equal(covered, again)
    assert (np.diff(merged[0]) > 0).all()


def test_regions_are_cut_as_records(
    genome: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    bed = write("r.bed", "chr1\t3\t7\nchr2\t8\t12\nchr1\t3\t7\nchr2\t0\t20\n")
    with caplog.at_level(logging.WARNING):
        records = list(cut_regions(genome, bed))
    assert [(one.id, one.sequence, one.line) for one in records] == [
        ("chr1:3-7", "AACC", 1),
        ("chr2:8-12", "ACGG", 2),
        ("chr2:0-20", "ACGTACGTACGGGGGTTTTT", 4),
    ]
    assert "r.bed: 1 row left out, for an earlier row has the same region" in caplog.text
    ((one,),) = [list(cut_regions(genome, [("chr1", 0, 9)], around=1))]
    assert (one.id, one.sequence) == ("chr1:3-6", "AAC")
