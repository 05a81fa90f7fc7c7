"""Peaks to windows and their negatives."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dna_protein_bca.datasets.negatives.draw import (
    Covered,
    gc,
    matched_windows,
    other_sites,
    shuffled,
)
from dna_protein_bca.datasets.negatives.shuffles import shuffle_dinucleotides
from dna_protein_bca.datasets.sources.peak_sets import PeakOptions, peak_set
from dna_protein_bca.datasets.sources.peaks import (
    Peak,
    Window,
    read_peaks,
    sequences_of,
    windows_around,
)
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.genome import Genome
from dna_protein_bca.motifs.kmers import canonical_sequence

Write = Callable[[str, str], Path]


def narrow(chrom: str, start: int, end: int, summit: int) -> str:
    return f"{chrom}\t{start}\t{end}\tpeak\t500\t.\t5.5\t3.1\t2.2\t{summit}\n"


# Reading


def test_summits(write: Write) -> None:
    path = write(
        "x.narrowPeak",
        "track type=narrowPeak\n" + narrow("chr1", 100, 300, 20) + narrow("chr1", 500, 600, -1),
    )
    assert read_peaks(path) == [Peak("chr1", 100, 300, 120, 2), Peak("chr1", 500, 600, 550, 3)]
    bed = write("x.bed", "# comment\nchr1\t100\t300\tname\n\nchr2\t5\t6\tname\n")
    assert read_peaks(bed) == [Peak("chr1", 100, 300, 200, 2), Peak("chr2", 5, 6, 5, 4)]
    # The tenth column of a BED file of twelve is no summit.
    twelve = write("x12.bed", "chr1\t100\t300\tn\t0\t+\t100\t300\t0\t2\t10,10\t0,190\n")
    assert read_peaks(twelve) == [Peak("chr1", 100, 300, 200, 1)]
    blanks = write("blanks.bed", "chr1 100 300\n")
    assert read_peaks(blanks) == [Peak("chr1", 100, 300, 200, 1)]


@pytest.mark.parametrize("colour", ["255,0,0", "0", "."])
def test_the_tenth_column_of_bed_is_no_summit(colour: str, write: Write) -> None:
    row = f"chr1\t100\t300\tn\t0\t+\t120\t300\t{colour}\t"
    (peak,) = read_peaks(write("x.bed", row + "7\n"))
    assert peak.summit == 200
    (peak,) = read_peaks(write("x.bed", row + "a gene\n"))
    assert peak.summit == 200


def test_summits_of_idr(write: Write) -> None:
    first = narrow("chr1", 100, 300, 20).rstrip("\n")
    row = first + "\t2.1\t1.9\t100\t290\t5.5\t118\t105\t300\t4.4\t125\n"
    assert read_peaks(write("idr.txt", row * 2)) == [
        Peak("chr1", 100, 300, 120, 1),
        Peak("chr1", 100, 300, 120, 2),
    ]


def test_a_chromosome_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.bed"
    path.write_bytes(b"chr1\t1\t5\n\xc4\t1\t5\n")
    with pytest.raises(InputError, match=r"x\.bed:2: .* is not UTF-8: save the file as UTF-8"):
        read_peaks(path)


@pytest.mark.parametrize(
    "chrom", ["track", "track1", "tracked_2", "browser", "browser.3", "trackX"]
)
@pytest.mark.parametrize("blank", ["\t", " "])
def test_chromosomes_that_are_named_as_browser_lines_begin(
    chrom: str, blank: str, write: Write
) -> None:
    lines = 'track name="x y"\nbrowser position chr1:1-2\nbrowser hide all\ntrack\nbrowser\n'
    rows = "".join(blank.join((name, "10", "20")) + "\n" for name in ("chr1", chrom))
    found = read_peaks(write("x.bed", lines + rows))
    assert [(one.chrom, one.start, one.line) for one in found] == [("chr1", 10, 6), (chrom, 10, 7)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t1\t5\nchr1\t7\n", "x.bed:2: 2 columns"),
        ("chr1\t1\t5\tx\nchr1\t1\t5\n", "x.bed:2: 3 columns"),
        ("chr1\ta\t5\n", "x.bed:1: start 'a' and end '5'"),
        ("chr1\t5\t5\n", "x.bed:1: 5..5 is not an interval"),
        ("chr1\t-1\t5\n", "x.bed:1: -1..5 is not an interval"),
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
        ("# nothing\n", "no peak in it"),
        ("", "no peak in it"),
    ],
)
def test_broken_peaks(text: str, message: str, write: Write) -> None:
    with pytest.raises(InputError) as caught:
        read_peaks(write("x.bed", text))
    assert message in str(caught.value)


def test_truncated_gzip(tmp_path: Path) -> None:
    path = tmp_path / "x.bed.gz"
    lines = "".join(f"chr1\t{n}\t{n * 7919 % 99991 + n}\n" for n in range(1, 20000))
    data = gzip.compress(lines.encode(), mtime=0)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="truncated"):
        read_peaks(path)


# Genomes and names of chromosomes


def test_a_genome_is_read_by_place(genome: Genome, real_dna: list[str]) -> None:
    assert genome.lengths == {"chr1": 300 * 101, "chr2": 200 * 101}
    assert genome.fetch("chr1", 101, 202) == real_dna[1]


def test_a_genome_compressed_with_gzip_is_refused(genome_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.fa.gz"
    path.write_bytes(gzip.compress(genome_path.read_bytes()))
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


# Shuffles


def dinucleotides(text: str) -> Counter[str]:
    return Counter(text[place : place + 2] for place in range(len(text) - 1))


@given(st.text("ACGT", max_size=60), st.integers(0, 1000))
def test_shuffles_keep_the_dinucleotides(text: str, seed: int) -> None:
    found = shuffle_dinucleotides(text, np.random.default_rng(seed))
    assert dinucleotides(found) == dinucleotides(text)
    assert found[:1] == text[:1] and found[-1:] == text[-1:]


def test_every_arrangement_is_equally_likely(rng: np.random.Generator) -> None:
    text = "ACAGATACC"
    wanted = dinucleotides(text)
    letters = "ACGT"
    every = [""]
    for _ in text:
        every = [one + letter for one in every for letter in letters]
        every = [one for one in every if not dinucleotides(one) - wanted and one[0] == "A"]
    every = [one for one in every if dinucleotides(one) == wanted]
    drawn = Counter(shuffle_dinucleotides(text, rng) for _ in range(200 * len(every)))
    assert set(drawn) == set(every) and len(every) > 10
    # 200 +- 14 of each; five standard deviations.
    assert all(abs(count - 200) < 71 for count in drawn.values())


# Negatives


def test_shuffled_negatives_are_named_after_their_positive(rng: np.random.Generator) -> None:
    found = shuffled({"a": "ACGTTGCA" * 4, "b": "GGGTTTAC" * 4}, 3, rng)
    assert list(found) == ["a_shuffle1", "b_shuffle1", "a_shuffle2"]
    again = shuffled({"a": "ACGTTGCA" * 4}, 2, rng, used=found)
    assert list(again) == ["a_shuffle3", "a_shuffle4"]


def test_no_shuffle_is_a_positive_or_comes_twice(rng: np.random.Generator) -> None:
    """Repeats of two bases have no other shuffle, short sequences few."""
    positives = {"repeat": "CA" * 20, "short": "ACGTACGT", "lower": "acgttgcacgatta"}
    found = shuffled(positives, 12, rng)
    texts = [canonical_sequence(text) for text in [*positives.values(), *found.values()]]
    assert len(set(texts)) == len(texts) == 15
    assert not any(name.startswith("repeat") for name in found)
    assert all(text.isupper() for text in found.values())
    assert shuffled({"repeat": "CA" * 20}, 1, rng) == {}
    in_turn = shuffled({"repeat": "CA" * 20, "a": "ACGTTGCA" * 2, "b": "GGTTACGT" * 2}, 2, rng)
    assert list(in_turn) == ["a_shuffle1", "b_shuffle1"]


def test_proteins_that_share_a_window_have_their_own_shuffles(genome: Genome, write: Write) -> None:
    shared = "".join(f"chr1\t{s}\t{s + 150}\n" for s in range(1000, 8000, 700))
    files = {"p": [write("a.bed", shared)], "q": [write("b.bed", shared + "chr1\t9000\t9200\n")]}
    data, _ = peak_set({"p": "MK", "q": "MV"}, files, genome, PeakOptions(["shuffle"], ratio=2))
    assert data.pairs is not None
    drawn = data.pairs[data.pairs.label == 0]
    assert drawn.protein_id.value_counts().to_dict() == {"p": 20, "q": 22}
    assert not drawn.dna_id.duplicated().any()
    assert len(set(data.dna.values())) == len(data.dna) == 11 + 42


def test_matched_windows_are_like_and_elsewhere(genome: Genome, rng: np.random.Generator) -> None:
    windows = [Window("chr1", start, start + 101) for start in range(2000, 12000, 400)]
    rich = sorted(sequences_of(windows, genome).items(), key=lambda item: -gc(item[1]))[:10]
    positives = dict(rich)
    covered = Covered([Window("chr1", 0, 15000)])
    found = matched_windows(genome, positives, covered.touches, 20, rng)
    assert len(found) == 20
    assert all(window.chrom == "chr1" and window.start >= 15000 for window in found)
    assert all(len(text) == 101 and "N" not in text for text in found.values())
    means = [np.mean([gc(text) for text in one.values()]) for one in (positives, found)]
    assert abs(means[0] - means[1]) < 0.02
    everywhere = Covered([Window("chr1", 0, genome.lengths["chr1"])])
    assert matched_windows(genome, positives, everywhere.touches, 20, rng) == {}


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(1, 20)), max_size=8),
    st.tuples(st.integers(0, 99), st.integers(1, 20)),
)
def test_covered_is_what_overlaps(spans: list[tuple[int, int]], one: tuple[int, int]) -> None:
    windows = [Window("c", start, start + width) for start, width in spans]
    window = Window("c", one[0], one[0] + one[1])
    expected = any(w.start < window.end and window.start < w.end for w in windows)
    assert Covered(windows).touches(window) == expected
    assert not Covered(windows).touches(window._replace(chrom="d"))
    grown = Covered()
    for some in windows:
        grown.add(some)
    assert grown.touches(window) == expected


def test_others_sites_keep_away_from_ones_own(rng: np.random.Generator) -> None:
    sites = {Window("c", start, start + 10): "A" * 10 for start in range(0, 100, 10)}
    found = other_sites(sites, Covered([Window("c", 0, 55)]).touches, 3, rng)
    assert len(found) == 3 and all(window.start >= 60 for window in found)


def test_a_set_of_peaks(genome: Genome, write: Write) -> None:
    one = write("a.bed", "".join(f"1\t{s}\t{s + 150}\n" for s in range(1000, 8000, 700)))
    two = write("b.bed", "".join(f"chr1\t{s}\t{s + 150}\n" for s in range(9000, 20000, 1100)))
    options = PeakOptions(["windows", "shuffle", "others"], assay="DAP-seq", seed=5)
    proteins = {"p": "MK", "q": "MV"}
    data, counts = peak_set(proteins, {"p": [one], "q": [two]}, genome, options, aliases={})
    assert data.pairs is not None
    for protein in "pq":
        rows = data.pairs[data.pairs.protein_id == protein]
        assert (rows.label == 1).sum() == 10
        assert counts[protein]["negatives_windows"] == counts[protein]["negatives_shuffle"] == 10
        assert not rows.dna_id.duplicated().any()
    assert set(data.pairs.group) == {"chr1"} and set(data.pairs.assay) == {"DAP-seq"}
    positive = data.pairs[(data.pairs.label == 1) & (data.pairs.protein_id == "q")]
    hard = data.pairs[(data.pairs.label == 0) & (data.pairs.protein_id == "p")]
    assert set(positive.dna_id) <= set(hard.dna_id)
    again, _ = peak_set(proteins, {"p": [one], "q": [two]}, genome, options, aliases={})
    assert again.dna == data.dna and again.pairs is not None
    assert again.pairs.equals(data.pairs)
    options = replace(options, seed=6)
    other, _ = peak_set(proteins, {"p": [one], "q": [two]}, genome, options, aliases={})
    assert other.dna != data.dna


def test_negatives_that_cannot_be_had(genome: Genome, write: Write) -> None:
    whole = write("a.bed", f"chr1\t0\t{genome.lengths['chr1']}\n")
    with pytest.raises(InputError, match="0 negatives of the kind windows"):
        peak_set({"p": "MK"}, {"p": [whole]}, genome)
    with pytest.raises(InputError, match="two proteins or more"):
        peak_set({"p": "MK"}, {"p": [whole]}, genome, PeakOptions(["others"]))
    nothing = write("n.bed", "chr2\t5100\t5200\n")
    with pytest.raises(InputError, match="no window is left"):
        peak_set({"p": "MK"}, {"p": [nothing]}, genome)
