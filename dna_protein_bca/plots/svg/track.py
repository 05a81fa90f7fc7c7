"""A value at each position of a sequence, as a line, with sites marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from dna_protein_bca.plots.charts import ticks

from .element import STRANDS, box, line, svg, text

WIDTH, HEIGHT = 470, 112
LEFT, RIGHT, TOP, BELOW = 44, 8, 8, 30


def track_svg(
    values: np.ndarray,
    sites: Sequence[tuple[int, int, str]],
    *,
    label: str,
    y_label: str,
    first: int = 0,
    threshold: float | None = None,
) -> str:
    """A line along a sequence; of several positions in one pixel the highest is drawn.

    Args:
        values: float [n]; NaN is a gap.
        sites: start, end (0-based, half-open) and strand of each.
        label: what it shows; y_label: what the values are.
        first: coordinate of the first position.
        threshold: where a broken line stands; None for none.
    """
    values = np.asarray(values, np.float64)
    known = values[np.isfinite(values)]
    limits = [*known.tolist(), 0.0, *([] if threshold is None else [threshold * 1.1])]
    low, high = min(limits), max(limits)
    high = high if high > low else low + 1

    def x(position: float) -> float:
        return LEFT + (position - first) / len(values) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BELOW)

    bottom = HEIGHT - BELOW
    parts = []
    for value in ticks(low, high):
        parts.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "#e4e9ee"))
        parts.append(text(LEFT - 5, y(value) + 4, f"{value:g}", name="y-tick"))
    for position in ticks(first, first + len(values)):
        parts.append(text(x(position), bottom + 14, f"{position:,.0f}"))
    for start, end, strand in sites:
        wide = max(x(end) - x(start), 2.0)
        parts.append(box(x(start), TOP, wide, bottom - TOP, STRANDS[strand], opacity=0.22))
    if threshold is not None:
        parts.append(line(LEFT, y(threshold), WIDTH - RIGHT, y(threshold), "#8a95a1", dashed=True))
    parts += _lines(values, first, x, y)
    parts.append(text((LEFT + WIDTH) / 2, HEIGHT - 2, "position (bp)"))
    middle = (TOP + bottom) / 2
    parts.append(f'<text transform="translate(11 {middle:g}) rotate(-90)">{escape(y_label)}</text>')
    return svg(WIDTH, HEIGHT, label, parts)


def _lines(
    values: np.ndarray, first: int, x: Callable[[float], float], y: Callable[[float], float]
) -> list[str]:
    """Polylines between the gaps."""
    step = max(1, len(values) // (WIDTH - LEFT - RIGHT))
    padded = np.pad(values, (0, -len(values) % step), constant_values=np.nan).reshape(-1, step)
    highest = np.where(np.isnan(padded), -np.inf, padded).max(1)
    parts, points = [], []
    for number, value in enumerate([*highest.tolist(), -np.inf]):
        if np.isfinite(value):
            points.append(f"{x(first + (number + 0.5) * step):.1f},{y(value):.1f}")
        elif points:
            joined = " ".join(points)
            parts.append(
                f'<polyline points="{joined}" fill="none" stroke="#222" stroke-width="1.2"/>'
            )
            points = []
    return parts
