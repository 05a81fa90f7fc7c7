"""The DNA of alleles, and why some have none."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dna_protein_bca.inference.reducers import RecordScores
from dna_protein_bca.io.genome import as_contigs
from dna_protein_bca.io.variants import Variant, parse_variant
from dna_protein_bca.variant.genomic.alleles import STATUSES, Allele, Locator, trim
from dna_protein_bca.variant.genomic.sites import genomic_sites

TILE = 128
DNA = "".join(random.Random(3).choices("ACGT", k=400))
GENOME = {
    "chr1": DNA,
    "chr2": "N" * 100 + DNA[:60].lower(),
    "short": "ACGTACGA",
    "R": f"{DNA[:50]}R{DNA[51:100]}",
}


@pytest.fixture(scope="module")
def locator() -> Locator:
    return Locator(as_contigs(GENOME), None, TILE)


def only(locator: Locator, text: str) -> Allele:
    (found,) = locator.alleles(parse_variant(text))
    return found


def snv(pos: int, chrom: str = "chr1") -> str:
    ref = GENOME[chrom][pos - 1].upper()
    return f"{chrom}:{pos}:{ref}:{'A' if ref != 'A' else 'C'}"


def test_a_window_lies_about_the_base_that_changes(locator: Locator) -> None:
    allele = only(locator, snv(201))
    window = allele.window
    assert allele.status == "ok" and window is not None
    assert window.ref == DNA[200 - 63 : 200 + 65] and window.start == 200 - 63
    assert len(window.ref) == len(window.alt) == TILE
    assert [n for n in range(TILE) if window.ref[n] != window.alt[n]] == [window.left]
    assert window.alt[window.left] == allele.alt


@pytest.mark.parametrize("size", [1, 5, 33, 64])
@pytest.mark.parametrize("kind", ["insertion", "deletion", "replacement"])
def test_both_alleles_have_the_same_flanks(locator: Locator, kind: str, size: int) -> None:
    pos = 180
    long = DNA[pos - 1 : pos + size]
    new = "".join("ACGT"[3 - "ACGT".index(base)] for base in long)
    ref, alt = {
        "insertion": (DNA[pos - 1], DNA[pos - 1] + "T" * size),
        "deletion": (long, long[0]),
        "replacement": (long[:size], new[:size]),
    }[kind]
    window = only(locator, f"chr1:{pos}:{ref}:{alt}").window
    assert window is not None
    was, becomes = window.change
    assert max(len(window.ref), len(window.alt)) == TILE
    assert window.ref[: window.left] == window.alt[: window.left]
    assert window.ref[window.left + was :] == window.alt[window.left + becomes :]
    assert window.ref == DNA[window.start : window.start + len(window.ref)]
    genome = DNA[: pos - 1] + alt + DNA[pos - 1 + len(ref) :]
    assert window.alt == genome[window.start : window.start + len(window.alt)]
    assert abs(window.left - (TILE - max(was, becomes)) // 2) == 0


def test_the_ends_of_a_contig_cut_the_flanks(locator: Locator) -> None:
    for pos in (1, 400):
        allele = only(locator, snv(pos))
        assert allele.status == "ok" and allele.window is not None
        assert len(allele.window.ref) == (65 if pos == 1 else 64)
    assert only(locator, snv(3, "short")).window is not None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("chr9:5:A:G", "chrom_not_found"),
        ("1:5:A:G", "chrom_not_found"),
        ("chr1:0:A:G", "out_of_bounds"),
        ("chr1:401:A:G", "out_of_bounds"),
        (f"chr1:399:{DNA[398:]}A:A", "out_of_bounds"),
        ("chr1:10:A:<DEL>", "symbolic"),
        ("chr1:10:A:A.", "symbolic"),
        ("chr1:10:A:*", "overlapping_deletion"),
        ("chr1:10:A:.", "missing"),
        ("chr1:10:.:A", "missing"),
        (f"chr1:10:{DNA[9]}:{DNA[9].lower()}", "no_change"),
        (f"chr1:10:{'ACGT'.replace(DNA[9], '')[0]}:{DNA[9]}", "ref_mismatch"),
        (f"chr1:10:{DNA[9]}:N", "contains_N"),
        (f"chr1:10:{DNA[9]}:{DNA[9]}{'A' * 65}", "too_long"),
        (f"chr1:10:{DNA[9:76]}:{DNA[9]}", "too_long"),
        (f"short:4:{'TACGA'}:T", "too_short"),
    ],
)
def test_what_is_not_scored_says_why(locator: Locator, text: str, status: str) -> None:
    allele = only(locator, text)
    assert allele.status == status in STATUSES and allele.window is None


def test_n_beside_a_change_is_told_and_counts_as_n(locator: Locator) -> None:
    allele = only(locator, snv(120, "chr2"))
    assert allele.status == "contains_N" and allele.window is not None
    assert allele.window.ref.count("N") == 100 - (119 - 63)
    # A deletion whose base before it is an N, at the edge of a gap.
    ref = "N" + DNA[:2].upper()
    deletion = only(locator, f"chr2:100:{ref}:N")
    assert deletion.status == "contains_N" and deletion.window is not None
    assert deletion.window.change == (2, 0)


def test_a_code_of_the_genome_agrees_with_its_bases(locator: Locator) -> None:
    for base in "AG":
        assert only(locator, f"R:51:{base}:T").window is not None
    assert only(locator, "R:51:C:T").status == "ref_mismatch"


def test_names_of_chromosomes_by_aliases() -> None:
    contigs = as_contigs({"1": DNA})
    assert only(Locator(contigs, {}, TILE), snv(50)).status == "ok"
    assert only(Locator(contigs, {"chr1": "1"}, TILE), snv(50)).status == "ok"
    assert only(Locator(contigs, None, TILE), snv(50)).status == "chrom_not_found"


def test_every_allele_of_a_variant_is_there(locator: Locator) -> None:
    alts = tuple(base for base in "ACGT" if base != DNA[99])
    found = list(locator.alleles(Variant("chr1", 100, "", DNA[99], (*alts, "*", "]chr2:5]A"))))
    assert [allele.alt for allele in found] == [*alts, "*", "]chr2:5]A"]
    assert found[-1].status == "symbolic"
    windows = {allele.window.ref for allele in found if allele.window}
    assert len(windows) == 1
    (none,) = locator.alleles(Variant("chr1", 100, "", DNA[99], ()))
    assert (none.alt, none.status) == (".", "missing")


@pytest.mark.parametrize(
    ("ref", "alt", "expected"),
    [
        ("A", "G", (0, "A", "G")),
        ("CAG", "C", (1, "AG", "")),
        ("C", "CAG", (1, "", "AG")),
        ("CAAA", "CAA", (1, "A", "")),
        ("ATC", "AGC", (1, "T", "G")),
        ("AT", "GC", (0, "AT", "GC")),
    ],
)
def test_trim(ref: str, alt: str, expected: tuple[int, str, str]) -> None:
    assert trim(ref, alt) == expected


def place(locator: Locator, text: str, start: int, end: int) -> tuple[int, int]:
    """The genome's coordinates of a site of the alternative allele, by offsets from the change."""
    window = only(locator, text).window
    assert window is not None
    one = np.zeros(1, np.int64)
    site = RecordScores(one, one + window.left + start, one + window.left + end, one)
    _, (begin, stop) = genomic_sites([window], 1, site, site)
    return int(begin[0]) + 1 - 200, int(stop[0]) + 1 - 200


def test_sites_in_the_coordinates_of_the_genome(locator: Locator) -> None:
    base = DNA[199]
    insertion = f"chr1:200:{base}:{base}{'ACGT'.replace(base, '')[0] * 6}"
    assert place(locator, insertion, -9, -1) == (-8, 0)
    assert place(locator, insertion, 6, 12) == (1, 7)
    assert place(locator, insertion, -3, 8) == (-2, 3)
    assert place(locator, insertion, 1, 5) == (1, 1)
    deletion = f"chr1:200:{DNA[199:204]}:{base}"
    left, was, _ = trim(DNA[199:204], base)
    assert place(locator, deletion, -4, 0) == (left - 4, left)
    assert place(locator, deletion, 0, 4) == (left + len(was), left + len(was) + 4)
    assert place(locator, deletion, -2, 2) == (left - 2, left + len(was) + 2)
