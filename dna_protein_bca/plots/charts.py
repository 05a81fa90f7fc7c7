"""Line charts as SVG text: what a report needs, without a drawing library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 350, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 14, 28, 74
LEGEND_ROWS = 2
"""Rows of names under a chart, where they do not cover lines."""

TICKS = 5
"""About as many numbers stand along an axis."""

COLOURS = ("#1f5fa8", "#c4572b", "#3c8c4d", "#8a56a5", "#7a7a7a", "#b8912a", "#2aa0a8", "#444444")
GREY = "#999999"
"""Colour of lines that are no measurement: guessing, the step of the best weights."""
MOST_POINTS = 400
"""Points drawn of a line at most; more would make the page heavy and look the same."""

ToPixels = Callable[[float, float], tuple[float, float]]
"""x and y of a point, in the units of the axes -> pixels from the left and from the top."""


class Line(NamedTuple):
    """A line of a chart.

    Attributes:
        name: in the legend; empty to leave it out there.
        x, y: float [n], in the units of the axes.
        marked: whether each point has a mark.
        dashed: whether the line is grey and broken.
        drawn: whether points are joined.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    marked: bool = False
    dashed: bool = False
    drawn: bool = True


def chart(
    title: str,
    x_label: str,
    y_label: str,
    lines: Sequence[Line],
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> str:
    """Draw lines with axes, ticks and a legend; points that are NaN are left out.

    Args:
        x_range, y_range: both ends of an axis; None for the range of the points.

    Returns:
        An SVG element.
    """
    lines = [_finite(line) for line in lines]
    low_x, high_x = x_range or _range([line.x for line in lines])
    low_y, high_y = y_range or _range([line.y for line in lines])

    def to_pixels(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - (y - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    parts = [
        f'<text x="{WIDTH / 2}" y="16" class="title">{escape(title)}</text>',
        *_axes(x_label, y_label, (low_x, high_x), (low_y, high_y), to_pixels),
    ]
    for number, line in enumerate(lines):
        parts.append(_line(line, COLOURS[number % len(COLOURS)], to_pixels))
    parts += _legend(lines)
    body = "\n".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">\n{body}\n</svg>'
    )


def _axes(
    x_label: str,
    y_label: str,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    to_pixels: ToPixels,
) -> list[str]:
    """Grid, numbers and names of both axes."""
    parts = []
    for value in ticks(*x_range):
        x, y = to_pixels(value, y_range[0])
        parts.append(f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{y}" class="grid"/>')
        parts.append(f'<text x="{x}" y="{y + 14}" class="x-tick">{value:g}</text>')
    for value in ticks(*y_range):
        x, y = to_pixels(x_range[0], value)
        parts.append(f'<line x1="{x}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" class="grid"/>')
        parts.append(f'<text x="{x - 5}" y="{y + 4}" class="y-tick">{value:g}</text>')
    across, below = (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 30
    parts.append(f'<text x="{across}" y="{below}" class="label">{escape(x_label)}</text>')
    turned = f"translate(12 {(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)"
    parts.append(f'<text transform="{turned}" class="label">{escape(y_label)}</text>')
    return parts


def ticks(low: float, high: float) -> list[float]:
    """About `TICKS` round numbers within a range: multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= 0.7 * rough)
    numbers = np.arange(np.ceil(low / step - 1e-6), np.floor(high / step + 1e-6) + 1)
    return [float(f"{number * step + 0.0:.10g}") for number in numbers]


def _legend(lines: Sequence[Line]) -> list[str]:
    """Names of the lines in rows under the chart, each after a patch of its colour."""
    named = [(number, line.name) for number, line in enumerate(lines) if line.name]
    columns = -(-len(named) // LEGEND_ROWS) if len(named) > LEGEND_ROWS else len(named)
    parts = []
    for position, (number, name) in enumerate(named):
        row, column = divmod(position, columns)
        x = 14 + column * (WIDTH - 14) / columns
        y = HEIGHT - BOTTOM + 48 + 16 * row
        colour = GREY if lines[number].dashed else COLOURS[number % len(COLOURS)]
        parts.append(f'<rect x="{x:.0f}" y="{y - 8}" width="12" height="8" fill="{colour}"/>')
        parts.append(f'<text x="{x + 16:.0f}" y="{y}" class="legend">{escape(name)}</text>')
    return parts


def _finite(line: Line) -> Line:
    x, y = np.asarray(line.x, float), np.asarray(line.y, float)
    finite = np.isfinite(x) & np.isfinite(y)
    return line._replace(x=x[finite], y=y[finite])


def _range(values: Sequence[np.ndarray]) -> tuple[float, float]:
    joined = np.concatenate([np.zeros(0), *values])
    if not len(joined):
        return 0.0, 1.0
    low, high = float(joined.min()), float(joined.max())
    margin = abs(low) / 2 or 0.5
    return (low, high) if high > low else (low - margin, high + margin)


def _line(line: Line, colour: str, to_pixels: ToPixels) -> str:
    thinned = np.unique(np.linspace(0, len(line.x) - 1, MOST_POINTS).round().astype(int))
    points = [to_pixels(line.x[i], line.y[i]) for i in thinned] if len(line.x) else []
    svg = ""
    if line.drawn:
        text = " ".join(f"{x},{y}" for x, y in points)
        look = f'stroke="{colour}" stroke-width="1.6"'
        if line.dashed:
            look = f'stroke="{GREY}" stroke-dasharray="4 4"'
        svg = f'<polyline points="{text}" fill="none" {look}/>'
    if line.marked:
        svg += "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points)
    return svg
