"""Heat maps of all substitutions of consecutive residues."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .element import box, svg, text

CELL, LEFT, TOP, BELOW = 14, 26, 40, 34
"""Pixels of a substitution, and of the rooms for letters, for numbers and for the key."""

WHITE, DARK, BELOW_ZERO = (247, 249, 252), (140, 25, 40), (25, 70, 140)
"""Colours of 0, of the highest value and of its negative: red, green and blue."""

MISSING, CONTACT = "#e6e9ed", "#c4572b"
EVERY = 10
"""Residues between two numbers of the axis."""


class Substitutions(NamedTuple):
    """Values of substitutions.

    Attributes:
        residues: `n` letters, of the wild type.
        first: number of the first one in the protein, from 1.
        order: letters of the `m` rows.
        values: float [m, n], NaN where unknown.
        contacts: bool [n], residues that are marked.
        high: value of the darkest red; that of white is 0, and that of the darkest blue `-high`.
    """

    residues: str
    first: int
    order: str
    values: np.ndarray
    contacts: np.ndarray
    high: float


def heatmap_svg(given: Substitutions, title: str) -> str:
    """A column a residue and a row a new one; the residue itself has a dot, contacts are marked."""
    rows, columns = given.values.shape
    width, bottom = LEFT + CELL * columns + 8, TOP + CELL * rows
    parts = [text(LEFT, 12, title, name="title left")]
    parts += [text(LEFT - 12, TOP + CELL * (r + 0.8), one) for r, one in enumerate(given.order)]
    for column, residue in enumerate(given.residues):
        x, number = LEFT + CELL * (column + 0.5), given.first + column
        marked = bool(given.contacts[column])
        parts.append(text(x, TOP - 4, residue, name="base", fill=CONTACT if marked else "#333"))
        if marked:
            parts.append(f'<path d="M{x:g} {bottom + 3}l4 7h-8z" fill="{CONTACT}"/>')
        if number % EVERY == 0:
            parts.append(text(x, TOP - 17, str(number)))
        parts += _column(given, column)
    signed = bool((given.values < 0).any())
    parts += _key(bottom + 26, given.high, -given.high if signed else 0.0)
    return svg(max(width, 240), bottom + BELOW, title, parts)


def _column(given: Substitutions, column: int) -> list[str]:
    """The cells of a residue."""
    residue, number = given.residues[column], given.first + column
    parts = []
    for row, (new, value) in enumerate(zip(given.order, given.values[:, column], strict=True)):
        x, y = LEFT + CELL * column, TOP + CELL * row
        if new == residue:
            middle = f'cx="{x + CELL / 2:g}" cy="{y + CELL / 2:g}"'
            parts.append(f'<circle {middle} r="2" fill="#555"/>')
            continue
        known = bool(np.isfinite(value))
        fill = shade(float(value) / given.high) if known else MISSING
        hover = f"{residue}{number}{new}" + (f" {value:.2f}" if known else "")
        parts.append(box(x, y, CELL - 1, CELL - 1, fill, title=hover))
    return parts


def shade(share: float) -> str:
    """The colour of a share of the highest value, -1 to 1; what lies beyond is as dark."""
    share = min(max(share, -1.0), 1.0)
    end = DARK if share > 0 else BELOW_ZERO
    mixed = (round(a + abs(share) * (b - a)) for a, b in zip(WHITE, end, strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _key(y: float, high: float, low: float) -> list[str]:
    """The colours from `low` to `high`, and what they stand for."""
    steps, first = 10, low / high
    shares = first + (np.arange(steps) + 0.5) / steps * (1 - first)
    parts = [
        box(LEFT + 30 + 9 * n, y - 9, 9, 9, shade(share)) for n, share in enumerate(shares.tolist())
    ]
    parts.append(text(LEFT + 24, y, f"{low:.2g}", name="y-tick"))
    parts.append(text(LEFT + 36 + 9 * steps, y, f"{high:.2g}", name="left"))
    return parts
