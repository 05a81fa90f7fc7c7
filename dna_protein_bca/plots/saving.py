"""Figures as files that are the same whenever they show the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METADATA = {".svg": {"Date": None}, ".png": {"Software": None}, ".pdf": {"CreationDate": None}}
"""What would differ between files of the same figure, left out."""

DOTS_PER_INCH = 150
"""Of pictures that are made of dots."""


def save_figure(figure: Figure, paths: Iterable[Path]) -> None:
    """Save a figure in one file or several.

    Endings name the formats: `.svg`, `.png` or `.pdf`. The same figure gives the same bytes
    with the same versions of the libraries.
    """
    import matplotlib as mpl

    # A fixed salt: ids inside an SVG file are random otherwise.
    with mpl.rc_context({"svg.hashsalt": "dna-protein-bca"}):
        for path in paths:
            figure.savefig(path, dpi=DOTS_PER_INCH, metadata=METADATA.get(path.suffix.lower()))
