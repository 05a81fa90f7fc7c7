"""Line charts as SVG text: what a report needs, without a drawing library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 340, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 28, 40
COLOURS = ("#1f5fa8", "#c4572b", "#3c8c4d", "#8a56a5", "#7a7a7a", "#b8912a", "#2aa0a8", "#444444")
MOST_POINTS = 400
"""Points drawn of a line; more would make the page heavy and look the same."""


class Line(NamedTuple):
    """A line of a chart: its name, points float [n] each, and whether points are marked."""

    name: str
    x: np.ndarray
    y: np.ndarray
    marked: bool = False
    dashed: bool = False


def chart(
    title: str,
    x_label: str,
    y_label: str,
    lines: Sequence[Line],
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> str:
    """An SVG element of the lines with axes, ticks and a legend; points that are NaN are left out.

    Args:
        x_range, y_range: None for the range of the points.
    """
    lines = [_finite(line) for line in lines]
    low_x, high_x = x_range or _range([line.x for line in lines])
    low_y, high_y = y_range or _range([line.y for line in lines])

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - (y - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    parts = [f'<text x="{WIDTH / 2}" y="16" class="title">{escape(title)}</text>']
    for value in np.linspace(low_x, high_x, 5):
        x, y = place(value, low_y)
        parts.append(f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{y}" class="grid"/>')
        parts.append(f'<text x="{x}" y="{y + 14}" class="tick">{value:.4g}</text>')
    for value in np.linspace(low_y, high_y, 5):
        x, y = place(low_x, value)
        parts.append(f'<line x1="{x}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" class="grid"/>')
        parts.append(f'<text x="{x - 5}" y="{y + 4}" class="side">{value:.3g}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" class="label">{escape(x_label)}</text>')
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(
        f'<text transform="translate(11 {middle}) rotate(-90)" class="label">'
        f"{escape(y_label)}</text>"
    )
    for number, line in enumerate(lines):
        parts.append(_drawn(line, COLOURS[number % len(COLOURS)], place))
    parts += _legend(lines)
    body = "\n".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">\n{body}\n</svg>'
    )


def _legend(lines: Sequence[Line]) -> list[str]:
    named = [(number, line.name) for number, line in enumerate(lines) if line.name]
    parts = []
    for row, (number, name) in enumerate(named):
        y = HEIGHT - BOTTOM - 8 - 13 * (len(named) - 1 - row)
        colour = COLOURS[number % len(COLOURS)]
        parts.append(
            f'<text x="{WIDTH - RIGHT - 4}" y="{y}" class="legend" style="fill:{colour}">'
            f"{escape(name)}</text>"
        )
    return parts


def _finite(line: Line) -> Line:
    x, y = np.asarray(line.x, float), np.asarray(line.y, float)
    keep = np.isfinite(x) & np.isfinite(y)
    return line._replace(x=x[keep], y=y[keep])


def _range(values: Sequence[np.ndarray]) -> tuple[float, float]:
    joined = np.concatenate([np.zeros(0), *values])
    if not len(joined):
        return 0.0, 1.0
    low, high = float(joined.min()), float(joined.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _drawn(line: Line, colour: str, place: object) -> str:
    some = np.unique(np.linspace(0, len(line.x) - 1, MOST_POINTS).round().astype(int))
    points = [place(line.x[i], line.y[i]) for i in some] if len(line.x) else []  # type: ignore[operator]
    text = " ".join(f"{x},{y}" for x, y in points)
    dash = ' stroke-dasharray="4 4"' if line.dashed else ""
    drawn = f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>'
    if line.marked:
        drawn += "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points)
    return drawn
