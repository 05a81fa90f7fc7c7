"""What single bases and residues do to a score, drawn from arrays; needs matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .sites import COLOURS
from .titles import put_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

BASES = "ACGT"

BASE_COLOURS = {"A": "#109648", "C": "#255c99", "G": "#f7b32b", "T": "#d62839", "N": "#8a8a8a"}

MOST_LETTERS = 130
"""Bases that are drawn as letters side by side; of more, bars are drawn."""

FEW = 45
"""Bases whose letters are written below."""

DIVERGING = "RdBu_r"
"""Red where a score rises, blue where it falls, white where nothing changes."""


def draw_bases(
    position: np.ndarray,
    contributions: np.ndarray,
    effects: np.ndarray,
    dna: str,
    site: tuple[int, int, str],
    *,
    title: str = "",
    span: tuple[int, int] | None = None,
) -> Figure:
    """Scores, contributions and mutagenesis of a DNA, one above the other.

    Args:
        position: float [L, 2], the score of each base as the middle of a site, on `+` and on `-`.
        contributions: float [L], of each base to the score.
        effects: float [4, L], A C G T: the score with this base less the score as it is.
        dna: `L` letters.
        site: start, end (0-based, half-open) and strand.
        title: above the figure.
        span: the part that is drawn, start and end; None for all.

    Raises:
        ValueError: arrays of other lengths than the DNA's.
        ModuleNotFoundError: without matplotlib or logomaker.
    """
    from matplotlib.figure import Figure

    length = len(dna)
    if (
        position.shape != (length, 2)
        or effects.shape != (4, length)
        or len(contributions) != length
    ):
        raise ValueError(f"the arrays do not have the {length} bases of the DNA")
    first, last = span or (0, length)
    shown = slice(first, last)
    inches = 0.2 if last - first <= FEW else 0.115
    width = min(max(4.5, inches * (last - first)), 15)
    figure = Figure(figsize=(width, 5.2), layout="constrained")
    rows = figure.subplots(3, 1, sharex=True, height_ratios=[1.2, 1.2, 1])
    put_title(figure, title)
    _draw_position(rows[0], position[shown], first)
    _draw_letters(rows[1], np.asarray(contributions, float)[shown], dna[shown], first)
    _draw_effects(figure, rows[2], effects[:, shown], dna[shown], first)
    for axes in rows[:2]:
        axes.axvspan(site[0] - 0.5, site[1] - 0.5, color=COLOURS[site[2]], alpha=0.12, linewidth=0)
        axes.spines[["top", "right"]].set_visible(False)
    rows[-1].set(xlabel="position (bp, from 0)", xlim=(first - 0.5, last - 0.5))
    return figure


def _draw_position(axes: Axes, position: np.ndarray, first: int) -> None:
    at = np.arange(first, first + len(position))
    for column, strand in enumerate("+-"):
        axes.plot(
            at, position[:, column], color=COLOURS[strand], linewidth=1, label=f"strand {strand}"
        )
    axes.set_ylabel("position score\n(nats)", fontsize=8)
    axes.legend(fontsize=7, frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))


def _draw_letters(axes: Axes, heights: np.ndarray, dna: str, first: int) -> None:
    """Letters as high as their contribution, upside down where it is negative."""
    at = np.arange(first, first + len(dna))
    if len(dna) <= MOST_LETTERS:
        import logomaker
        import pandas as pd

        letters = sorted(set(dna))
        table = pd.DataFrame(0.0, index=at, columns=letters)
        for place, (letter, height) in enumerate(zip(dna, heights, strict=True)):
            table.iloc[place, letters.index(letter)] = height
        colours = {letter: BASE_COLOURS.get(letter, BASE_COLOURS["N"]) for letter in letters}
        logomaker.Logo(table, ax=axes, color_scheme=colours, flip_below=True, show_spines=True)
    else:
        axes.bar(at, heights, width=1, color=[BASE_COLOURS.get(b, BASE_COLOURS["N"]) for b in dna])
        axes.axhline(0, color="black", linewidth=0.5)
    axes.set_ylabel("contribution\n(nats)", fontsize=8)


def _draw_effects(figure: Figure, axes: Axes, effects: np.ndarray, dna: str, first: int) -> None:
    extent = (first - 0.5, first + len(dna) - 0.5, 3.5, -0.5)
    image = _heat_map(axes, effects, extent)
    own = [(first + place, BASES.index(base)) for place, base in enumerate(dna) if base in BASES]
    axes.plot(*zip(*own, strict=True), ".k", markersize=2)
    axes.set_yticks(range(4), list(BASES), fontsize=7)
    bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=10)
    bar.set_label("change of\nscore (nats)", fontsize=7)
    bar.ax.tick_params(labelsize=7)
    if len(dna) <= FEW:
        at = range(first, first + len(dna))
        labels = [f"{b}\n{n}" if n % 5 == 0 else b for b, n in zip(dna, at, strict=True)]
        axes.set_xticks(at, labels, fontsize=7)


def _heat_map(
    axes: Axes, effects: np.ndarray, extent: tuple[float, float, float, float]
) -> AxesImage:
    """A picture of changes, white at 0."""
    limit = max(float(np.abs(effects).max(initial=0)), 1e-6)
    return axes.imshow(
        effects,
        aspect="auto",
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
        extent=extent,
    )
