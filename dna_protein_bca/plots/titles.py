"""Titles of figures, which hold ids of any length."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 10
"""Size of a title's letters."""

EM = 0.65
"""Width of a letter by its height: no less than that of most capitals and digits."""


def put_title(figure: Figure, title: str) -> None:
    """Write a title above a figure, in as many lines as it takes to stay inside."""
    text = fitted(title, figure.get_figwidth(), POINTS)
    figure.suptitle(text, x=0.01, ha="left", fontsize=POINTS)


def fitted(text: str, inches: float, points: float) -> str:
    """A text in lines that are no longer than some inches with letters of a size."""
    return textwrap.fill(text, int(inches * 72 / (EM * points)))
