"""Charts as SVG text."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from dna_protein_bca.evaluation.charts import MOST_POINTS, Line, chart

SVG = ElementTree.fromstring


def points(svg: str, number: int = 0) -> np.ndarray:
    text = SVG(svg).findall("polyline")[number].attrib["points"]
    return np.array([[float(part) for part in pair.split(",")] for pair in text.split()])


def test_points_stand_where_the_axes_say() -> None:
    line = Line("a & b", np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    svg = chart("Title <1>", "x", "y", [line], x_range=(0, 2), y_range=(0, 1))
    (x0, y0), (x1, y1) = points(svg)
    assert x1 > x0 and y1 < y0
    wide = chart("", "x", "y", [line], x_range=(0, 1), y_range=(0, 1))
    assert points(wide)[1, 0] - x0 == np.float64(2 * (x1 - x0)).round(1)
    assert "a & b" in [text.text for text in SVG(svg).iter("text")]


def test_nan_is_left_out_and_many_points_are_thinned() -> None:
    y = np.linspace(0, 1, 5000)
    y[10:20] = np.nan
    found = points(chart("", "x", "y", [Line("", np.arange(5000.0), y)]))
    assert len(found) <= MOST_POINTS and np.isfinite(found).all()


def test_nothing_to_draw_is_still_a_picture() -> None:
    svg = SVG(chart("", "x", "y", [Line("none", np.array([]), np.array([]))]))
    assert svg.attrib["role"] == "img"
