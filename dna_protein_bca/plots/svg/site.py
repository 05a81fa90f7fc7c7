"""A site on its sequence, with the motif where it fits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .element import COLOURS, STRANDS, box, svg, text
from .logo import logo_letters

BASE = 12
"""Pixels of a base."""

LOGO, ROW, EDGE = 48, 20, 24
"""Pixels of the logo, of the line of bases, and of the room at both ends."""

EVERY = 10
"""Bases between two numbers of the axis."""


class SitePicture(NamedTuple):
    """A stretch of DNA with a site.

    Attributes:
        bases: of the `+` strand, from `first` on.
        first: coordinate of the first base, 0-based.
        start, end, strand: of the site, 0-based and half-open.
        heights: of the letters of a logo in bits, float [width, 4], as it lies on the `+` strand;
            None for none.
        logo_start: coordinate of the logo's first position.
        changed: coordinates of bases that are framed, half-open.
    """

    bases: str
    first: int
    start: int
    end: int
    strand: str
    heights: np.ndarray | None = None
    logo_start: int = 0
    changed: tuple[int, int] = (0, 0)


def site_svg(picture: SitePicture, label: str) -> str:
    """Bases with the site marked, the logo above it and coordinates (1-based) below."""
    top = LOGO + 6 if picture.heights is not None else 4
    colour = STRANDS[picture.strand]

    def x(position: float) -> float:
        return EDGE + BASE * (position - picture.first)

    width = x(picture.first + len(picture.bases)) + EDGE
    parts = [
        box(x(picture.start), top, BASE * (picture.end - picture.start), ROW, colour, opacity=0.14)
    ]
    first, last = picture.changed
    if last > first:
        frame = f'x="{x(first):g}" y="{top:g}" width="{BASE * (last - first)}" height="{ROW}"'
        parts.append(f'<rect {frame} fill="none" stroke="#222" stroke-width="1.4"/>')
    if picture.heights is not None:
        parts += logo_letters(picture.heights, x(picture.logo_start), BASE, LOGO + 4, LOGO)
    parts += [text(9, top + 15, "5\u2032"), text(width - 9, top + 15, "3\u2032")]
    for offset, base in enumerate(picture.bases):
        at = picture.first + offset
        inside = picture.start <= at < picture.end
        fill = COLOURS.get(base, "#555") if inside else "#9aa5b1"
        parts.append(text(x(at + 0.5), top + 15, base, name="base", fill=fill))
        if (at + 1) % EVERY == 0:
            parts.append(text(x(at + 0.5), top + ROW + 26, f"{at + 1:,}"))
    parts.append(_arrow(x(picture.start), x(picture.end), top + ROW + 6, picture.strand))
    return svg(width, top + ROW + 32, label, parts)


def _arrow(left: float, right: float, y: float, strand: str) -> str:
    """The direction in which the motif lies."""
    tip, tail = (right, left) if strand == "+" else (left, right)
    head = -6 if strand == "+" else 6
    path = f"M{tail:g} {y:g}H{tip:g}m{head:g} -4L{tip:g} {y:g}l{head:g} 4"
    return f'<path d="{path}" fill="none" stroke="{STRANDS[strand]}" stroke-width="1.6"/>'
