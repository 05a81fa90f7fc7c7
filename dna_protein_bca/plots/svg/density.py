"""How many sites lie where along a genome, as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .element import box, line, svg, text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BELOW = 1000, 84, 60, 8, 8, 22

LEAST_NAME, LETTER = 46, 6.2
"""Pixels of a contig that has its name under it, and of a letter."""


def density_svg(
    counts: np.ndarray, contigs: Sequence[tuple[str, int]], width: int, label: str
) -> str:
    """Bars along all contigs, laid end to end.

    Args:
        counts: int [bins], sites of each stretch of `width` bp.
        contigs: name and length in bp of each.
        width: bp of a bin.
        label: what it shows.
    """
    total = sum(length for _, length in contigs)
    high = max(int(counts.max(initial=0)), 1)
    bottom = HEIGHT - BELOW
    scale = (WIDTH - LEFT - RIGHT) / total

    parts = [
        text(LEFT - 5, TOP + 8, f"{high:,}", name="y-tick"),
        text(LEFT - 5, bottom, "0", name="y-tick"),
    ]
    place = 0
    for number, (name, length) in enumerate(contigs):
        left, wide = LEFT + place * scale, length * scale
        # Thousands of small contigs would make the picture heavy and look the same.
        if number % 2 and wide >= 1:
            parts.append(box(left, TOP, wide, bottom - TOP, "#eef2f6"))
        if wide >= LEAST_NAME:
            room = int(wide / LETTER)
            shown = name if len(name) <= room else f"{name[: room - 1]}\u2026"
            parts.append(text(left + wide / 2, bottom + 14, shown, title=name))
        place += length
    for index in np.flatnonzero(counts).tolist():
        tall = (bottom - TOP) * int(counts[index]) / high
        wide = max(1.0, min(width, total - index * width) * scale)
        left = LEFT + index * width * scale
        parts.append(
            box(round(left, 1), round(bottom - tall, 1), round(wide, 1), round(tall, 1), "#1f5fa8")
        )
    parts.append(line(LEFT, bottom, WIDTH - RIGHT, bottom, "#8a95a1"))
    return svg(WIDTH, HEIGHT, label, parts)
