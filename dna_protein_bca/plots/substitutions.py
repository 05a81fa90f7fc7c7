"""Heat maps of all substitutions of a protein's domains, drawn from arrays; needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

ORDER = "GAVLIMFWYPSTCNQHKRDE"
"""Amino acids from top to bottom: aliphatic, aromatic, proline, polar, positive, negative."""

MOST_COLUMNS = 60
"""Residues of a panel; longer domains take several."""

CELL_INCHES = 0.16
COLORS, SIGNED = ("viridis", "magma"), "RdBu_r"


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


def draw_substitutions(title: str, stretches: Sequence[Stretch]) -> Figure:
    """Draw a panel for each title of values and each stretch of residues.

    The wild type's residues have a dot, contacts a red letter and a triangle below it; the colours
    of one title are the same in all of its panels.

    Args:
        title: above all, such as the protein's id.
        stretches: at least one, with the same titles.

    Raises:
        ModuleNotFoundError: without matplotlib.
    """
    from matplotlib.figure import Figure

    parts = [
        stretch.part(first, first + MOST_COLUMNS)
        for stretch in stretches
        for first in range(0, len(stretch.residues), MOST_COLUMNS)
    ]
    kinds = list(stretches[0].values)
    width = max(len(part.residues) for part in parts)
    size = (1.8 + CELL_INCHES * width, len(parts) * len(kinds) * (1.2 + CELL_INCHES * len(ORDER)))
    figure = Figure(figsize=(max(size[0], 5.0), size[1]), layout="constrained")
    figure.suptitle(title, fontsize=11)
    panels = figure.subplots(len(parts) * len(kinds), 1, squeeze=False)[:, 0]
    for number, kind in enumerate(kinds):
        values = np.concatenate([part.values[kind] for part in parts], 1)
        top = float(np.nanmax(np.abs(values), initial=0)) or 1.0
        signed = bool((values < 0).any())
        colors = SIGNED if signed else COLORS[number % len(COLORS)]
        for row, part in enumerate(parts):
            axes = panels[row * len(kinds) + number]
            image = _draw(axes, part, part.values[kind], colors)
            image.set_clim(-top if signed else 0.0, top)
            axes.set_title(f"{part.name}: {kind}", loc="left", fontsize=8)
            axes.set_xlim(-0.5, width - 0.5)
            figure.colorbar(image, ax=axes, pad=0.01, fraction=0.03)
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure; the same one gives the same bytes with the same versions of the libraries.

    Args:
        path: its ending names the format.
    """
    import matplotlib as mpl

    metadata = {".svg": {"Date": None}, ".png": {"Software": None}, ".pdf": {"CreationDate": None}}
    # A fixed salt: ids inside an SVG file are random otherwise.
    with mpl.rc_context({"svg.hashsalt": "dna-protein-bca"}):
        figure.savefig(path, dpi=150, metadata=metadata.get(path.suffix.lower()))


def _draw(axes: Axes, part: Stretch, values: np.ndarray, colors: str) -> AxesImage:
    """One heat map with its labels."""
    image = axes.imshow(values, cmap=colors, aspect="auto", interpolation="none")
    axes.set_facecolor("0.85")
    axes.set_yticks(range(len(ORDER)), list(ORDER), fontsize=6)
    axes.tick_params(length=0)
    wild = [(at, ORDER.index(letter)) for at, letter in enumerate(part.residues) if letter in ORDER]
    across, down = np.array(wild).reshape(-1, 2).T
    axes.scatter(across, down, s=5, color="white", edgecolors="black", linewidths=0.4)
    axes.set_xticks(range(len(part.residues)), _labels(part), fontsize=6)
    for label, contact in zip(axes.get_xticklabels(), part.contacts, strict=True):
        if contact:
            label.set(color="red", fontweight="bold")
    return image


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
