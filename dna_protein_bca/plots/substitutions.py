"""Heat maps of all substitutions of a protein's domains, drawn from arrays; needs matplotlib."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .titles import put_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

ORDER = "GAVLIMFWYPSTCNQHKRDE"
"""Amino acids from top to bottom: aliphatic, aromatic, proline, polar, positive, negative."""

MOST_COLUMNS = 60
"""Residues of a panel; longer domains take several, and short ones share one."""

FEWEST_COLUMNS = 20
"""Residues that a panel has room for at the least, so that its titles have room as well."""

CELL_INCHES = 0.16
COLORS = ("viridis", "magma")
DIVERGING = "RdBu_r"
"""Red where a value is above 0, blue where it is below."""

LEAST_TOP = 0.1
"""End of a scale at the least, so that a change of nearly nothing looks like nothing."""

NAME_COLUMNS = 0.4
"""Columns that a letter of a stretch's name takes."""

WIDE = 15.5
"""Size in points times digits, at most, of numbers that stand below neighbouring residues."""

UNKNOWN = "0.85"
"""The grey of what is not known."""


class Stretch(NamedTuple):
    """Consecutive residues of a protein.

    Attributes:
        name: of the domain.
        residues: `n` letters, of the wild type.
        first: number of the first one in the protein.
        numbers: what else each is called, None where nothing.
        contacts: bool [n], marked below the letters.
        values: title -> float [20, n], of each amino acid of `ORDER` there, NaN where unknown.
    """

    name: str
    residues: str
    first: int
    numbers: Sequence[int | None]
    contacts: np.ndarray
    values: Mapping[str, np.ndarray]

    def part(self, start: int, end: int) -> Stretch:
        """Some of the residues."""
        return Stretch(
            self.name,
            self.residues[start:end],
            self.first + start,
            self.numbers[start:end],
            self.contacts[start:end],
            {title: matrix[:, start:end] for title, matrix in self.values.items()},
        )


class Placed(NamedTuple):
    """A stretch in a panel, and the column of its first residue."""

    column: int
    stretch: Stretch


def draw_substitutions(
    title: str, stretches: Sequence[Stretch], *, diverging: bool = False
) -> Figure:
    """Draw panels of up to 60 residues, one for each title of values, below each other.

    The wild type's residues have a dot, contacts a red letter and a triangle below it; the colours
    of one title are the same in all of its panels.

    Args:
        title: above all, such as the protein's id.
        stretches: at least one, with the same titles.
        diverging: 0 is white for all titles, as it is for those with a value below 0.

    Raises:
        ModuleNotFoundError: without matplotlib.
    """
    from matplotlib.figure import Figure

    rows = list(packed(stretches))
    kinds = list(stretches[0].values)
    last = (row[-1] for row in rows)
    width = max(FEWEST_COLUMNS, *(place.column + len(place.stretch.residues) for place in last))
    height = len(rows) * len(kinds) * (1.1 + CELL_INCHES * len(ORDER))
    figure = Figure(figsize=(1.8 + CELL_INCHES * width, 0.3 + height), layout="constrained")
    put_title(figure, title)
    panels = figure.subplots(len(rows) * len(kinds), 1, squeeze=False)[:, 0]
    for number, kind in enumerate(kinds):
        drawn = np.concatenate([stretch.values[kind].ravel() for stretch in stretches])
        top = float(np.nanmax(np.abs(drawn), initial=LEAST_TOP))
        signed = diverging or bool((drawn < 0).any())
        scale = _scale(DIVERGING if signed else COLORS[number % len(COLORS)], top, signed)
        for row, placed in enumerate(rows):
            axes = panels[row * len(kinds) + number]
            axes.set_title(kind, loc="left", fontsize=8, pad=14)
            axes.set_xlim(-0.5, width - 0.5)
            _draw(axes, placed, kind, scale)
            figure.colorbar(scale, ax=axes, pad=0.01, fraction=0.03).ax.tick_params(labelsize=6)
    return figure


def packed(stretches: Sequence[Stretch]) -> Iterator[list[Placed]]:
    """The stretches of each panel, with a column between two of them."""
    row: list[Placed] = []
    column = 0
    for stretch in stretches:
        for first in range(0, len(stretch.residues), MOST_COLUMNS):
            part = stretch.part(first, first + MOST_COLUMNS)
            if row and column + len(part.residues) > MOST_COLUMNS:
                yield row
                row, column = [], 0
            row.append(Placed(column, part))
            column += max(len(part.residues), round(NAME_COLUMNS * len(part.name))) + 1
    yield row


def _scale(colors: str, top: float, diverging: bool) -> ScalarMappable:
    """Values as colours, up to `top`."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    known = colormaps[colors].with_extremes(bad=UNKNOWN)
    return ScalarMappable(Normalize(-top if diverging else 0, top), known)


def _draw(axes: Axes, row: Sequence[Placed], kind: str, scale: ScalarMappable) -> None:
    """The heat maps of a panel with their labels."""
    low, high = scale.get_clim()
    ticks: list[int] = []
    labels: list[str] = []
    contacts: list[bool] = []
    for start, part in row:
        extent = (start - 0.5, start + len(part.residues) - 0.5, len(ORDER) - 0.5, -0.5)
        axes.imshow(
            part.values[kind],
            cmap=scale.cmap,
            vmin=low,
            vmax=high,
            aspect="auto",
            interpolation="none",
            extent=extent,
        )
        wild = [(start + at, ORDER.find(letter)) for at, letter in enumerate(part.residues)]
        across, down = np.array([place for place in wild if place[1] >= 0]).reshape(-1, 2).T
        axes.scatter(across, down, s=5, color="white", edgecolors="black", linewidths=0.4)
        axes.text(start - 0.5, -0.8, part.name, fontsize=7, va="bottom")
        ticks += range(start, start + len(part.residues))
        labels += _labels(part)
        contacts += part.contacts.tolist()
    axes.set_yticks(range(len(ORDER)), list(ORDER), fontsize=6)
    axes.set_xticks(ticks, labels, fontsize=6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for label, contact in zip(axes.get_xticklabels(), contacts, strict=True):
        if contact:
            digits = len(label.get_text().split()[-1])
            label.set(color="red", fontweight="bold", fontsize=min(6, WIDE / digits))


def _labels(part: Stretch) -> list[str]:
    """The residues; every tenth with its number, and contacts with a triangle and their own."""
    labels = []
    for at, letter in enumerate(part.residues):
        number, own = part.first + at, part.numbers[at]
        below = str(number) if number % 10 == 0 else ""
        if part.contacts[at]:
            below = f"\u25b2\n{number if own is None else own}"
        labels.append(f"{letter}\n{below}")
    return labels
