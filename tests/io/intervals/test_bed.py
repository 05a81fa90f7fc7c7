"""BED and narrowPeak files, and what is mistaken for them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.errors import InputError
from dna_protein_bca.io.intervals.bed import read_bed

Write = Callable[[str, str], Path]


def read(path: Path) -> list[tuple[str, int, int, int, int]]:
    """Chromosome, start, end, summit and line of every region."""
    found = read_bed(path)
    columns = (found.start, found.end, found.summit, found.line)
    names = [found.names[at] for at in found.chrom]
    return [*zip(names, *(column.tolist() for column in columns), strict=True)]


def narrow(chrom: str, start: int, end: int, summit: int) -> str:
    return f"{chrom}\t{start}\t{end}\tpeak\t500\t.\t5.5\t3.1\t2.2\t{summit}\n"


def test_summits(write: Write) -> None:
    path = write(
        "x.narrowPeak",
        "track type=narrowPeak\n" + narrow("chr1", 100, 300, 20) + narrow("chr1", 500, 600, -1),
    )
    assert read(path) == [("chr1", 100, 300, 120, 2), ("chr1", 500, 600, 550, 3)]
    bed = write("x.bed", "# comment\nchr1\t100\t300\tname\n\nchr2\t5\t6\tname\n")
    assert read(bed) == [("chr1", 100, 300, 200, 2), ("chr2", 5, 6, 5, 4)]
    # The tenth column of a BED file of twelve is no summit.
    twelve = write("x12.bed", "chr1\t100\t300\tn\t0\t+\t100\t300\t0\t2\t10,10\t0,190\n")
    assert read(twelve) == [("chr1", 100, 300, 200, 1)]
    blanks = write("blanks.bed", "chr1 100 300\n")
    assert read(blanks) == [("chr1", 100, 300, 200, 1)]


@pytest.mark.parametrize("colour", ["255,0,0", "0", "."])
def test_the_tenth_column_of_bed_is_no_summit(colour: str, write: Write) -> None:
    row = f"chr1\t100\t300\tn\t0\t+\t120\t300\t{colour}\t"
    (peak,) = read(write("x.bed", row + "7\n"))
    assert peak[3] == 200
    (peak,) = read(write("x.bed", row + "a gene\n"))
    assert peak[3] == 200


def test_summits_of_idr(write: Write) -> None:
    first = narrow("chr1", 100, 300, 20).rstrip("\n")
    row = first + "\t2.1\t1.9\t100\t290\t5.5\t118\t105\t300\t4.4\t125\n"
    assert read(write("idr.txt", row * 2)) == [
        ("chr1", 100, 300, 120, 1),
        ("chr1", 100, 300, 120, 2),
    ]


def test_a_chromosome_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.bed"
    path.write_bytes(b"chr1\t1\t5\n\xc4\t1\t5\n")
    with pytest.raises(InputError, match=r"x\.bed:2: .* is not UTF-8: save the file as UTF-8"):
        read(path)


@pytest.mark.parametrize(
    "chrom", ["track", "track1", "tracked_2", "browser", "browser.3", "trackX"]
)
@pytest.mark.parametrize("blank", ["\t", " "])
def test_chromosomes_that_are_named_as_browser_lines_begin(
    chrom: str, blank: str, write: Write
) -> None:
    lines = 'track name="x y"\nbrowser position chr1:1-2\nbrowser hide all\ntrack\nbrowser\n'
    rows = "".join(blank.join((name, "10", "20")) + "\n" for name in ("chr1", chrom))
    found = read(write("x.bed", lines + rows))
    assert [(one[0], one[1], one[4]) for one in found] == [("chr1", 10, 6), (chrom, 10, 7)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t1\t5\nchr1\t7\n", "x.bed:2: 2 columns"),
        ("chr1\t1\t5\tx\nchr1\t1\t5\n", "x.bed:2: 3 columns"),
        ("chr1\ta\t5\n", "x.bed:1: start 'a' and end '5'"),
        ("chr1\t5\t5\n", "x.bed:1: 5..5 is not an interval: start must be below end"),
        ("chr1\t-1\t5\n", "x.bed:1: -1..5 is not an interval: BED counts from 0"),
        (narrow("chr1", 1, 5, 9), "x.bed:1: the summit lies 9 bp into a peak of 4 bp"),
        (
            narrow("chr1", 1, 5, 2) + narrow("chr1", 1, 5, 0).replace("\t0\n", "\tmid\n"),
            "x.bed:2: the summit in column 10 is 'mid': give a whole number, -1 where",
        ),
        ("chr1\t1_0\t50\n", "x.bed:1: start '1_0' and end '50' must be whole numbers"),
        ("chrom\tstart\tend\nchr1\t1\t5\n", "x.bed:1: seems to be a header"),
        ("#MACS\n\nchr\tstart\tend\tlength\tabs_summit\n", "x.bed:3: seems to be a header"),
        ("chr1\t1\t5\nchr1\ta\tb\n", "x.bed:2: start 'a' and end 'b'"),
        (
            "chr1\t1001\t1300\t300\t1101\t10\t5\t4\t3\t7\n",
            "x.bed:1: seems to be a row of MACS",
        ),
        ("chr1\t1001\t1300\t300\t1101\t10\t5\t4\t3\n", "x.bed:1: seems to be a row of MACS"),
        ("chr1\t1\t9\tn\t0\tx\t1\t2\t3\t4\n", "x.bed:1: ten columns, but not narrowPeak"),
        ("##gff\nchr1\ts\tpeak\t1\t9\t.\t.\t.\tID=1\n", "x.bed:2: seems to be GFF"),
        ("track\tx\t5\n", "x.bed:1: start 'x' and end '5'"),
        ("browser\t1\tx\n", "x.bed:1: start '1' and end 'x'"),
        ("# nothing\n", "no region in it"),
        ("", "no region in it"),
    ],
)
def test_broken_peaks(text: str, message: str, write: Write) -> None:
    with pytest.raises(InputError) as caught:
        read(write("x.bed", text))
    assert message in str(caught.value)


def test_truncated_gzip(tmp_path: Path) -> None:
    path = tmp_path / "x.bed.gz"
    lines = "".join(f"chr1\t{n}\t{n * 7919 % 99991 + n}\n" for n in range(1, 20000))
    data = gzip.compress(lines.encode(), mtime=0)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="truncated"):
        read(path)
