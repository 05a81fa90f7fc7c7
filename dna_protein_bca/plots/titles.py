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
    columns = int(figure.get_figwidth() * 72 / (EM * POINTS))
    figure.suptitle(textwrap.fill(title, columns), x=0.01, ha="left", fontsize=POINTS)
