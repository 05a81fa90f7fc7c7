"""Scores of DNA before and after changes, drawn from arrays; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .titles import fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {
    "gained": "#1f5fa8",
    "lost": "#c4572b",
    "moved": "#7a4fa3",
    "kept": "#4d8a57",
    "": "#9a9a9a",
}
"""By effect."""

NO_EFFECT = "no site"

ACROSS = 3
"""Panels side by side."""


class Changes(NamedTuple):
    """What is drawn of one protein.

    Attributes:
        title: above it.
        texts: names of the `n` changes, one or more, the first at the top.
        ref, alt: float [n], scores before and after.
        effects: of `COLOURS`, each.
    """

    title: str
    texts: Sequence[str]
    ref: np.ndarray
    alt: np.ndarray
    effects: Sequence[str]


def draw_changes(panels: Sequence[Changes], name: str = "") -> Figure:
    """One panel a protein, in which each change is an arrow from its score before to that after.

    Args:
        name: of what all changes are in, such as a chromosome; empty for none.

    Returns:
        A figure; `figure.savefig(path)` writes it.

    Raises:
        ValueError: no panel.
        ModuleNotFoundError: without matplotlib.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    if not panels:
        raise ValueError("nothing to draw: no change has scores")
    columns = min(ACROSS, len(panels))
    rows = -(-len(panels) // columns)
    height = 1.0 + 0.19 * max(len(panel.texts) for panel in panels)
    figure = Figure(figsize=(0.4 + 3.6 * columns, 0.5 + height * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        _draw(axes, panel)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    present = {effect for panel in panels for effect in panel.effects}
    lines = [
        Line2D([], [], color=colour, marker="o", markersize=4, label=effect or NO_EFFECT)
        for effect, colour in COLOURS.items()
        if effect in present
    ]
    figure.legend(handles=lines, loc="outside upper right", ncols=len(lines), fontsize=8)
    if name:
        text = fitted(f"change in {name}", figure.get_figheight(), 8)
        figure.supylabel(text, fontsize=8, parse_math=False)
    return figure


def _draw(axes: Axes, panel: Changes) -> None:
    rows = np.arange(len(panel.texts))
    colours = [COLOURS[effect] for effect in panel.effects]
    axes.hlines(rows, panel.ref, panel.alt, colors=colours, linewidth=1.2)
    axes.scatter(panel.ref, rows, s=16, facecolor="white", edgecolor=colours, zorder=3)
    axes.scatter(panel.alt, rows, s=16, color=colours, zorder=3)
    axes.set_yticks(rows, panel.texts, fontsize=7, parse_math=False)
    axes.invert_yaxis()
    axes.set_title(panel.title, fontsize=10, loc="left", parse_math=False)
    axes.set_xlabel("score: reference (open), alternative (filled)", fontsize=8)
    axes.grid(axis="x", linewidth=0.3)
