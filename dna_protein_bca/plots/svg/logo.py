"""Sequence logos, drawn without a font.

They are those of Schneider and Stephens, Nucleic Acids Res. 18, 6097 (1990).
"""

from __future__ import annotations

import numpy as np

from .element import COLOURS, LETTERS, line, svg, text

MOST_BITS = 2.0
"""Information of a column with one base alone."""

COLUMN, HEIGHT, LEFT, BELOW = 16, 64, 26, 16
"""Pixels of a column, of two bits, and of the room for the numbers of the axes."""

LEAST = 0.01
"""Bits below which a letter could not be seen, and is left out."""

SHAPES = {
    "A": "M0 100 37 0h26l37 100H79L71 76H29L21 100zM34 59h32L50 14z",
    "C": "M100 68C97 90 78 100 54 100 20 100 0 80 0 50 0 19 20 0 54 0c25 0 43 11 46 32H78"
    "C75 22 67 17 54 17 33 17 22 29 22 50s11 33 32 33c14 0 22-6 25-15z",
    "G": "M100 46v46c-9 5-25 8-43 8C20 100 0 80 0 50 0 19 21 0 57 0c22 0 38 9 43 27H77"
    "C73 20 67 17 57 17 34 17 22 29 22 50s12 34 37 34c8 0 14-1 19-3V62H54V46z",
    "T": "M0 0h100v18H61v82H39V18H0z",
}
"""Letter -> outline in a square of 100 x 100, y running down."""


def logo_svg(heights: np.ndarray, label: str) -> str:
    """A logo with its axes, as an SVG element.

    Args:
        heights: of the letters A C G T at each position in bits, float [width, 4].
        label: what it is the logo of.
    """
    width = LEFT + COLUMN * len(heights) + 4
    parts = [text(LEFT - 5, HEIGHT + 4, "0", name="y-tick"), text(LEFT - 5, 11, "2", name="y-tick")]
    parts += [text(LEFT - 5, HEIGHT / 2 + 9, "bits", name="y-tick")]
    parts += [line(LEFT, 3, LEFT, HEIGHT, "#999"), line(LEFT, HEIGHT, width - 4, HEIGHT, "#999")]
    parts += logo_letters(heights, LEFT, COLUMN, HEIGHT, HEIGHT - 4)
    for column in range(len(heights)):
        if column == 0 or column % 5 == 4:
            x = LEFT + COLUMN * (column + 0.5)
            parts.append(text(x, HEIGHT + 13, str(column + 1)))
    return svg(width, HEIGHT + BELOW, label, parts)


def logo_letters(
    heights: np.ndarray, left: float, column: float, bottom: float, tall: float
) -> list[str]:
    """The letters of a logo, the highest of each position on top.

    Args:
        heights: see `logo_svg`; left, bottom: where the logo's corner lies, in pixels.
        column: pixels of a position; tall: pixels of two bits.
    """
    parts = []
    for position, row in enumerate(np.asarray(heights, np.float64)):
        y = bottom
        for base in np.argsort(row, kind="stable").tolist():
            if row[base] < LEAST:
                continue
            high = row[base] / MOST_BITS * tall
            y -= high
            letter = LETTERS[base]
            place = f"translate({left + column * position + 0.5:.4g} {y:.4g})"
            size = f"scale({(column - 1) / 100:.3g} {high / 100:.3g})"
            parts.append(
                f'<path transform="{place}{size}" fill="{COLOURS[letter]}" d="{SHAPES[letter]}"/>'
            )
    return parts
