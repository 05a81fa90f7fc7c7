"""Titles of figures, which hold ids of any length."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 10
"""Size of a title's letters."""

EM = 0.65
"""Width of a letter as a share of its size, enough for most capitals and digits."""


def put_title(figure: Figure, title: str) -> None:
    """Write a title above a figure, in as many lines as it takes to stay inside.

    A dollar sign in it is one, and begins no formula; so it is in all texts that hold ids.
    """
    text = fitted(title, figure.get_figwidth(), POINTS)
    figure.suptitle(text, x=0.01, ha="left", fontsize=POINTS, parse_math=False)


def fitted(text: str, inches: float, points: float) -> str:
    """A text in lines that are no longer than some inches with letters of a size."""
    return textwrap.fill(text, int(inches * 72 / (EM * points)))
