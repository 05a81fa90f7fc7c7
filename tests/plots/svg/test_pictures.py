"""Pictures as SVG: what stands where."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from dna_protein_bca.plots.svg.density import density_svg
from dna_protein_bca.plots.svg.element import STRANDS
from dna_protein_bca.plots.svg.logo import SHAPES, logo_svg
from dna_protein_bca.plots.svg.site import BASE, SitePicture, site_svg
from dna_protein_bca.plots.svg.track import track_svg

EVIL = '<script>alert("x")</script>&'


def letters(picture: str) -> list[tuple[str, float]]:
    """Letter and pixels of height of each letter of a logo, in the order drawn."""
    names = {shape: letter for letter, shape in SHAPES.items()}
    found = []
    for path in ElementTree.fromstring(picture).iter("path"):
        if path.attrib["d"] in names:
            (scale,) = re.findall(r"scale\(\S+ (\S+)\)", path.attrib["transform"])
            found.append((names[path.attrib["d"]], 100 * float(scale)))
    return found


def test_letters_of_a_logo_are_as_high_as_their_bits() -> None:
    heights = np.array([[2.0, 0, 0, 0], [0.25, 0.5, 0, 0.005]])
    drawn = letters(logo_svg(heights, EVIL))
    assert [letter for letter, _ in drawn] == ["A", "A", "C"]
    whole, quarter, half = (high for _, high in drawn)
    assert quarter / whole == pytest.approx(1 / 8, rel=0.01)
    assert half / whole == pytest.approx(1 / 4, rel=0.01)


def test_a_site_is_marked_where_it_lies_and_points_along_its_strand() -> None:
    def arrow(strand: str) -> tuple[float, float]:
        picture = SitePicture("AACACGTGTT", 100, 102, 108, strand)
        root = ElementTree.fromstring(site_svg(picture, EVIL))
        (path,) = (p for p in root.iter("path") if p.attrib.get("stroke") == STRANDS[strand])
        tail, tip = re.findall(r"M(\S+) \S+?H([\d.]+)m", path.attrib["d"])[0]
        return float(tail), float(tip)

    picture = SitePicture("AACACGTGTT", 100, 102, 108, "+", np.eye(4)[[0, 1]] * 2, 102)
    svg = site_svg(picture, EVIL)
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == EVIL
    bases = [text for text in root.iter("text") if text.attrib.get("class") == "base"]
    assert "".join(text.text or "" for text in bases) == picture.bases
    (box,) = root.iter("rect")
    left, right = float(box.attrib["x"]), float(box.attrib["x"]) + float(box.attrib["width"])
    inside = [t.text for t in bases if left < float(t.attrib["x"]) < right]
    assert inside == list("CACGTG") and right - left == 6 * BASE
    # Numbers count from 1: the base at 109 is the 110th.
    assert [t.text for t in root.iter("text")][-1] == "110"
    assert [letter for letter, _ in letters(svg)] == ["A", "C"]
    assert arrow("+") == (left, right) and arrow("-") == (right, left)


def test_a_track_keeps_its_peaks_and_its_gaps() -> None:
    values = np.zeros(5_000)
    values[1_234] = 7.0
    values[3_000:3_100] = np.nan
    root = ElementTree.fromstring(
        track_svg(values, [(1_230, 1_240, "-")], label=EVIL, y_label="a<b", threshold=3)
    )
    lines = [p.attrib["points"].split() for p in root.iter("polyline")]
    assert len(lines) == 2 and sum(map(len, lines)) < 500
    points = np.array([point.split(",") for point in lines[0]], float)
    (box,) = root.iter("rect")
    peak = points[points[:, 1].argmin()]
    left = float(box.attrib["x"])
    assert left - 1 < peak[0] < left + float(box.attrib["width"]) + 1
    assert points[:, 1].min() == pytest.approx(float(box.attrib["y"]))


def test_a_track_without_a_value_has_no_line() -> None:
    root = ElementTree.fromstring(track_svg(np.full(9, np.nan), [], label="x", y_label="y"))
    assert not list(root.iter("polyline"))


def test_bars_along_a_genome_stay_few_and_name_the_large_contigs() -> None:
    contigs = [("chr<1>", 900_000), *((f"scaffold_{n}", 10) for n in range(5_000))]
    counts = np.zeros(480, int)
    counts[[3, 479]] = 4, 2
    picture = density_svg(counts, contigs, 1_980, EVIL)
    root = ElementTree.fromstring(picture)
    assert ["".join(t.itertext()) for t in root.iter("text")] == ["4", "0", "chr<1>chr<1>"]
    high, low = (
        float(r.attrib["height"]) for r in root.iter("rect") if r.attrib["fill"] != "#eef2f6"
    )
    assert high == pytest.approx(2 * low) and len(picture) < 3_000
