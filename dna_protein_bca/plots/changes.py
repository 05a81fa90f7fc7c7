"""Scores of changed DNA against those of what it was, drawn from arrays; needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    "gained": "#1f5fa8",
    "lost": "#c4572b",
    "moved": "#7a4fa3",
    "kept": "#4d8a57",
    "": "#b5b5b5",
}
"""Of points, by effect."""

NO_EFFECT = "no site"


class Change(NamedTuple):
    """What is drawn of one protein.

    Attributes:
        title: above it.
        ref, alt: float [n], scores before and after.
        effect: object [n], of `COLOURS`.
        texts: point -> what is written beside it.
    """

    title: str
    ref: np.ndarray
    alt: np.ndarray
    effect: np.ndarray
    texts: Mapping[int, str]


def draw_changes(panels: Sequence[Change]) -> Figure:
    """One panel a protein, side by side in rows of three; on the diagonal, nothing changes.

    Returns:
        A figure; `figure.savefig(path)` writes it.

    Raises:
        ValueError: no panel.
        ModuleNotFoundError: without matplotlib.
    """
    from matplotlib.figure import Figure

    if not panels:
        raise ValueError("nothing to draw: no change has scores")
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(0.6 + 3.6 * columns, 0.9 + 3.4 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        low = min(panel.ref.min(), panel.alt.min())
        high = max(panel.ref.max(), panel.alt.max())
        axes.plot([low, high], [low, high], color="grey", linewidth=0.8, linestyle="--")
        for effect, colour in COLOURS.items():
            mine = panel.effect == effect
            if mine.any():
                label = effect or NO_EFFECT
                axes.scatter(panel.ref[mine], panel.alt[mine], s=14, color=colour, label=label)
        for point, text in panel.texts.items():
            axes.annotate(text, (panel.ref[point], panel.alt[point]), fontsize=5)
        axes.set_title(panel.title, fontsize=10, loc="left")
        axes.set(xlabel="score of the reference", ylabel="score of the alternative")
        axes.legend(fontsize=7, frameon=False)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    return figure
