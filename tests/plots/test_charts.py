"""Charts as SVG text."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from dna_protein_bca.plots.charts import MOST_POINTS, Line, chart, ticks

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


def test_a_single_point_stands_in_the_middle() -> None:
    svg = chart("", "x", "y", [Line("", np.array([20.0]), np.array([3e-5]), marked=True)])
    numbers = [float(t.text or "nan") for t in SVG(svg).iter("text") if t.get("class") == "y-tick"]
    assert min(numbers) > 0 and max(numbers) < 1e-4
    assert len(SVG(svg).findall("circle")) == 1


def test_nothing_to_draw_is_still_a_picture() -> None:
    svg = SVG(chart("", "x", "y", [Line("none", np.array([]), np.array([]))]))
    assert svg.attrib["role"] == "img"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (34, 136, [40, 60, 80, 100, 120]),
        (-1e-12, 0.003, [0, 0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003]),
        (-3, 12, [0, 5, 10]),
    ],
)
def test_ticks_are_round_numbers_within_the_range(
    low: float, high: float, expected: list[float]
) -> None:
    assert ticks(low, high) == expected
    assert str(ticks(low, high)[0]) != "-0.0"


def test_every_named_line_is_in_the_legend_below_the_plot() -> None:
    lines = [Line(f"line {n}", np.arange(3.0), np.arange(3.0) * n) for n in range(7)]
    svg = SVG(chart("", "x", "y", lines))
    names = {text.text: text for text in svg.iter("text") if (text.text or "").startswith("line")}
    assert len(names) == 7
    lowest = max(points(chart("", "x", "y", lines))[:, 1])
    assert all(float(text.attrib["y"]) > lowest for text in names.values())
