"""Scores along a sequence with its sites, drawn from arrays; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"+": "#1f5fa8", "-": "#c4572b"}
"""Of sites, by strand."""

BELOW = 15.0
"""Nats below the threshold at which the axis ends: how much less than nothing does not matter."""


class Panel(NamedTuple):
    """What is drawn of one protein.

    Attributes:
        title: above it.
        score: float [n], of every position by its better strand.
        sites: start, end (in the coordinate of the axis, half-open), strand and a text of each.
        threshold: the lowest score of a site.
    """

    title: str
    score: np.ndarray
    sites: Sequence[tuple[int, int, str, str]]
    threshold: float


def draw_sites(panels: Sequence[Panel], name: str, start: int = 0) -> Figure:
    """One panel a protein, the sites above the line of scores, coloured by strand.

    Args:
        panels: one or more, with as many positions each.
        name: of the sequence.
        start: coordinate of its first position.

    Returns:
        A figure; `figure.savefig(path)` writes it.

    Raises:
        ValueError: no panel, or panels with different numbers of positions.
        ModuleNotFoundError: without matplotlib.
    """
    from matplotlib.figure import Figure

    lengths = {len(panel.score) for panel in panels}
    if len(lengths) != 1:
        raise ValueError(f"panels need as many positions each, got {sorted(lengths)}")
    figure = Figure(figsize=(9, 0.6 + 2 * len(panels)), layout="constrained")
    rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(rows, panels, strict=True):
        _draw(axes, panel, start)
    rows[-1].set_xlabel(f"position in {name} (bp)", parse_math=False)
    return figure


def _draw(axes: Axes, panel: Panel, start: int) -> None:
    score = np.asarray(panel.score, float)
    at = np.arange(start, start + len(score))
    lowest = panel.threshold - BELOW
    axes.plot(at, score.clip(min=lowest), color="black", linewidth=0.8)
    axes.axhline(panel.threshold, color="grey", linewidth=0.8, linestyle="--")
    top = max(float(np.nanmax(score, initial=panel.threshold)), panel.threshold)
    height = 0.12 * (top - lowest)
    for first, last, strand, text in panel.sites:
        axes.axvspan(first - 0.5, last - 0.5, color=COLOURS[strand], alpha=0.25, linewidth=0)
        middle = (first + last - 1) / 2
        axes.text(
            middle, top + height, f"{strand} {text}", color=COLOURS[strand], ha="center", fontsize=7
        )
    axes.set_title(panel.title, fontsize=10, loc="left", parse_math=False)
    axes.set(
        ylabel="score",
        xlim=(start - 0.5, start + len(score) - 0.5),
        ylim=(lowest, top + 2.5 * height),
    )
