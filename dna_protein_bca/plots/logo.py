"""Sequence logos of motifs, with logomaker."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .saving import save_figure

COLUMN_INCHES, HEIGHT_INCHES = 0.3, 1.6

MOST_BITS = 2.0
"""Information of a column with one base alone."""


def save_logo(heights: np.ndarray, title: str, paths: Iterable[Path]) -> None:
    """Draw a logo, and save it in one file or several.

    The same motif gives the same bytes with the same versions of the libraries.

    Args:
        heights: of the letters A C G T at each position in bits, float [width, 4], not negative:
            base probability x information of the column.
        title: text above the logo.
        paths: their endings name the formats, such as `.svg` and `.png`.
    """
    import logomaker
    import pandas as pd
    from matplotlib.figure import Figure

    width = len(heights)
    figure = Figure(figsize=(0.8 + COLUMN_INCHES * width, HEIGHT_INCHES), layout="constrained")
    axis = figure.subplots()
    table = pd.DataFrame(np.asarray(heights, np.float64), columns=list("ACGT"))
    logomaker.Logo(table, ax=axis, color_scheme="classic")
    axis.set(ylim=(0, MOST_BITS), yticks=[0, 1, 2], ylabel="bits", xticks=range(width))
    axis.set_xticklabels([str(column) for column in range(1, width + 1)], fontsize=7)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_title(title, loc="left", fontsize=9, parse_math=False)
    save_figure(figure, paths)
